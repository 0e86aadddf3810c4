"""The state of repositories, asked of git."""

import os
import shutil
import subprocess
import time

import pytest

from simvue.metadata import git, git_info

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")


@pytest.fixture(autouse=True)
def _nobody(monkeypatch, tmp_path):
    """Git knows no settings but those of the test."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "A")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "a@x.org")


@pytest.fixture
def repository(tmp_path):
    place = tmp_path / "repository"
    place.mkdir()
    ask(place, "init", "-q", "-b", "main")
    (place / "tracked").write_text("1")
    ask(place, "add", "tracked")
    ask(place, "commit", "-q", "-m", "first\n\nbody")
    return place


def ask(place, *arguments, **variables):
    environment = {**os.environ, **variables}
    result = subprocess.run(["git", "-C", place, *arguments], env=environment, check=True, capture_output=True)
    return result.stdout.decode().strip()


def commit(place, message, *, author="a@x.org", **variables):
    ask(place, "commit", "-q", "--allow-empty", "-m", message, GIT_AUTHOR_EMAIL=author, **variables)


def test_a_repository_without_a_remote_has_all_but_its_address(repository):
    commit(repository, "second", author="b@y.org", GIT_COMMITTER_DATE="2020-01-01T10:00:00+05:00")

    assert git_info(repository) == {
        "git": {
            "ref": ask(repository, "rev-parse", "HEAD"),
            "msg": "second",
            "blame": "a@x.org",
            "time_stamp": "2020-01-01T05:00:00.000000",
            "authors": ["b@y.org", "a@x.org"],
            "dirty": False,
        }
    }


def test_a_message_has_all_its_lines(repository):
    assert git_info(repository)["git"]["msg"] == "first\n\nbody"


def test_bots_are_no_authors(repository):
    commit(repository, "up", author="49699333+dependabot[bot]@users.noreply.github.com")

    assert git_info(repository)["git"]["authors"] == ["a@x.org"]


def test_a_tagged_commit_has_the_name_of_its_tag(repository):
    commit(repository, "second")
    ask(repository, "branch", "v9-branch")
    ask(repository, "tag", "-a", "v1.0", "-m", "released")

    assert git_info(repository)["git"]["ref"] == "v1.0"

    commit(repository, "third")
    assert git_info(repository)["git"]["ref"] == ask(repository, "rev-parse", "HEAD")


def test_changes_of_tracked_files_are_told_and_others_are_not(repository):
    (repository / "other").write_text("x")
    assert git_info(repository)["git"]["dirty"] is False

    (repository / "tracked").write_text("2")
    assert git_info(repository)["git"]["dirty"] is True


@pytest.mark.parametrize(
    ("remotes", "url"),
    [
        ({"origin": "git@host:x.git"}, "git@host:x.git"),
        ({"up": "https://host/up.git", "origin": "https://host/x.git"}, "https://host/x.git"),
        ({"up": "https://host/up.git"}, "https://host/up.git"),
        ({"origin": "https://user:secret@host/x.git"}, "https://host/x.git"),
        ({"origin": "https://secret@host/x.git"}, "https://host/x.git"),
        ({"origin": "ssh://git@host/x.git"}, "ssh://git@host/x.git"),
        ({"origin": "ssh://git:secret@host/x.git"}, "ssh://git@host/x.git"),
        ({"origin": "/a place/x y.git"}, "/a place/x y.git"),
    ],
    ids=str,
)
def test_an_address_has_no_password(repository, remotes, url):
    for name, address in remotes.items():
        ask(repository, "remote", "add", name, address)

    assert git_info(repository)["git"]["url"] == url


def test_a_directory_below_and_a_worktree_belong_to_the_repository(repository, tmp_path):
    (repository / "sub" / "deep").mkdir(parents=True)
    ask(repository, "worktree", "add", "-q", tmp_path / "tree")

    for place in (repository / "sub" / "deep", tmp_path / "tree"):
        assert git_info(place)["git"]["msg"] == "first\n\nbody"


@pytest.mark.parametrize("kind", ["no repository", "no commit", "broken", "gone"])
def test_where_there_is_no_commit_there_are_no_facts(tmp_path, kind):
    place = tmp_path / "place"
    if kind != "gone":
        place.mkdir()
    if kind == "no commit":
        ask(place, "init", "-q")
    if kind == "broken":
        (place / ".git").write_text("gitdir: nowhere\n")

    assert git_info(place) == {}


def test_another_repository_that_a_hook_runs_in_is_not_asked(repository, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other"))

    assert git_info(repository)["git"]["msg"] == "first\n\nbody"


def test_nothing_is_written_and_no_program_of_the_repository_is_started(repository, tmp_path):
    hook = tmp_path / "hook"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    hook.chmod(0o755)
    ask(repository, "config", "core.fsmonitor", str(hook))
    os.utime(repository / "tracked", (1, 1))
    before = (repository / ".git" / "index").read_bytes()

    git_info(repository)

    assert (repository / ".git" / "index").read_bytes() == before
    assert not (tmp_path / "started").exists()


def test_without_the_command_there_are_no_facts(repository, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    assert git_info(repository) == {}


def test_a_git_that_hangs_is_left_in_time(repository, monkeypatch, tmp_path):
    real = shutil.which("git")
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(
        f'#!/bin/sh\ncase "$*" in *status*|*authors*|*--max-count*) exec sleep 60;; esac\nexec {real} "$@"\n'
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(git, "_PATIENCE", 0.5)
    started = time.monotonic()

    facts = git_info(repository)["git"]

    assert time.monotonic() - started < 10
    assert set(facts) == {"ref", "msg", "blame", "time_stamp"}

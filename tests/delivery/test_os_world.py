"""The real world keeps the promises of the interface, on real files."""

# What is on disk is looked at through the system calls that the code under test is about.
# ruff: noqa: PTH116, PTH208

import os
import socket
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from simvue.core.http import FileBody, Request, Response
from simvue.core.lease import NoStart
from simvue.delivery.os_world import OsWorld
from simvue.errors import ConfigurationError, NoAnswer, NotOurs
from tests.delivery.forks import FORK, run_to_the_end

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")


def test_append_adds_to_what_is_there_and_creates_what_is_not(tmp_path, world):
    path = str(tmp_path / "a")

    world.append(path, b"one\n")
    world.append(path, b"two\n")
    world.sync(path)
    world.sync_directory(str(tmp_path))

    assert world.read(path) == b"one\ntwo\n"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


@pytest.mark.parametrize(
    ("offset", "size", "expected"),
    [(0, -1, b"0123456789"), (4, -1, b"456789"), (2, 3, b"234"), (8, 50, b"89"), (20, -1, b""), (0, 0, b"")],
)
def test_read_returns_the_part_that_was_asked_for(tmp_path, world, offset, size, expected):
    (tmp_path / "a").write_bytes(b"0123456789")

    assert world.read(str(tmp_path / "a"), offset, size) == expected


def test_read_returns_files_larger_than_one_system_call(tmp_path, world):
    content = os.urandom(3_000_001)
    (tmp_path / "a").write_bytes(content)

    assert world.read(str(tmp_path / "a")) == content
    assert world.read(str(tmp_path / "a"), 5, 2_500_000) == content[5:2_500_005]


def make_symlink(path):
    (path.parent / "target").write_bytes(b"secret")
    path.symlink_to(path.parent / "target")


def make_hard_link(path):
    (path.parent / "target").write_bytes(b"secret")
    os.link(path.parent / "target", path)


def make_hard_link_that_looks_temporary(path):
    # The name is right, but it is not the same file.
    make_hard_link(path)
    (path.parent / f".{path.name}.0123.new").write_bytes(b"secret")


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def give_away(path):
    path.write_bytes(b"secret")
    os.chown(path, 65534, 65534)


STRANGE = pytest.mark.parametrize(
    "make",
    [
        make_symlink,
        make_hard_link,
        make_hard_link_that_looks_temporary,
        make_socket,
        os.mkfifo,
        Path.mkdir,
        pytest.param(give_away, marks=ROOT_ONLY),
    ],
    ids=[
        "symlink",
        "hard link",
        "hard link beside a temporary name",
        "socket",
        "pipe",
        "directory",
        "foreign",
    ],
)


@STRANGE
@pytest.mark.parametrize("member", ["read", "open_artifact"])
def test_nothing_but_a_plain_file_of_our_own_is_read(tmp_path, world, make, member):
    make(tmp_path / "a")

    with pytest.raises(NotOurs, match=str(tmp_path / "a")):
        getattr(world, member)(str(tmp_path / "a"))


@STRANGE
def test_nothing_but_a_plain_file_of_our_own_is_written(tmp_path, world, make):
    make(tmp_path / "a")

    with pytest.raises(NotOurs, match=str(tmp_path / "a")):
        world.append(str(tmp_path / "a"), b"x")

    target = tmp_path / "target"
    assert not target.exists() or target.read_bytes() == b"secret"


def test_a_refused_file_leaves_no_descriptor_open(tmp_path, world):
    make_hard_link(tmp_path / "a")
    before = len(os.listdir("/proc/self/fd"))

    for _ in range(5):
        with pytest.raises(NotOurs):
            world.read(str(tmp_path / "a"))

    assert len(os.listdir("/proc/self/fd")) == before


def test_an_artifact_stays_the_file_that_was_opened(tmp_path, world):
    path = tmp_path / "a"
    path.write_bytes(b"first")

    with world.open_artifact(str(path)) as file:
        world.replace(str(path), b"second")

        assert file.read() == b"first"


@pytest.mark.parametrize("member", ["read", "size", "open_artifact"])
def test_a_missing_file_is_reported_as_missing(tmp_path, world, member):
    with pytest.raises(FileNotFoundError):
        getattr(world, member)(str(tmp_path / "a"))


def test_the_size_is_that_of_the_link_and_not_of_its_target(tmp_path, world):
    (tmp_path / "a").symlink_to("/etc/hostname")

    assert world.size(str(tmp_path / "a")) == len("/etc/hostname")


def test_replace_gives_new_content_whether_or_not_there_was_a_file(tmp_path, world):
    path = str(tmp_path / "a")

    world.replace(path, b"first")
    world.replace(path, b"second")

    assert world.read(path) == b"second"
    assert os.listdir(tmp_path) == ["a"]


def test_replace_never_writes_through_a_link(tmp_path, world):
    make_symlink(tmp_path / "a")

    world.replace(str(tmp_path / "a"), b"ours")

    assert (tmp_path / "target").read_bytes() == b"secret"
    assert world.read(str(tmp_path / "a")) == b"ours"


def test_a_rename_done_already_is_success(tmp_path, world):
    (tmp_path / "new").write_bytes(b"content")

    world.rename(str(tmp_path / "old"), str(tmp_path / "new"))

    assert (tmp_path / "new").read_bytes() == b"content"


def test_a_rename_of_nothing_to_nothing_is_an_error(tmp_path, world):
    with pytest.raises(FileNotFoundError):
        world.rename(str(tmp_path / "old"), str(tmp_path / "new"))


def test_a_rename_replaces_what_has_the_new_name(tmp_path, world):
    (tmp_path / "other").mkdir()
    (tmp_path / "old").write_bytes(b"content")
    (tmp_path / "other" / "new").write_bytes(b"before")

    world.rename(str(tmp_path / "old"), str(tmp_path / "other" / "new"))

    assert os.listdir(tmp_path / "other") == ["new"]
    assert (tmp_path / "other" / "new").read_bytes() == b"content"
    assert not (tmp_path / "old").exists()


def test_removing_what_is_not_there_is_success(tmp_path, world):
    (tmp_path / "a").write_bytes(b"")

    world.unlink(str(tmp_path / "a"))
    world.unlink(str(tmp_path / "a"))

    assert os.listdir(tmp_path) == []


def test_a_listing_is_sorted_and_that_of_a_missing_directory_is_empty(tmp_path, world):
    for name in ("b", "a", "c"):
        (tmp_path / name).touch()

    assert world.listdir(str(tmp_path)) == ["a", "b", "c"]
    assert world.listdir(str(tmp_path / "missing")) == []


def test_every_directory_made_on_the_way_is_private(tmp_path, world):
    world.makedirs(str(tmp_path / "a" / "b" / "c"))
    world.makedirs(str(tmp_path / "a" / "b" / "c"))

    modes = [stat.S_IMODE(os.stat(tmp_path / name).st_mode) for name in ("a", "a/b", "a/b/c")]
    assert modes == [0o700] * 3


def test_a_directory_cannot_be_made_over_a_file(tmp_path, world):
    (tmp_path / "a").touch()

    with pytest.raises(FileExistsError):
        world.makedirs(str(tmp_path / "a"))


def test_requests_go_to_the_transport_and_its_answers_and_errors_come_back():
    request = Request(method="GET", path="runs", timeout=5)
    answer = Response(status=200, body=b"{}")

    def lose(_request):
        raise NoAnswer("reset")

    world = OsWorld(transport=lambda seen: answer if seen is request else Response(status=500))

    assert world.request(request) is answer
    with pytest.raises(NoAnswer):
        OsWorld(transport=lose).request(request)


def test_a_world_without_a_transport_says_what_to_configure(world):
    with pytest.raises(ConfigurationError, match="URL and token"):
        world.request(Request(method="GET", path="runs", timeout=5))


def test_a_request_shows_no_secret_when_it_is_printed():
    body = FileBody(path="/a", size=3, fields=(("policy", "canary"),))
    request = Request(
        method="PUT",
        path="https://storage.test/a?X-Signature=canary",
        timeout=5,
        query=(("token", "canary"),),
        headers=(("Authorization", "canary"),),
        body=body,
    )

    assert "canary" not in f"{request!r} {request} {body!r}"
    assert "storage.test/a" in repr(request)
    assert request.is_absolute


def test_the_clock_runs_forward_and_knows_its_zone(world):
    before = world.boottime()

    world.sleep(0.01)

    assert world.boottime() - before >= 0.01
    assert world.now().utcoffset() == timedelta(0)


def send_random(outcome):
    outcome.put(OsWorld().random())


def test_processes_of_one_origin_draw_different_numbers(world):
    outcome = FORK.Queue()

    run_to_the_end(*(FORK.Process(target=send_random, args=(outcome,)) for _ in range(2)))

    drawn = {outcome.get(timeout=10), outcome.get(timeout=10), world.random()}
    assert len(drawn) == 3
    assert all(0 <= number < 1 for number in drawn)


def test_a_process_is_told_from_another_by_pid_and_start(world):
    me = world.identity()

    assert me.pid == os.getpid()
    assert me.uid == os.geteuid()
    assert me.boot_id
    assert world.process_start(me.pid) == me.start_ticks > 0


def send_identity(outcome):
    outcome.put(OsWorld().identity())


def test_a_later_process_has_a_later_start(world):
    outcome = FORK.Queue()
    world.sleep(0.02)  # a tick is 10 ms

    run_to_the_end(FORK.Process(target=send_identity, args=(outcome,)))

    child = outcome.get(timeout=10)
    assert child.pid != os.getpid()
    assert child.start_ticks > world.identity().start_ticks
    assert child.pid_namespace == world.identity().pid_namespace != ""


def test_a_process_that_ended_is_gone_even_before_its_parent_has_asked(world):
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    as_zombie = world.process_start(pid)
    os.waitpid(pid, 0)

    assert as_zombie is NoStart.GONE
    assert world.process_start(pid) is NoStart.GONE


@pytest.mark.parametrize("pid", [2**40, 2**70])
def test_a_number_that_is_no_pid_is_not_known_or_gone(world, pid):
    assert isinstance(world.process_start(pid), NoStart)


def test_a_directory_is_removed_only_when_it_is_empty(world: OsWorld, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").write_text("x")

    assert world.remove_directory(str(folder)) is False
    assert (folder / "file").read_text() == "x"
    (folder / "file").unlink()
    assert world.remove_directory(str(folder)) is True
    assert not folder.exists()
    assert world.remove_directory(str(folder)) is True
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotADirectoryError):
        world.remove_directory(str(tmp_path / "file"))

"""Run.save_file: files, their checksums, and copies put aside."""

import hashlib
import stat
import threading

import pytest

from simvue import Run, SimvueRunError
from simvue.journal.content import describe, put_aside
from tests.journal import journals
from tests.names import named

CONTENT = b"0123456789" * 300_000


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    run = Run(mode="offline", cache_directory=tmp_path / "cache")
    run.init("name")
    yield run
    run.close()


def saved(run, tmp_path):
    run.close()
    return [record for record in journals.whole(journals.only(tmp_path / "cache")) if record["kind"] == "artifact"]


@pytest.mark.requirement(
    "REC-080", "REC-081", "REC-082", "REC-084", "REC-085", "REC-086", "REC-087", "REC-089", "JRN-019"
)
def test_a_file_is_recorded_with_size_checksum_and_absolute_path(run, tmp_path):
    (tmp_path / "x.txt").write_bytes(CONTENT)

    assert run.save_file("x.txt", "output", metadata={"k": "v"})

    (record,) = saved(run, tmp_path)
    assert {name: record[name] for name in record if name not in ("seq", "at", "crc")} == {
        "kind": "artifact",
        "name": "x.txt",
        "category": "output",
        "path": str(tmp_path / "x.txt"),
        "mimetype": "text/plain",
        "size": len(CONTENT),
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
        "metadata": {"k": "v"},
    }


@pytest.mark.requirement("REC-082")
def test_a_link_is_recorded_as_the_file_that_it_leads_to_now(run, tmp_path):
    (tmp_path / "step-1").write_bytes(b"1")
    (tmp_path / "latest").symlink_to("step-1")

    run.save_file("latest", "output")

    (record,) = saved(run, tmp_path)
    assert (record["name"], record["path"]) == ("latest", str(tmp_path / "step-1"))


@pytest.mark.requirement("REC-083", "REC-088")
def test_a_snapshot_keeps_the_content_of_a_file_that_changes(run, tmp_path):
    (tmp_path / "x").write_bytes(CONTENT)

    run.save_file("x", "output", snapshot=True)
    (tmp_path / "x").write_bytes(b"changed")

    (record,) = saved(run, tmp_path)
    kept = tmp_path / "cache" / "artifacts" / record["sha256"]
    assert record["stored"] is True
    assert kept.read_bytes() == CONTENT
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in kept.parent.iterdir()] == [record["sha256"]]


@pytest.mark.requirement("REC-088")
def test_content_that_is_there_is_kept_and_damaged_content_replaced(tmp_path):
    (tmp_path / "x").write_bytes(CONTENT)
    content = put_aside(tmp_path / "x", tmp_path / "artifacts")
    kept = tmp_path / "artifacts" / content.sha256
    inode = kept.stat().st_ino

    put_aside(tmp_path / "x", tmp_path / "artifacts")
    assert kept.stat().st_ino == inode

    kept.write_bytes(b"damaged")
    put_aside(tmp_path / "x", tmp_path / "artifacts")
    assert kept.read_bytes() == CONTENT


@pytest.mark.requirement("REC-088")
def test_content_appears_under_its_name_only_when_durable(tmp_path):
    log = tmp_path / "strace"
    (tmp_path / "x").write_bytes(CONTENT)
    code = """
    import sys
    from pathlib import Path
    from simvue.journal.content import put_aside
    put_aside(Path(sys.argv[1]) / "x", Path(sys.argv[1]) / "artifacts")
    """

    journals.run(code, tmp_path, prefix=("strace", "-qq", "-o", str(log), "-e", "trace=fsync,link,linkat,rename"))

    assert [line.partition("(")[0] for line in log.read_text().splitlines()] == ["fsync", "link", "fsync"]


def test_many_writers_put_the_same_content_aside_at_once(tmp_path):
    (tmp_path / "x").write_bytes(CONTENT)
    threads = [threading.Thread(target=put_aside, args=(tmp_path / "x", tmp_path / "artifacts")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (kept,) = (tmp_path / "artifacts").iterdir()
    assert describe(kept).sha256 == kept.name


@pytest.mark.requirement("WRT-014")
def test_a_snapshot_that_cannot_be_kept_records_the_file_alone(run, tmp_path, caplog):
    (tmp_path / "x").write_bytes(CONTENT)
    (tmp_path / "cache" / "artifacts").write_text("in the way")

    assert run.save_file("x", "output", snapshot=True)

    (record,) = saved(run, tmp_path)
    assert "stored" not in record
    assert record["size"] == len(CONTENT)
    assert "could not be put aside" in caplog.text


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({}, "x.dat"),
        ({"name": "final field"}, "final field"),
        ({"preserve_path": True}, "sub/x.dat"),
        ({"preserve_path_relative_to": "cwd"}, "sub/x.dat"),
        ({"preserve_path_relative_to": "git"}, "repository/sub/x.dat"),
    ],
    ids=str,
)
def test_an_artifact_has_the_name_that_was_asked_for(run, tmp_path, monkeypatch, arguments, name):
    (tmp_path / ".git").mkdir()
    (tmp_path / "repository" / "sub").mkdir(parents=True)
    (tmp_path / "repository" / "sub" / "x.dat").write_bytes(b"x")
    monkeypatch.chdir(tmp_path / "repository")

    run.save_file("sub/x.dat", "input", **arguments)

    assert [record["name"] for record in saved(run, tmp_path)] == [name]


@pytest.mark.requirement("REC-080", "REC-081", "REC-086")
@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        ("missing", {"category": "output"}),
        (".", {"category": "output"}),
        ("x", {"category": "result"}),
        ("x", {"category": "output", "file_type": "text"}),
        ("x", {"category": "output", "name": "naïve"}),
        ("x", {"category": "output", "metadata": {"a": object()}}),
        ("x", {"category": "output", "preserve_path_relative_to": "home"}),
        ("not utf-8 \udcff", {"category": "output", "name": "fine"}),
    ],
    ids=named,
)
def test_a_file_that_cannot_be_saved_raises(run, tmp_path, path, arguments):
    (tmp_path / "x").write_bytes(b"x")
    (tmp_path / "not utf-8 \udcff").write_bytes(b"x")

    with pytest.raises(SimvueRunError):
        run.save_file(path, **arguments)

    assert saved(run, tmp_path) == []


def test_an_announced_run_has_no_outputs(tmp_path):
    (tmp_path / "x").write_bytes(b"x")
    run = Run(mode="offline", cache_directory=tmp_path / "cache")
    run.init("name", running=False)

    run.save_file(tmp_path / "x", "input")
    with pytest.raises(SimvueRunError, match="announced"):
        run.save_file(tmp_path / "x", "output")
    run.close()


def test_an_empty_file_has_a_checksum_too(tmp_path):
    (tmp_path / "empty").touch()

    content = describe(tmp_path / "empty")

    assert (content.size, content.sha256) == (0, hashlib.sha256().hexdigest())


def test_a_file_is_recorded_where_the_table_of_media_types_cannot_be_read(tmp_path):
    (tmp_path / "data.txt").write_text("x")
    script = """
        import os, resource, sys
        from simvue import Run
        run = Run(mode="offline", cache_directory=sys.argv[1])
        run.init("name")
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        taken = []
        try:
            while True:
                taken.append(os.open("/dev/null", os.O_RDONLY))
        except OSError:
            pass
        try:
            run.save_file(sys.argv[2], "input")
        except Exception as error:
            print(type(error).__name__, flush=True)
        for descriptor in taken:
            os.close(descriptor)
        run.close()
    """

    result = journals.run(script, tmp_path / "cache", tmp_path / "data.txt", HOME=str(tmp_path))

    assert (result.returncode, result.stdout) == (0, "SimvueRunError\n"), result.stderr

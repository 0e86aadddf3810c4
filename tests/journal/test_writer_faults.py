"""What becomes of records when the disk does not take them: real limits, real small disks, injected errors.

Needs strace and util-linux (unshare), and for the small disk root or user namespaces; without them the tests
fail and say so.
"""

import json
import os
from pathlib import Path

import pytest

from tests.journal import journals

# Logs in three phases, with a reaction to "full" and "free" in between; each test defines the two.
PHASES = """
import os, resource, sys
from simvue import Run
cache = sys.argv[1]
{definitions}
with Run(mode="offline", cache_directory=cache) as run:
    run.config(disable_resources_metrics=True)
    run.init("name")
    for step in range(20):
        run.log_metrics({{"a": step / 7, "b": 1.0}})
    full()
    for step in range(20, 80):  # more than a page: what is left of the last one can still be written
        run.log_metrics({{"a": step / 7, "b": 1.0}})
    run.log_event("while it was full")
    free()
    for step in range(80, 100):
        run.log_metrics({{"a": step / 7, "b": 1.0}})
print("went on")
"""
LIMITED = """
(path,) = [None]
def full():
    (path,) = os.listdir(cache + "/journals")
    size = os.path.getsize(os.path.join(cache, "journals", path))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 300, resource.RLIM_INFINITY))
def free():
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""
FILLED = """
def full():
    filler = os.open(cache + "/filler", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for size in (4096, 1):
        try:
            while os.write(filler, b"x" * size):
                pass
        except OSError:
            pass
    os.close(filler)
def free():
    os.unlink(cache + "/filler")
"""
NEVER_FREED = FILLED.replace("os.unlink(cache", "len(cache")


def phases(definitions: str) -> str:
    return PHASES.format(definitions=definitions)


def steps(found: list[journals.Record]) -> list[int]:
    return [record["step"] for record in found if record["kind"] == "metrics"]


@pytest.mark.requirement("WRT-010", "WRT-011", "WRT-014", "WRT-015")
def test_after_a_short_write_nothing_is_lost_and_only_the_fragment_is_refused(tmp_path):
    result = journals.run(phases(LIMITED), tmp_path)

    assert (result.returncode, result.stdout) == (0, "went on\n")
    path = journals.only(tmp_path)
    reading = journals.verdicts(path)
    verdicts = [entry.verdict.value for entry in reading.entries]
    assert verdicts.count("dead") == 1
    assert set(verdicts) == {"accepted", "dead"}
    found = journals.accepted(path)
    assert [record["seq"] for record in found] == list(range(len(found)))
    assert steps(found) == list(range(100))
    assert found[-1]["records"] == len(found) - 1


@pytest.mark.requirement("WRT-014")
def test_a_failing_disk_is_reported_once_with_place_and_remedy(tmp_path):
    result = journals.run(phases(LIMITED), tmp_path)

    assert len(result.stderr.splitlines()) == 1
    assert journals.only(tmp_path).name in result.stderr
    assert "File too large" in result.stderr
    assert "kept in memory" in result.stderr
    assert "free space, quota" in result.stderr


def on_small_disk(tmp_path: Path, definitions: str):
    """Run the phases on a tmpfs of 64 KiB in a mount namespace of their own; the journal is copied out."""
    disk, out = tmp_path / "disk", tmp_path / "out"
    disk.mkdir()
    (tmp_path / "phases.py").write_text(phases(definitions))
    script = (
        f"mount -t tmpfs -o size=64k tmpfs {disk} && {journals.sys.executable} {tmp_path}/phases.py {disk}; "
        f"status=$?; rm -f {disk}/filler; cp -r {disk} {out}; exit $status"
    )
    namespace = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-Urm"]
    result = journals.subprocess.run(
        [*namespace, "sh", "-c", script], env=journals.environment(), capture_output=True, text=True, check=False
    )
    return result, out


@pytest.mark.requirement("WRT-010", "WRT-011", "WRT-015")
def test_a_full_disk_that_is_freed_loses_nothing(tmp_path):
    result, out = on_small_disk(tmp_path, FILLED)

    assert (result.returncode, result.stdout) == (0, "went on\n"), result.stderr
    found = journals.accepted(journals.only(out))
    assert steps(found) == list(range(100))
    assert found[-1]["kind"] == "end"
    assert "No space left on device" in result.stderr


@pytest.mark.requirement("WRT-014", "WRT-015")
def test_a_disk_that_stays_full_never_harms_the_program(tmp_path):
    result, out = on_small_disk(tmp_path, NEVER_FREED)

    assert (result.returncode, result.stdout) == (0, "went on\n"), result.stderr
    found = journals.accepted(journals.only(out))
    assert steps(found) == list(range(len(steps(found))))
    assert "are lost" in result.stderr.splitlines()[-1]
    assert len(result.stderr.splitlines()) == 2


@pytest.mark.requirement("WRT-010", "WRT-011", "WRT-014")
@pytest.mark.parametrize("error", ["ENOSPC", "EDQUOT", "EIO", "EROFS", "EINTR"])
@pytest.mark.parametrize("first", [1, 2, 5])
def test_an_error_of_any_write_loses_nothing_once_writing_works_again(tmp_path, error, first):
    code = """
    import sys
    from simvue import Run
    with Run(mode="offline", cache_directory=sys.argv[1]) as run:
        run.config(disable_resources_metrics=True)
        run.init("name")
        for step in range(30):
            run.log_metrics({"a": step / 7})
    """
    inject = f"inject=write:error={error}:when={first}..{first + 12}"

    result = journals.run(code, tmp_path, prefix=("strace", "-f", "-qq", "-o", "/dev/null", "-e", inject))

    assert result.returncode == 0, result.stderr
    found = journals.accepted(journals.only(tmp_path))
    assert [record["seq"] for record in found] == list(range(34))
    assert steps(found) == list(range(30))


@pytest.mark.requirement("WRT-014")
@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
def test_errors_that_never_end_leave_what_was_written_and_the_program_alone(tmp_path, error):
    code = """
    import os, sys
    from simvue import Run
    with Run(mode="offline", cache_directory=sys.argv[1]) as run:
        run.config(disable_resources_metrics=True)
        run.init("name")
        for step in range(30):
            run.log_metrics({"a": step / 7})
    os.mkdir(sys.argv[1] + "/went on")
    """
    prefix = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject=write:error={error}:when=5+")

    result = journals.run(code, tmp_path, prefix=prefix)

    assert result.returncode == 0
    assert (tmp_path / "went on").is_dir()
    assert [record["kind"] for record in journals.records(journals.only(tmp_path).read_bytes())] == [
        "header",
        "run",
        "metrics",
        "metrics",
    ]


@pytest.mark.requirement("JRN-010", "WRT-010")
def test_a_torn_header_never_stands_before_a_record(tmp_path):
    code = """
    import resource, sys
    from simvue import Run
    unlimited = resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, unlimited))
    with Run(mode="offline", cache_directory=sys.argv[1]) as run:
        run.config(disable_resources_metrics=True)
        run.init("name")
        run.log_metrics({"a": 1.0})
        resource.setrlimit(resource.RLIMIT_FSIZE, (unlimited, unlimited))
    """

    result = journals.run(code, tmp_path)

    assert result.returncode == 0
    kinds = [record["kind"] for record in journals.whole(journals.only(tmp_path))]
    assert kinds == ["header", "run", "metrics", "status", "end"]


@pytest.mark.requirement("WRT-014", "WRT-015")
def test_a_cache_that_cannot_be_created_is_tried_again(tmp_path, caplog):
    cache = tmp_path / "cache"
    cache.write_text("a file is in the way")
    writer = journals.writer(cache)

    for _ in range(5):
        writer.append_metrics({"a": 1.0})
    cache.unlink()
    writer.end("completed")

    assert len(journals.whole(journals.only(cache))) == 7
    (warning,) = caplog.messages
    assert str(cache) in warning
    assert "File exists" in warning


@pytest.fixture
def blocked(tmp_path):
    """Return a writer with a kilobyte of memory, the cache it cannot create, and what lets it."""
    cache = tmp_path / "cache"
    cache.write_text("a file is in the way")
    return journals.writer(cache, memory=1024), cache, cache.unlink


@pytest.mark.requirement("WRT-015", "WRT-016", "WRT-017", "WRT-011", "REC-120", "REC-121")
def test_the_oldest_metrics_are_dropped_first_and_counted(blocked):
    writer, cache, free = blocked
    writer.append("run", {"name": "kept"})
    writer.append("event", {"message": "kept"})
    for _ in range(50):
        writer.append_metrics({"a": 1.0})
    writer.append("status", {"status": "failed"})

    free()
    writer.append_metrics({"b": 2.0})
    writer.end("failed")

    found = journals.accepted(journals.only(cache))
    kinds = [record["kind"] for record in found]
    kept = kinds.count("metrics")
    assert kinds == ["header", "run", "event", *["metrics"] * (kept - 1), "status", "metrics", "lost", "end"]
    assert found[-2]["count"] == 51 - kept
    assert (found[-2]["first_seq"], found[-2]["last_seq"]) == (3, 53 - kept)
    assert found[-1]["records"] == len(found) - 1
    assert [record["seq"] for record in found[3 : 3 + kept - 1]] == list(range(54 - kept, 53))


@pytest.mark.requirement("WRT-016")
def test_the_reader_finds_nothing_wrong_with_a_lost_record_but_the_gap(blocked):
    writer, cache, free = blocked
    for _ in range(50):
        writer.append_metrics({"a": 1.0})

    free()
    writer.end("completed")

    assert [finding.requirement for finding in journals.verdicts(journals.only(cache)).findings] == ["SEQ-002"]


@pytest.mark.requirement("WRT-017")
def test_events_are_dropped_only_when_there_are_no_metrics_left(blocked):
    writer, cache, free = blocked
    writer.append("run", {"name": "kept"})
    for number in range(50):
        writer.append_metrics({"a": 1.0})
        writer.append("event", {"message": f"{number}"})

    free()
    writer.end("completed")

    found = journals.accepted(journals.only(cache))
    kinds = [record["kind"] for record in found]
    assert kinds[:2] == ["header", "run"]
    assert "metrics" not in kinds
    assert [record["message"] for record in found if record["kind"] == "event"][-1] == "49"


@pytest.mark.requirement("WRT-015")
def test_memory_stays_below_sixteen_mebibytes(tmp_path):
    (tmp_path / "cache").write_text("a file is in the way")
    code = """
    import sys, tracemalloc
    from simvue import Run
    run = Run(mode="offline", cache_directory=sys.argv[1])
    run.config(disable_resources_metrics=True)
    run.init("name")
    tracemalloc.start()
    values = {"a name of " + "x" * 200 + str(n): 0.1 for n in range(50)}
    for _ in range(4000):
        run.log_metrics(values)
    print(tracemalloc.get_traced_memory()[1] >> 20)
    """

    result = journals.run(code, tmp_path / "cache")

    assert 12 <= int(result.stdout) <= 20  # 52 MiB were logged


@pytest.mark.requirement("WRT-011", "WRT-013")
def test_what_the_device_did_not_take_is_written_again_and_counts_once(tmp_path):
    code = """
    import sys
    from simvue.journal.writer import Limits, Place, Writer
    writer = Writer(Place(directory=sys.argv[1] + "/journals", run="run", facts=dict))
    for _ in range(100):
        writer.append_metrics({"a": 0.5})
    writer.synchronise()
    writer.append_metrics({"a": 0.5})
    writer.end("completed")
    """
    prefix = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=fdatasync:error=ENOSPC:when=1")

    result = journals.run(code, tmp_path, prefix=prefix)

    path = journals.only(tmp_path)
    verdicts = [entry.verdict.value for entry in journals.verdicts(path).entries]
    assert result.returncode == 0
    assert "could not be made durable" in result.stderr
    assert [verdict for verdict in verdicts if verdict != "accepted"] == ["separator", *["skipped"] * 63]
    assert [record["seq"] for record in journals.accepted(path)] == list(range(103))
    assert journals.verdicts(path).findings == []


@pytest.mark.requirement("WRT-006", "JRN-040")
def test_a_sync_that_fails_at_the_end_repeats_before_the_end_record(tmp_path):
    code = """
    import sys
    from simvue.journal.writer import Place, Writer
    writer = Writer(Place(directory=sys.argv[1] + "/journals", run="run", facts=dict))
    for _ in range(10):
        writer.append_metrics({"a": 0.5})
    writer.end("completed")
    """
    prefix = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=fdatasync:error=EIO")

    journals.run(code, tmp_path, prefix=prefix)

    path = journals.only(tmp_path)
    assert json.loads(path.read_bytes().splitlines()[-1])["kind"] == "end"
    assert journals.verdicts(path).findings == []
    assert len(journals.accepted(path)) == 12


@pytest.mark.requirement("WRT-014")
def test_the_last_resort_for_a_warning_is_standard_error(tmp_path):
    (tmp_path / "cache").write_text("a file is in the way")
    code = """
    import logging, sys
    class Broken(logging.Handler):
        def handle(self, record):
            raise RuntimeError("a handler of the program")
    logging.getLogger().addHandler(Broken())
    from simvue import Run
    run = Run(mode="offline", cache_directory=sys.argv[1])
    run.config(disable_resources_metrics=True)
    run.init("name")
    print("went on")
    """

    result = journals.run(code, tmp_path / "cache")

    assert result.stdout == "went on\n"
    assert result.stderr.startswith("simvue: the run cannot be recorded")

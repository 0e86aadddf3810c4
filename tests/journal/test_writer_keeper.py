"""What happens while the program computes: synchronisation, signs of life, repetition."""

import re
import time

import pytest

from tests.journal import journals


def wait_for(condition) -> bool:
    """Wait ten seconds at most for what another thread does."""
    for _ in range(1000):
        if condition():
            return True
        time.sleep(0.01)
    return False


@pytest.mark.requirement("WRT-005", "WRT-006")
def test_the_device_is_waited_for_neither_by_a_record_nor_by_its_thread(tmp_path):
    log = tmp_path / "strace"
    code = """
    import sys, time
    from simvue.journal.writer import Limits, Place, Writer
    began = time.monotonic()
    writer = Writer(Place(directory=sys.argv[1] + "/journals", run="run", facts=dict), Limits(between_syncs=0.2))
    for _ in range(100):
        writer.append_metrics({"a": 0.5})
        time.sleep(0.01)
    writer.end("completed")
    print(time.monotonic() - began)
    """

    done = journals.run(
        code, tmp_path / "cache", prefix=("strace", "-f", "-qq", "-o", str(log), "-e", "trace=fdatasync,write")
    )

    calls = [line for line in log.read_text().splitlines() if "write(1, " not in line]  # the print is not the writer's
    main = calls[0].split()[0]
    syncs = [line for line in calls if "fdatasync(" in line]  # and not where one goes on that was interrupted
    by_main = [line for line in syncs if line.split()[0] == main]
    assert 3 <= len(syncs) <= 4 + float(done.stdout) / 0.2
    assert len(by_main) == 2  # before and after the end record
    assert re.search(r"fdatasync(\(\d+| resumed>).*\) += 0", calls[-1])


@pytest.mark.requirement("WRT-005")
def test_a_slow_device_does_not_hold_up_records(tmp_path):
    code = """
    import sys, time
    from simvue.journal.writer import Limits, Place, Writer
    writer = Writer(Place(directory=sys.argv[1] + "/journals", run="run", facts=dict), Limits(between_syncs=0.1))
    longest, end = 0, time.monotonic() + 1
    while time.monotonic() < end:
        started = time.monotonic()
        writer.append_metrics({"a": 0.5})
        longest = max(longest, time.monotonic() - started)
        time.sleep(0.005)
    print(longest)
    """
    delay = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=fdatasync:delay_enter=700000")

    result = journals.run(code, tmp_path, prefix=(*delay, "-e", "trace=fdatasync"))

    assert float(result.stdout) < 0.35


@pytest.mark.requirement("REC-090")
def test_a_silent_run_shows_that_it_lives(tmp_path):
    writer = journals.writer(tmp_path, heartbeat=0.05, between_syncs=0.1)
    writer.append("run", {"name": "silent"})

    assert wait_for(lambda: journals.only(tmp_path).read_bytes().count(b'"kind":"heartbeat"') >= 2)

    writer.end("completed")
    journals.whole(journals.only(tmp_path))


@pytest.mark.requirement("REC-090")
def test_a_run_that_speaks_needs_no_heartbeat(tmp_path):
    writer = journals.writer(tmp_path, heartbeat=3600.0)
    writer.append("run", {"name": "talkative"})

    writer.tend()
    writer.end("completed")

    assert [record["kind"] for record in journals.whole(journals.only(tmp_path))] == ["header", "run", "end"]


@pytest.mark.requirement("WRT-015", "WRT-016")
def test_what_waits_is_written_while_the_program_is_silent(tmp_path):
    cache = tmp_path / "cache"
    cache.write_text("a file is in the way")
    writer = journals.writer(cache, between_syncs=0.05)
    for _ in range(10_000):
        writer.append_metrics({"a": 1.0})
    cache.unlink()

    assert wait_for(lambda: cache.is_dir() and journals.only(cache).read_bytes().count(b"\n") == 10_001)

    writer.end("completed")
    assert journals.records(journals.only(cache).read_bytes())[-1]["records"] == 10_001

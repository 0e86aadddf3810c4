"""Disks that fill up, writes that break, limits of the process: nothing is lost silently, and no program ends."""

import errno
import os
import random
import re
import subprocess

import pytest
from jsonschema import Draft7Validator

from simvue_spec import schema
from tests.writers.c import journals
from tests.writers.c.journals import EDISK, ELOST, OK, clean_environment, drive, event, metrics, needs_gcc, ran, text

pytestmark = needs_gcc
CLOSE = f"close {text('completed')} -"
FULL = f"e{errno.ENOSPC}"


def accepted(path):
    """Return the records of a journal as a reader takes them: fragments and replays fall away."""
    found = {}
    for line in path.read_bytes().split(b"\n"):
        try:
            record = journals.orjson.loads(line)
        except ValueError:
            continue
        assert found.setdefault(record["seq"], record) == record
    assert list(found) == list(range(len(found)))  # in order, and without a gap
    return list(found.values())


def judged(*paths):
    """Judge a journal that has fragments: they are dead letters, and nothing else is wrong."""
    command = [str(journals.VALIDATE), "--json", *map(str, paths)]
    said = [journals.orjson.loads(line) for line in ran(command).stdout.splitlines()]
    return [finding for finding in said[:-1] if finding["requirement"] not in {"FRM-001", "FRM-020"}]


@pytest.mark.requirement("WRT-010", "WRT-011", "WRT-013")
def test_after_a_short_or_failed_write_the_record_is_repeated_on_a_line_of_its_own(driver, cache):
    calls = [
        event("before"),
        f"faults 40 {FULL} 10000 0 10000 17",
        event("short, then the guard fails"),
        event("second"),
        event("third"),
        event("fourth"),
        CLOSE,
    ]

    outcome = drive(driver, cache, calls)

    assert outcome.statuses[0] == OK
    assert EDISK in outcome.statuses
    assert outcome.statuses[-1] == OK
    lines = outcome.path.read_bytes().split(b"\n")
    fragment = lines[2]
    assert len(fragment) == 40
    assert any(line.startswith(fragment) for line in lines[3:])  # the same number and the same bytes
    said = [record["message"] for record in accepted(outcome.path) if record["kind"] == "event"]
    assert said == ["before", "short, then the guard fails", "second", "third", "fourth"]
    assert judged(outcome.path) == []
    assert len(outcome.err.splitlines()) == 1  # it is said once (WRT-014)
    assert "No space left" in outcome.err


@pytest.mark.requirement("WRT-010", "WRT-011", "SEQ-006")
def test_whatever_breaks_every_record_is_there_once(driver, cache):
    source = random.Random(4711)
    for trial in range(8):
        calls, steps = [], 0
        for _ in range(40):
            faults = [source.choice(["0", "1", "60", "150", "100000", FULL, f"e{errno.EINTR}"]) for _ in range(6)]
            calls.append(f"faults {' '.join(faults)}")
            for _ in range(source.randrange(6)):
                calls.append(metrics({"r": steps / 3}, steps))
                steps += 1
        rotate = "rotate=4000" if trial % 2 else "rotate=1000000"

        outcome = drive(driver, cache / str(trial) / "c", [*calls, "faults", CLOSE], rotate)

        assert outcome.statuses[-1] == OK
        found = [accepted(path) for path in journals.journals(cache / str(trial) / "c")]
        said = [record["step"] for each in found for record in each if record["kind"] == "metrics"]
        assert said == list(range(steps))
        assert all(each[-1]["kind"] == "end" and each[-1]["records"] == len(each) - 1 for each in found)
        assert judged(*journals.journals(cache / str(trial) / "c")) == []


@pytest.mark.requirement("JRN-033", "JRN-034", "RDR-043", "WRT-040")
@pytest.mark.parametrize("faults", ["faults", f"faults {' '.join([FULL] * 30)}"])
def test_a_program_rotates_when_it_wants_or_once_the_disk_lets_it(driver, cache, faults):
    calls = [f"run {text('kept')} - - - - - - 0 0 0 0", "rotate", event("one"), faults, event("two"), "rotate"]

    outcome = drive(driver, cache, [*calls, "faults", "rotate", "rotate", CLOSE])

    assert outcome.statuses[-4:] == [OK] * 4
    found = [accepted(path) for path in journals.journals(cache)]
    assert [[record["kind"] for record in each] for each in found] == [
        ["header", "run", "end"],
        ["header", "event", "event", "end"],
        ["header", "status", "end"],
    ]
    assert [each[-1].get("reason") for each in found] == ["rotate", "rotate", None]
    assert found[-1][1]["status"] == "completed"  # the run is in another journal
    assert judged(*journals.journals(cache)) == []


@pytest.mark.requirement("WRT-015", "WRT-016", "WRT-017", "REC-120", "REC-126")
def test_what_memory_cannot_keep_is_counted_and_metrics_go_first(driver, cache):
    begin = [f"run {text('kept')} - - - - - - 0 0 0 0", f"faults {' '.join([FULL] * 250)}", event("kept too")]
    flood = [metrics({"r": float(step)}, step) for step in range(200)]

    end = [f"status {text('running')} -", "faults", "lost", CLOSE]
    outcome = drive(driver, cache, [*begin, *flood, *end], "buffer=4096")

    assert ELOST in outcome.statuses[3:203]
    dropped = outcome.statuses[-2]
    assert dropped > 100
    found = accepted(outcome.path)
    (lost,) = [record for record in found if record["kind"] == "lost"]
    Draft7Validator(schema("lost")).validate(lost)
    assert lost["count"] == dropped
    steps = [record["step"] for record in found if record["kind"] == "metrics"]
    assert steps == list(range(200 - len(steps), 200))  # the oldest were dropped
    assert dropped == 200 - len(steps)
    assert {"run", "event", "status"} <= {record["kind"] for record in found}
    assert journals.validate(outcome.path)["findings"] == 0  # nothing that was dropped had a number yet


@pytest.mark.requirement("WRT-014")
def test_a_limit_of_the_process_is_an_error_and_no_signal(driver, cache):
    many = [metrics({"r": float(step)}, step) for step in range(30)]

    outcome = drive(driver, cache, ["tight 3000", *many, "tight 0", *many, CLOSE])

    assert EDISK in outcome.statuses[1:31]
    assert outcome.statuses[-2:] == [OK, OK]
    assert "File too large" in outcome.err
    assert len([record for record in accepted(outcome.path) if record["kind"] == "metrics"]) == 60
    journals.validate(outcome.path)


@pytest.mark.requirement("WRT-014", "WRT-015")
def test_a_cache_that_cannot_be_made_yet_loses_nothing(driver, cache, tmp_path):
    (tmp_path / "file").write_text("in the way")
    environment = clean_environment(tmp_path / "file" / "cache")
    given = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([driver, "run=late"], env=environment, cwd=tmp_path, **given) as process:
        assert process.stdout.readline().startswith(f"{EDISK} late")
        process.stdin.write(event("early") + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == f"{EDISK}\n"
        (tmp_path / "file").unlink()
        out, err = process.communicate(f"{CLOSE}\n")

    assert (out, process.returncode) == (f"{OK}\n", 0)
    assert len(err.splitlines()) == 1
    (path,) = (tmp_path / "file" / "cache" / "journals").iterdir()
    assert [record["kind"] for record in journals.records(path)] == ["header", "event", "end"]


@pytest.mark.requirement("WRT-014", "WRT-015")
def test_a_disk_that_is_full_for_good_ends_no_program(driver, cache):
    calls = [f"faults {' '.join([FULL] * 255)}", *(event("x" * 300) for _ in range(100)), CLOSE]

    outcome = drive(driver, cache, calls, "buffer=4096")

    assert outcome.statuses[-1] == ELOST  # close gave up after two seconds
    assert set(outcome.statuses[1:-1]) == {EDISK, ELOST}


@pytest.mark.requirement("WRT-010", "WRT-011")
def test_a_small_disk_that_is_freed_loses_nothing(driver, tmp_path):
    """A real one: 64 KiB of memory, mounted where only this test sees it."""
    disk, out = tmp_path / "disk", tmp_path / "out"
    disk.mkdir()
    (tmp_path / "fill").write_text("".join(event(f"{number} " + "x" * 700) + "\n" for number in range(60)))
    (tmp_path / "after").write_text(f"{event('last')}\n{CLOSE}\n")
    script = (
        f"mount -t tmpfs -o size=64k tmpfs {disk} && head -c 30000 /dev/zero > {disk}/filler && "
        f"(cat {tmp_path}/fill; sleep 0.7; rm {disk}/filler; cat {tmp_path}/after) | {driver} buffer=1000000; "
        f"status=$?; cp -r {disk}/cache {out}; exit $status"
    )
    namespace = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-Urm"]
    result = ran([*namespace, "sh", "-c", script], env=clean_environment(disk / "cache"), cwd=tmp_path)

    assert result.returncode == 0, result.stderr
    assert "No space left" in result.stderr
    statuses = [int(line) for line in result.stdout.splitlines()[1:]]
    assert EDISK in statuses
    assert statuses[-1] == OK
    (path,) = (out / "journals").iterdir()
    found = accepted(path)
    messages = [re.split(" ", record["message"])[0] for record in found if record["kind"] == "event"]
    assert messages == [*map(str, range(60)), "last"]
    assert found[-1] == found[-1] | {"kind": "end", "records": 62}
    assert judged(path) == []

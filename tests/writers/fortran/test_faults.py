"""Kills, full disks, forks, no directory: what was recorded stays, what was lost is said, the program goes on."""

import json
import random
import struct
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from tests.writers.fortran.programs import Driver, metric, only, opening, records, surroundings, text, validate

DEFERRED, LOST, IO, CLOSED, FOREIGN = 3, 4, 5, 2, 6
FREE = -1  # no limit


@pytest.mark.requirement("WRT-001", "WRT-003", "JRN-042")
@pytest.mark.parametrize("seed", range(5))
def test_what_a_call_has_recorded_survives_sigkill(checked_driver: Path, cache: Path, seed: int) -> None:
    drawn = random.Random(seed)
    answered = 0

    with Driver(checked_driver, cache) as driver:
        driver.say(opening())
        for step in range(drawn.randrange(1, 400)):
            driver.say(metric("x", step / 3, step))
            answered += 1
        assert driver.process.stdin is not None
        driver.process.stdin.write(b"".join(metric("y", 0.5, step) for step in range(500)))
        driver.process.stdin.flush()
        time.sleep(drawn.random() * 0.004)
        driver.process.kill()

    journal = only(cache)
    assert validate(journal, options=("--incomplete",)).returncode == 0
    lines = journal.read_bytes().split(b"\n")[2:-1]
    assert [orjson.loads(line)["values"] for line in lines[:answered]] == [{"x": step / 3} for step in range(answered)]


@pytest.mark.requirement("WRT-002")
def test_a_record_is_one_write(checked_driver: Path, cache: Path) -> None:
    def writes() -> int:
        fields = Path(f"/proc/{driver.process.pid}/io").read_text().split()
        return int(fields[fields.index("syscw:") + 1])

    with Driver(checked_driver, cache) as driver:
        driver.say(opening())
        before = writes()
        for step in range(100):
            driver.say(metric("x", 0.1, step))

        assert writes() - before == 200  # each record, and each answer of the driver


@pytest.mark.requirement("WRT-010", "WRT-011", "WRT-013", "SEQ-006")
@pytest.mark.parametrize("seed", range(1, 7))
def test_failed_and_short_writes_are_ended_and_repeated(
    program: Callable[[str, str], Path], cache: Path, seed: int
) -> None:
    """One in four writes fails; each record comes once and in order, beside fragments and replays."""
    with Driver(program("faulty", "fast"), cache, FAULTS=str(seed)) as driver:
        stats = [driver.say(opening())] + [driver.say(metric("x", step / 3, step)) for step in range(200)]
        stats += [driver.say(b"h") for _ in range(9)]  # until nothing is left in memory
        driver.end()

    assert {stat for stat, _ in stats} == {0, DEFERRED}
    whole: dict[int, bytes] = {}
    fragments = 0
    for line in only(cache).read_bytes().split(b"\n"):
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError:
            fragments += bool(line)
            continue
        assert whole.setdefault(record["seq"], line) == line  # the same bytes when it is repeated
    found = [orjson.loads(line) for line in whole.values()]
    assert list(whole) == list(range(len(found)))
    assert [record["values"]["x"] for record in found if "values" in record] == [step / 3 for step in range(200)]
    judged = [json.loads(line) for line in validate(only(cache), options=("--json",)).stdout.splitlines()]
    assert {finding["requirement"][:3] for finding in judged[:-1]} <= {"FRM", "JRN"}  # fragments, and no end
    assert fragments > 5


@pytest.mark.requirement("WRT-015", "WRT-014")
def test_what_a_full_disk_refuses_comes_later(checked_driver: Path, cache: Path) -> None:
    with Driver(checked_driver, cache) as driver:
        driver.say(opening())
        journal = only(cache)
        driver.limit(journal.stat().st_size + 50)
        stats = [driver.say(metric("x", 0.5, step)) for step in range(10)]
        driver.limit(FREE)
        after = [driver.say(metric("x", 0.5, 10)), driver.say(b"c")]
        driver.end()

    assert [stat for stat, _ in stats] == [DEFERRED] * 10
    assert str(journal) in stats[0][1]
    assert "File too large" in stats[0][1]
    assert after == [(0, ""), (0, "")]
    assert [record["step"] for record in records(journal) if record["kind"] == "metrics"] == list(range(11))
    assert validate(journal).returncode == 0


@pytest.mark.requirement("WRT-014", "WRT-016", "WRT-017", "SEQ-002", "REC-120", "REC-126")
def test_what_memory_cannot_hold_is_counted(program: Callable[[str, str], Path], cache: Path) -> None:
    values = b"".join(text(f"{'n' * 240}{number}") + struct.pack("<d", 0.5) for number in range(1_000))
    with Driver(program("driver", "fast"), cache) as driver:
        driver.limit(2_000)  # known before the journal is opened: no write fails, no signal comes
        driver.say(opening())
        first, *rest = [driver.say(b"v" + struct.pack("<i", 1_000) + values)[0] for _ in range(90)]
        driver.say(b"e" + text("kept") + text("info"))
        driver.limit(FREE)
        assert [driver.say(b"h")[0], driver.say(b"c")[0]] == [0, 0]
        driver.end()

    assert first == DEFERRED
    assert set(rest) == {DEFERRED, LOST}
    found = records(only(cache))
    (lost,) = (record["count"] for record in found if record["kind"] == "lost")
    assert lost + sum(record["kind"] == "metrics" for record in found) == 90
    assert [record["kind"] for record in found if record["kind"] not in {"metrics", "lost"}] == [
        "header",
        "run",
        "event",
        "heartbeat",
        "end",
    ]
    assert validate(only(cache)).returncode == 0


@pytest.mark.parametrize("size", [0, 100])
def test_a_disk_that_is_full_from_the_start_is_waited_for(checked_driver: Path, cache: Path, size: int) -> None:
    with Driver(checked_driver, cache) as driver:
        driver.limit(size)
        stats = [driver.say(opening())[0], driver.say(metric("x", 0.5))[0], driver.say(b"r")[0], driver.say(b"h")[0]]
        driver.limit(FREE)
        driver.say(b"c")
        driver.end()

    assert stats == [DEFERRED] * 4
    found = sorted((records(path) for path in (cache / "journals").iterdir()), key=lambda each: each[0]["at"])
    assert [[record["kind"] for record in each] for each in found] == [
        ["header", "run", "metrics", "end"],
        ["header", "heartbeat", "status", "end"],
    ]


@pytest.mark.requirement("WRT-014")
def test_a_disk_that_stays_full_is_said_once_and_ends_nothing(checked_driver: Path, cache: Path) -> None:
    with Driver(checked_driver, cache) as driver:
        driver.limit(600)
        driver.say(opening())
        for _ in range(20):
            assert driver.say(b"H") == (0, "")  # as a program that does not ask
        stat, message = driver.say(b"c")
        errors = driver.end()

    assert stat == LOST
    assert "records could not be written" in message
    assert errors.count("simvue: ") == 1
    assert "wait in memory" in errors


@pytest.mark.requirement("WRT-014")
def test_without_a_place_for_a_journal_the_program_goes_on(checked_driver: Path, cache: Path) -> None:
    cache.parent.mkdir()
    cache.write_text("a file")

    with Driver(checked_driver, cache) as driver:
        stat, message = driver.say(opening())
        stats = [driver.say(metric("x", 0.5))[0], driver.say(b"H")[0], driver.say(b"H")[0], driver.say(b"c")[0]]
        errors = driver.end()

    assert stat == IO
    assert str(cache) in message
    assert stats == [CLOSED, 0, 0, CLOSED]
    assert errors.count("simvue: ") == 1


@pytest.mark.requirement("WRT-005", "WRT-006")
def test_a_journal_is_synced_at_the_end_and_every_fifteen_seconds(
    program: Callable[[str, str], Path], cache: Path
) -> None:
    """A sync that fails is how the test sees one; the records are with the kernel all the same."""
    with Driver(program("faulty", "fast"), cache, SYNC="fails", CLOCK="1800000000 4") as driver:
        stats = [driver.say(opening())[0]] + [driver.say(b"h")[0] for _ in range(10)]
        stats += [driver.say(b"s")[0], driver.say(b"h")[0], driver.say(b"c")[0]]
        driver.end()

    assert stats == [0, 0, 0, IO, 0, 0, 0, IO, 0, 0, 0, IO, 0, IO]
    assert len(records(only(cache))) == 14


@pytest.mark.requirement("REC-003", "WRT-033", "REC-002")
@pytest.mark.parametrize("step", [-3600, 0, 1, 86_399, 7_776_001])
def test_every_record_has_a_time_of_its_own(program: Callable[[str, str], Path], cache: Path, step: int) -> None:
    begin = datetime(2024, 2, 28, 23, 59, 58, tzinfo=UTC)

    with Driver(program("faulty", "fast"), cache, CLOCK=f"{int(begin.timestamp())} {step}") as driver:
        driver.say(opening())
        for _ in range(300):
            driver.say(b"h")
        driver.end()

    times = [datetime.fromisoformat(record["at"]) for record in records(only(cache))]
    tick = timedelta(seconds=step) if step > 0 else timedelta(microseconds=1)
    assert times == [begin + number * tick for number in range(302)]


@pytest.mark.requirement("WRT-020")
def test_a_forked_child_does_not_record(checked_driver: Path, cache: Path) -> None:
    with Driver(checked_driver, cache) as driver:
        driver.say(opening())
        child = driver.say(b"F")
        parent = [driver.say(b"h"), driver.say(b"c")]
        driver.end()

    assert child[0] == FOREIGN
    assert parent == [(0, ""), (0, "")]
    assert [record["kind"] for record in records(only(cache))] == ["header", "run", "heartbeat", "end"]


def test_a_journal_takes_no_standard_stream(checked_driver: Path, cache: Path) -> None:
    """A library in C prints into what has the number of standard output, in a program that was started without one."""
    command = ["sh", "-c", 'exec "$0" 1>&- 2>&-', str(checked_driver)]
    commands = opening() + b"hPhc"

    subprocess.run(command, input=commands, check=False, env=surroundings(cache))

    assert [record["kind"] for record in records(only(cache))] == ["header", "run", "heartbeat", "heartbeat", "end"]


@pytest.mark.requirement("WRT-032")
def test_a_locale_changes_nothing(program: Callable[[str, str], Path], cache: Path) -> None:
    cache.parent.mkdir()

    subprocess.run(
        [program("heat", "fast")],
        check=True,
        capture_output=True,
        cwd=cache.parent,
        env=surroundings(cache, LC_ALL="de_DE"),
    )

    assert records(only(cache))[7]["values"]["change"] == 20.0

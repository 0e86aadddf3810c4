"""The scenarios `many` and `killed`: a journal only grows, and what was recorded is there, whatever comes after.

Tests: tests/conformance/writer/.
"""

import contextlib
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

from simvue_conformance.program import Started
from simvue_conformance.results import Failure, NotTestable
from simvue_conformance.writer.growth import Growth, journals_in
from simvue_conformance.writer.journals import Journal
from simvue_conformance.writer.scenario import expect, expect_points, left, single
from simvue_conformance.writer.session import NO_SCENARIO, PAUSE, Session

__all__ = ["killed", "many"]

MANY = 10_000
KILLS = 4
LATEST = 400  # steps after which a kill comes, at most
WATCHED = 0.5  # seconds for which a program that goes on recording is watched
WRITTEN = 2.0  # seconds after which a record has to be in the file: WRT-004 has one, and machines are slow


def many(session: Session, directory: Path) -> Iterator[Failure]:
    """Ten thousand records, watched while they are written."""
    growth = Growth(directory)
    journal = yield from single(session, "many", directory, "SCN-006", while_running=growth.look)
    yield from growth.failures()
    yield from expect_points("SCN-006", journal, "x", [(step, step / 8) for step in range(MANY)])


def killed(session: Session, directory: Path) -> Iterator[Failure]:
    """The program is killed at some step; once only after it had the time to write what it holds back."""
    drawn = session.random("killed")
    for number in range(KILLS):
        cache = directory / str(number)
        cache.mkdir()
        with session.program.started("killed", str(cache)) as running:
            _await_step(session, running, drawn.randrange(LATEST))
            running.kill()
            printed = _printed(running)
        if printed and not _steps_in_files(cache):
            yield Failure("WRT-003", f"{len(printed)} steps were recorded when the program was killed; none is there")
            break
        (journal,) = yield from left(session, cache, 1, "SCN-011", is_ended=False)
        yield from _kept(journal, printed)
    yield from _held_back(session, directory / "slow")


def _held_back(session: Session, cache: Path) -> Iterator[Failure]:
    cache.mkdir()
    growth = Growth(cache)
    with session.program.started("killed", str(cache)) as running:
        _await_step(session, running, LATEST // 4)
        printed = _printed(running)
        start = time.monotonic()
        while time.monotonic() < start + WATCHED:
            growth.look()
            time.sleep(PAUSE)
        while time.monotonic() < start + WRITTEN and not printed <= _steps_in_files(cache):
            time.sleep(PAUSE)
        missing = printed - _steps_in_files(cache)
        growth.look()
        running.kill()
    yield from growth.failures()
    if missing:
        yield Failure(
            "WRT-004",
            f"step {min(missing)} was recorded, and not in the journal after {WRITTEN:g} s; flush within one second",
        )
    if missing and missing == printed:
        raise NotTestable("nothing of what was recorded had been written when the program was killed")
    (journal,) = yield from left(session, cache, 1, "SCN-011", is_ended=False)
    yield from expect("SCN-011", journal, "the run key", journal.header.get("run"), "conformance-killed")


def _kept(journal: Journal, printed: set[int]) -> Iterator[Failure]:
    steps = journal.steps("x")
    if missing := printed - set(steps):
        yield Failure(
            "WRT-003",
            f"{journal.name}: step {min(missing)} was recorded when the program was killed, and is not there;"
            " write each record before the call returns",
        )
    if steps != list(range(len(steps))):
        yield Failure("SCN-011", f"{journal.name}: the steps of metric x are not 0, 1, 2 … in order")


def _await_step(session: Session, running: Started, step: int) -> None:
    """Wait until it has printed a step or a later one.

    Raises:
        NotTestable: it ends before, or takes too long.
    """
    until = time.monotonic() + session.program.timeout
    while max(_printed(running), default=-1) < step:
        if not running.is_running:
            finished = running.wait(1)
            if finished.code == NO_SCENARIO:
                session.in_order(finished, "killed")
            raise NotTestable(
                f"the program ended before it was killed ({finished.end}); print each step, flushed, then wait"
            )
        if time.monotonic() > until:
            raise NotTestable(
                f"the program has not printed step {step} in {session.program.timeout:g} s; see --timeout"
            )
        time.sleep(PAUSE / 5)


def _printed(running: Started) -> set[int]:
    return {int(line) for line in re.findall(rb"^\s*(\d+)\s*\n", running.read(), re.MULTILINE)}


def _steps_in_files(cache: Path) -> set[int]:
    """The steps that can be read now: this is asked of a file that grows, again and again, and so not of the judge."""
    found: set[int] = set()
    for path in journals_in(cache / "journals"):
        for line in path.read_bytes().split(b"\n")[:-1]:
            with contextlib.suppress(ValueError, KeyError, TypeError):
                value = json.loads(line)
                if isinstance(value, dict) and value.get("kind") == "metrics":
                    found.add(int(value["step"]))
    return found

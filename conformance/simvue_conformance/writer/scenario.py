"""What scenarios have in common: a call of the program, the journal that it leaves, and comparisons.

Tests: tests/conformance/writer/.
"""

import time
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

from simvue_conformance.judge.times import nanoseconds
from simvue_conformance.results import Failure, NotTestable
from simvue_conformance.writer.journals import Journal, collect, failures, misplaced
from simvue_conformance.writer.session import Session

__all__ = ["described", "expect", "expect_points", "left", "single"]

CLOCK = 2 * 10**9  # nanoseconds by which `at` may lie outside of the call
EPOCH = nanoseconds("1970-01-01T00:00:00Z") or 0  # of the machine's clock, as the judge counts


def left(
    session: Session, directory: Path, count: int, requirement: str, *, is_ended: bool = True
) -> Generator[Failure, None, list[Journal]]:
    """Report what the journals of a cache break by themselves, and return them in the order of their headers' times.

    Raises:
        NotTestable: there are not as many as the scenario has, or one has no header; `requirement` has failed then.
    """
    yield from misplaced(directory)
    journals = collect(directory)
    if len(journals) != count:
        detail = f"there are {len(journals)} journals in journals/, and the scenario has {count}"
        yield Failure(requirement, detail)
        raise NotTestable(detail)
    yield from failures(session, journals, is_ended=is_ended)
    for journal in journals:
        if not journal.header:
            raise NotTestable(f"{journal.name} has no valid header, and nothing after it can be read")
    return journals


def single(
    session: Session, scenario: str, directory: Path, requirement: str, **run: Any
) -> Generator[Failure, None, Journal]:
    """Run a scenario of one process, report what its journal breaks by itself, and return it.

    Raises:
        NotTestable: the program fails, or there is not one journal with a header.
    """
    start = EPOCH + time.time_ns()
    session.run(scenario, directory, **run)
    end = EPOCH + time.time_ns()
    (journal,) = yield from left(session, directory, 1, requirement)
    yield from _of_the_clock(journal, start, end)
    yield from described(requirement, journal, scenario)
    return journal


def _of_the_clock(journal: Journal, start: int, end: int) -> Iterator[Failure]:
    """Report the first record whose `at` is no time between start and end of the call, in the judge's nanoseconds."""
    for record in journal.judgement.records:
        at = nanoseconds(record.value["at"])
        if at is not None and not start - CLOCK <= at <= end + CLOCK:
            yield Failure(
                "SCN-016",
                f"{journal.name} line {record.line}: `at` is {record.value['at']}, {(at - start) / 1e9:+.0f} s from the"
                " start of the call; write UTC with Z, or local time with its offset",
            )
            return


def described(requirement: str, journal: Journal, scenario: str) -> Iterator[Failure]:
    """Report a run that has another key, name, folder or final status than those of the scenario."""
    state = journal.judgement.projection
    yield from expect(requirement, journal, "the run key", journal.header.get("run"), f"conformance-{scenario}")
    yield from expect(requirement, journal, "the name", state["run"].get("name"), scenario)
    yield from expect(requirement, journal, "the folder", state["run"].get("folder"), "/conformance")
    yield from expect(requirement, journal, "the final status", state["status"], "completed")


def expect(requirement: str, journal: Journal, what: str, found: object, expected: object) -> Iterator[Failure]:
    """Report that something is not what the scenario has; of objects, what is more than expected does not count."""
    if not _holds(found, expected):
        yield Failure(requirement, f"{journal.name}: {what} is {_short(found)}; record {_short(expected)}")


def expect_points(
    requirement: str, journal: Journal, metric: str, expected: list[tuple[int, float]]
) -> Iterator[Failure]:
    """Report the first difference between a metric's steps and values and those of the scenario."""
    found = journal.points(metric)
    if found == expected:
        return
    for number, (one, other) in enumerate(zip(found, expected, strict=False)):
        if one != other:
            yield Failure(
                requirement,
                f"{journal.name}: record {number} of metric {metric} has step {one[0]} and value {one[1]!r};"
                f" record step {other[0]} and value {other[1]!r}",
            )
            return
    yield Failure(requirement, f"{journal.name}: {len(found)} records of metric {metric}; record {len(expected)}")


def _holds(found: object, expected: object) -> bool:
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return all(name in found and _holds(found[name], value) for name, value in expected.items())
    return found == expected and isinstance(found, bool) == isinstance(expected, bool)  # True == 1 in Python only


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:60]} … {text[-40:]}"

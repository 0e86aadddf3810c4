"""The scenarios `threads` and `fork`: for programs that claim them.

Tests: tests/conformance/writer/.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from simvue_conformance.results import Failure, NotTestable
from simvue_conformance.writer.journals import Journal, collect, failures, misplaced
from simvue_conformance.writer.scenario import described, expect, expect_points
from simvue_conformance.writer.session import Session

__all__ = ["fork", "threads"]

THREADS = 4
EVENTS = 250


def threads(session: Session, directory: Path) -> Iterator[Failure]:
    """Four threads record events at once. What breaks in lines and numbers here is the threads' doing: WRT-021."""
    session.run("threads", directory)
    yield from misplaced(directory)
    journals = collect(directory)
    if len(journals) != 1 or not journals[0].header:
        detail = f"there are {len(journals)} journals with a header in journals/, and the threads share one"
        yield Failure("SCN-013", detail)
        raise NotTestable(detail)
    (journal,) = journals
    torn = [failure for failure in failures(session, journals) if failure.requirement != "JRN-043"]
    if torn:
        yield Failure("WRT-021", f"{torn[0].detail} [{torn[0].requirement}]; let one thread at a time number and write")
    found: dict[int, list[int]] = {}
    for record in journal.of_kind("event"):
        if match := re.fullmatch(r"thread (\d+) event (\d+)", record.value["message"]):
            found.setdefault(int(match[1]), []).append(int(match[2]))
    if torn:
        return  # what is not there is what was torn
    yield from described("SCN-013", journal, "threads")
    for thread in range(THREADS):
        events = found.get(thread, [])
        yield from expect("SCN-013", journal, f"the events of thread {thread}", events, list(range(EVENTS)))


def fork(session: Session, directory: Path) -> Iterator[Failure]:
    """A child of the process goes on recording: anywhere but in its parent's journal."""
    session.run("fork", directory)
    yield from misplaced(directory)
    journals = collect(directory)
    parents = [journal for journal in journals if {0, 1} & set(journal.steps("x"))]
    if len(parents) != 1 or len(journals) > 2:
        detail = f"there are {len(journals)} journals, {len(parents)} of them with steps 0 and 1; the parent has one"
        yield Failure("SCN-014", detail)
        raise NotTestable(detail)
    (parent,) = parents
    if strange := _strange_lines(parent):
        yield Failure(
            "WRT-020",
            f"{parent.name} line {strange[0]}: a record of the forked child;"
            " remember the process that opened the journal, and compare before each record",
        )
        return
    yield from failures(session, [parent])
    yield from failures(session, [journal for journal in journals if journal is not parent], is_ended=False)
    yield from described("SCN-014", parent, "fork")
    yield from expect_points("SCN-014", parent, "x", [(0, 0.0), (1, 1.0), (4, 4.0)])


def _strange_lines(parent: Journal) -> list[int]:
    """The lines that the child wrote: its steps, and, where both went on counting, numbers that were used twice."""
    steps = {record.line for record in parent.of_kind("metrics") if record.value.get("step") in {2, 3}}
    twice = {finding.line for finding in parent.judgement.findings if finding.requirement == "SEQ-007"}
    return sorted(line for line in steps | twice if line is not None)

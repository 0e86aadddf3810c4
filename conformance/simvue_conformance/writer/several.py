"""The scenarios `rotation`, `restart`, `ranks` and `crowd`: one run, several journals.

Tests: tests/conformance/writer/.
"""

import contextlib
import itertools
from collections.abc import Generator, Iterator
from pathlib import Path

from simvue_conformance.results import Failure, NotTestable
from simvue_conformance.writer.growth import Growth
from simvue_conformance.writer.journals import Journal, collect
from simvue_conformance.writer.scenario import described, expect, expect_points, left
from simvue_conformance.writer.session import NO_SCENARIO, Session

__all__ = ["crowd", "ranks", "restart", "rotation"]

CROWD = 8


def rotation(session: Session, directory: Path) -> Iterator[Failure]:
    """Three journals, each of which continues the one before."""
    session.run("rotation", directory)
    journals = yield from left(session, directory, 3, "SCN-007")
    journals = _in_order(journals)
    for number, journal in enumerate(journals):
        points = [(step, float(step)) for step in range(10 * number, 10 * number + 10)]
        yield from expect_points("SCN-007", journal, "x", points)
        yield from expect("SCN-007", journal, "the run key", journal.header.get("run"), "conformance-rotation")
        reason = journal.of_kind("end")[-1].value.get("reason") if journal.of_kind("end") else None
        if number < 2 and reason != "rotate":
            yield Failure(
                "JRN-033", f'{journal.name}: another journal continues it; append an `end` with the reason "rotate"'
            )
    for earlier, later in itertools.pairwise(journals):
        yield from _continues(earlier, later)
    state = journals[0].judgement.projection["run"]
    yield from expect("SCN-007", journals[0], "the name", state.get("name"), "rotation")
    final = [journal.judgement.projection["status"] for journal in journals if journal.judgement.projection["status"]]
    yield from expect("SCN-007", journals[-1], "the run's final status", final[-1:], ["completed"])


def _in_order(journals: list[Journal]) -> list[Journal]:
    """By their first step: `at` of two headers can be equal."""
    return sorted(journals, key=lambda journal: journal.steps("x")[:1])


def _continues(earlier: Journal, later: Journal) -> Iterator[Failure]:
    link = later.header.get("continues") or {}
    if link.get("journal") != earlier.identity:
        yield Failure(
            "JRN-034",
            f"{later.name}: follows {earlier.name} by rotation, and `continues` names {link.get('journal')!r};"
            f' write "continues":{{"journal":"{earlier.identity}"}} in the header',
        )
        return
    last = earlier.judgement.records[-1].value.get("seq")
    for name, found, right in (("bytes", link.get("bytes"), len(earlier.content)), ("seq", link.get("seq"), last)):
        if found is not None and found != right:
            yield Failure("JRN-021", f"{later.name}: `continues` has {name} {found}, and {earlier.name} has {right}")


def restart(session: Session, directory: Path) -> Iterator[Failure]:
    """A program ends at once, and another one goes on with its run."""
    with session.program.started("restart-1", str(directory)) as running:
        finished = session.wait(running)
    if finished.code == NO_SCENARIO:
        session.in_order(finished, "restart-1")
    (first,) = yield from left(session, directory, 1, "SCN-008", is_ended=False)
    yield from expect_points("SCN-008", first, "x", [(step, float(step)) for step in range(5)])
    growth = Growth(directory)
    growth.look()
    session.run("restart-2", directory)
    yield from growth.failures()
    journals = collect(directory)
    if len(journals) != 2 or first.content not in {journal.content for journal in journals}:
        detail = (
            f"{first.name} was there, and the program wrote into it again; open a new journal with the same run key"
        )
        yield Failure("JRN-032", detail)
        raise NotTestable(detail)
    journals = yield from left(session, directory, 2, "SCN-008", is_ended=False)
    second = next(journal for journal in journals if journal.content != first.content)
    if not second.of_kind("end"):
        yield Failure("JRN-043", f"{second.name}: has no `end` record; append one when the program ends in order")
    yield from expect_points("SCN-008", second, "x", [(step, float(step)) for step in range(5, 10)])
    yield from described("SCN-008", second, "restart")
    for journal in journals:
        if journal.header.get("run") != "conformance-restart":
            yield Failure(
                "JRN-032",
                f"{journal.name}: the run key is {journal.header.get('run')!r}; the restarted program has the same key"
                " as the first, conformance-restart",
            )


def ranks(session: Session, directory: Path) -> Iterator[Failure]:
    """Two processes of one run at once; only the first describes it."""
    yield from _together(session, directory, ["rank-0", "rank-1"])
    journals = yield from _each_its_own(session, directory, 2, "SCN-009")
    by_rank = sorted(journals, key=lambda journal: bool(journal.steps("rank1")))
    yield from described("SCN-009", by_rank[0], "ranks")
    yield from expect("SCN-009", by_rank[1], "the number of `run` records", len(by_rank[1].of_kind("run")), 0)
    for rank, journal in enumerate(by_rank):
        yield from expect("SCN-009", journal, "the run key", journal.header.get("run"), "conformance-ranks")
        yield from expect_points("SCN-009", journal, f"rank{rank}", [(step, float(step)) for step in range(100)])
        yield from _placed("SCN-009", journal, f"rank{rank}")


def crowd(session: Session, directory: Path) -> Iterator[Failure]:
    """Eight processes start at once, in one directory, with one key."""
    yield from _together(session, directory, ["crowd"] * CROWD)
    journals = yield from _each_its_own(session, directory, CROWD, "SCN-012")
    for journal in journals:
        yield from described("SCN-012", journal, "crowd")
        yield from expect_points("SCN-012", journal, "x", [(step, float(step)) for step in range(200)])
        yield from _placed("SCN-012", journal, "x")


def _placed(requirement: str, journal: Journal, metric: str) -> Iterator[Failure]:
    for record in journal.of_kind("metrics"):
        value = record.value
        if metric in value["values"] and ("step" not in value or "time" not in value):
            yield Failure(
                "REC-037",
                f"{journal.name} line {record.line}: a run of several journals; write both `step` and `time`",
            )
            return
        if metric in value["values"] and value["time"] != value["step"] / 4:
            yield Failure(requirement, f"{journal.name} line {record.line}: time is {value['time']}; record step/4")
            return


def _together(session: Session, directory: Path, scenarios: list[str]) -> Iterator[Failure]:
    """Run them at once, and watch them."""
    growth = Growth(directory)
    with contextlib.ExitStack() as stack:
        started = [stack.enter_context(session.program.started(name, str(directory))) for name in scenarios]
        for name, running in zip(scenarios, started, strict=True):
            session.in_order(session.wait(running, growth.look), name)
    yield from growth.failures()


def _each_its_own(
    session: Session, directory: Path, count: int, requirement: str
) -> Generator[Failure, None, list[Journal]]:
    """As `left`; fewer journals than processes are shared ones."""
    journals = collect(directory)
    if 0 < len(journals) < count:
        detail = (
            f"{count} processes left {len(journals)} journals; each creates one of its own, exclusively, under a name"
            " that no other has: random, or with the process id and the rank"
        )
        yield Failure("JRN-030", detail)
        raise NotTestable(detail)
    return (yield from left(session, directory, count, requirement))

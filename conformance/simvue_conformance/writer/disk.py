"""The scenario `full-disk`: the journal cannot grow, later it can, and nothing is lost silently.

A limit on the size of files stands in for the disk, so that no privilege is needed: a write is short at the limit, and
those after it fail. Tests: tests/conformance/writer/.
"""

import contextlib
import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

from simvue_conformance.program import Finished, Started
from simvue_conformance.results import Failure, NotTestable
from simvue_conformance.writer.growth import Growth, journals_in
from simvue_conformance.writer.journals import Journal, collect, failures, misplaced
from simvue_conformance.writer.limits import limited
from simvue_conformance.writer.scenario import described
from simvue_conformance.writer.session import NO_SCENARIO, PAUSE, Session

__all__ = ["full_disk"]

ROOM = 30_000  # bytes that a journal can have before the disk is full, at least
DRAWN = 10_000  # bytes more, drawn, so that the limit lies anywhere in a record
STILL = 2.0  # seconds without growth after which a journal near its limit counts as full; ten times that elsewhere
NEAR = 2_000  # bytes: a program may know its limit, and leave out a record that does not fit
KEPT = 20  # steps that are recorded while the suite knows that the disk is full
AFTER = 100  # steps that are recorded when there is room again
SPOKEN = 10  # lines on standard error and output, at most


def full_disk(session: Session, directory: Path) -> Iterator[Failure]:
    """Let the program meet its limit, lift it, and account for every step."""
    if not Path("/proc/self/fd").is_dir():
        raise NotTestable("a limit that is lifted while the program runs needs Linux and its /proc; test there")
    limit = ROOM + session.random("full-disk").randrange(DRAWN)
    program = limited(session.program, limit)
    growth = Growth(directory)
    with program.started("full-disk", str(directory)) as running:
        until = time.monotonic() + program.timeout
        is_full = _await_full(running, growth, directory, limit, until)
        (directory / "full").touch()
        _await_file(running, directory / "waiting", until)
        growth.look()
        stop = _size(directory)
        is_open = _is_open(running.pid, directory / "journals")
        _lift(running.pid)
        (directory / "room").touch()
        finished = session.wait(running, growth.look)
    if finished.code == NO_SCENARIO or not is_full:
        session.in_order(finished, "full-disk")
        raise NotTestable("the program ended before its journal was full; record until the file full is there")
    yield from growth.failures()
    yield from misplaced(directory)
    yield from _survived(session, finished, was_full=(directory / "waiting").exists())
    journals = collect(directory)
    if len(journals) != 1 or not journals[0].header:
        detail = f"there are {len(journals)} journals with a header in journals/, and the scenario has one"
        yield Failure("SCN-010", detail)
        raise NotTestable(detail)
    if is_open and "library" in session.features and "seq" not in journals[0].header:
        yield Failure(
            "SEQ-004",
            f"{journals[0].name}: the program keeps its journal open, and the header has no `seq`;"
            ' a library that does so numbers its records: "seq":0',
        )
    yield from _whole(session, journals[0], stop)
    yield from described("SCN-010", journals[0], "full-disk")
    yield from _accounted(session, journals[0])


def _await_full(running: Started, growth: Growth, directory: Path, limit: int, until: float) -> bool:
    """Wait until a journal has reached the limit or stands still; return False if the program ends before."""
    size, since = -1, time.monotonic()
    while running.is_running and time.monotonic() < until:
        growth.look()
        now = _size(directory)
        if now != size:
            size, since = now, time.monotonic()
        still = STILL if limit - size < NEAR else 10 * STILL
        if size >= limit or (size and time.monotonic() - since > still):
            return True
        time.sleep(PAUSE)
    return _size(directory) >= limit


def _size(directory: Path) -> int:
    return max((path.stat().st_size for path in journals_in(directory / "journals")), default=0)


def _await_file(running: Started, file: Path, until: float) -> None:
    """Wait for a file that the program makes, or for its end.

    Raises:
        NotTestable: neither comes. The program is killed before its journal can grow again: it may not stop.
    """
    while running.is_running and not file.exists():
        if time.monotonic() > until:
            running.kill()
            raise NotTestable(f"the program did not create {file.name} after the suite had created full")
        time.sleep(PAUSE)


def _lift(group: int) -> None:
    """Lift the limit of every process of a group, of those too that are started meanwhile."""
    lifted: set[int] = set()
    while found := _processes(group) - lifted:
        for process in found:
            try:
                _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
                resource.prlimit(process, resource.RLIMIT_FSIZE, (hard, hard))
            except ProcessLookupError:
                pass
            except PermissionError as error:
                raise NotTestable(f"the limit of process {process} cannot be lifted: {error.strerror}") from error
        lifted |= found


def _processes(group: int) -> set[int]:
    found = set()
    for process in (path.name for path in Path("/proc").iterdir()):
        try:
            if process.isdecimal() and os.getpgid(int(process)) == group:
                found.add(int(process))
        except ProcessLookupError:
            continue
    return found


def _is_open(group: int, folder: Path) -> bool:
    """Whether a process of a group has a file of a folder open at this moment."""
    for process in _processes(group):
        with contextlib.suppress(OSError):
            for descriptor in Path(f"/proc/{process}/fd").iterdir():
                with contextlib.suppress(OSError):
                    if descriptor.readlink().parent == folder.resolve():
                        return True
    return False


def _survived(session: Session, finished: Finished, *, was_full: bool) -> Iterator[Failure]:
    """WRT-014: the simulation goes on, and somebody reads why something is missing.

    Raises:
        NotTestable: the program ended, so that nothing else can be said.
    """
    if not finished.code and not was_full:
        raise NotTestable("the program ended without creating the file waiting, while the disk was full")
    if finished.code:
        detail = f"the program ended because its journal could not be written ({finished.end}); it goes on without"
        if "library" in session.features:
            yield Failure("WRT-014", detail)
        raise NotTestable(detail)
    if "library" in session.features:
        lines = [line for line in (finished.stderr + finished.stdout).splitlines() if line.strip()]
        if not 1 <= len(lines) <= SPOKEN:
            yield Failure(
                "WRT-014", f"the program printed {len(lines)} lines while the disk was full; say once what is wrong"
            )


def _whole(session: Session, journal: Journal, stop: int) -> Iterator[Failure]:
    """What every journal keeps, but that the record that broke off is a fragment; and the line feed after that.

    Args:
        session: of this call.
        journal: as it is at the end.
        stop: its size while it could not grow.

    Raises:
        NotTestable: the line feed is not there, and what was glued hides the rest.
    """
    content, line = journal.content, journal.content.count(b"\n", 0, stop) + 1
    if content[:stop].endswith(b"\n"):
        yield from failures(session, [journal])
        return
    if content[stop : stop + 1] not in {b"\n", b""}:
        detail = (
            f"{journal.name} line {line}: the write that failed stopped at byte {stop}, and"
            f" {content[stop : stop + 20]!r} follows; write one line feed first"
        )
        yield Failure("WRT-010", detail)
        raise NotTestable(detail)
    yield from failures(session, [journal], broken_line=line)


def _accounted(session: Session, journal: Journal) -> Iterator[Failure]:
    steps = journal.steps("x")
    if steps[-AFTER:] != list(range(steps[-1] - AFTER + 1, steps[-1] + 1)) if steps else True:
        yield Failure(
            "SCN-010", f"{journal.name}: the {AFTER} steps after there was room are not there in order; record them"
        )
        return
    missing = set(range(steps[-1] + 1)) - set(steps)
    counted = sum(lost[0] for lost in journal.judgement.projection["lost"])
    if len(missing) > counted:
        yield Failure(
            "WRT-016",
            f"{journal.name}: {len(missing)} steps are missing from step {min(missing)} on, and `lost` records count"
            f" {counted}; append a `lost` record with their number",
        )
    if _gaps(journal):
        yield Failure(
            "WRT-011",
            f"{journal.name} line {_gaps(journal)[0]}: the record before it was numbered, and is neither repeated"
            " nor counted; write it again with the same `seq` and bytes",
        )
    if counted > len(missing):
        yield Failure(
            "SCN-010", f"{journal.name}: `lost` records count {counted}, and {len(missing)} steps are missing"
        )
    recent = set(range(steps[-1] - AFTER - KEPT + 1, steps[-1] - AFTER + 1))
    if "library" in session.features and missing & recent:
        yield Failure(
            "WRT-015",
            f"{journal.name}: step {min(missing & recent)}, one of the last {KEPT} while the disk was full, is missing;"
            " keep records in memory, and drop the oldest metrics first",
        )
    states = [record.value["status"] for record in journal.of_kind("status")]
    if "running" not in states or not journal.of_kind("end") or not journal.of_kind("run"):
        yield Failure(
            "WRT-017",
            f"{journal.name}: lacks the run, the status `running` or the end, and has metrics;"
            " when something has to go, drop metrics",
        )


def _gaps(journal: Journal) -> list[int]:
    """The lines before which numbers are missing that no `lost` record counts."""
    return [
        finding.line
        for finding in journal.judgement.findings
        if finding.requirement == "SEQ-002" and finding.severity == "error" and finding.line is not None
    ]

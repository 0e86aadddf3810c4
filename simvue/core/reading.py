"""A journal's bytes in, a verdict for each line out: the reader, without the file.

Data may come in pieces of any size; what is read of it is the same. The order of judgement is that of
reader.md: framing, text, checksum, kind, members, sequence. Lines are judged one by one in `judging`; the
long stretches of ordinary records take the short way of `ordinary`. Opening files, and telling a journal
that nothing grows from a live one, is left to the caller. Tests: tests/core/test_reading*.py.
"""

from typing import NamedTuple

from simvue.core.findings import Finding
from simvue.core.framing import KEPT_OF_OVERLONG, LF, MAX_LINE, NUL
from simvue.core.judging import Entry, Judge
from simvue.core.ordinary import Names, accept_run
from simvue.core.records import Checker
from simvue.core.state import START, Header, Overlong, ReaderState, Verdict
from simvue.core.text import suspicion_of

__all__ = [
    "START",
    "Checker",
    "Entry",
    "Finding",
    "Header",
    "Overlong",
    "ReaderState",
    "Reading",
    "Verdict",
    "read",
]


class Reading(NamedTuple):
    """What one call to `read` made of its data.

    With `waiting`, NUL bytes stand at the beginning of what is pending, in a live journal: what follows them is
    not read before the file has been opened afresh (RDR-022).
    """

    entries: list[Entry]
    findings: list[Finding]
    state: ReaderState
    waiting: bool = False


def read(
    state: ReaderState,
    data: bytes,
    checker: Checker,
    *,
    dead: bool = False,
    final: bool = False,
    keep_accepted: bool = True,
) -> Reading:
    """Judge the lines in `data`, which begins at byte `state.offset` of the journal.

    What has no verdict yet stays out of the new state's `offset`, and is to be given again. `dead` says that
    the journal will not grow (RDR-020); from its `end` record on, a journal is judged as dead without it. With
    `final`, the end of the data is the end of the file: a dead journal's unterminated line is then judged as
    well (RDR-023). Without `keep_accepted`, accepted records and separators are only counted. Nothing is
    raised, whatever the bytes.
    """
    if state.left_alone:
        return Reading([], [], state)
    reader = _Pass(state, data, checker, dead=dead, keep_accepted=keep_accepted)
    waiting = reader.read_lines()
    if final and reader.is_dead and not waiting and not reader.judge.is_done:
        reader.read_tail()
    return Reading(reader.judge.entries, reader.judge.findings, reader.state(), waiting)


class _Pass:
    """One call: a position that moves through the data, and the judge of the lines it passes."""

    def __init__(self, state: ReaderState, data: bytes, checker: Checker, *, dead: bool, keep_accepted: bool) -> None:
        self.data = data
        self.base = state.offset
        self.position = 0
        self.overlong = state.overlong
        self.dead = dead
        self.keep_accepted = keep_accepted
        self.judge = Judge(state, checker, keep_accepted=keep_accepted)
        self.names = Names()

    @property
    def is_dead(self) -> bool:
        return self.dead or self.judge.ended  # RDR-025

    def state(self) -> ReaderState:
        return self.judge.state(offset=self.base + self.position, overlong=self.overlong)

    def read_lines(self) -> bool:
        """Judge every line that can be judged; return whether NUL bytes are waited for."""
        size = len(self.data)
        while self.position < size and not self.judge.is_done:
            before = self.position
            if self.overlong is not None:
                if self._pass_over(self.overlong):
                    return True
                continue
            self._judge_stretch()
            if self.position == before and not self.judge.is_done:
                waiting = self._judge_awkward_line()
                if waiting or self.position == before:
                    return waiting
        return False

    def _judge_stretch(self) -> None:
        """Judge the complete lines up to the first that has a NUL byte or is too long, and a MiB at most."""
        data, start = self.data, self.position
        end = data.rfind(LF, start, start + MAX_LINE) + 1
        nul = data.find(NUL, start, end)
        if nul >= 0:
            end = data.rfind(LF, start, nul) + 1
        if end > start:
            self._judge_lines(data[start:end])

    def _judge_lines(self, stretch: bytes) -> None:
        judge = self.judge
        lines = stretch.split(LF)
        lines.pop()  # what follows the last LF: nothing
        suspicious = suspicion_of(stretch)
        place, count = 0, len(lines)
        ended = judge.ended
        while place < count and not judge.is_done:
            if judge.header is not None and judge.stopped is None and not judge.ended:
                place = self._take_short_way(judge.header, lines, place, suspicious=suspicious)
                if place == count:
                    break
            line = lines[place]
            judge.take(line, self.base + self.position, len(line) + 1, suspicious=None if suspicious else False)
            if judge.left_alone:
                break
            self.position += len(line) + 1
            place += 1
            if judge.ended is not ended:
                break  # what follows is judged as dead, NUL bytes included

    def _take_short_way(self, header: Header, lines: list[bytes], place: int, *, suspicious: bool) -> int:
        judge = self.judge
        run = accept_run(
            lines,
            place,
            last_seq=judge.last_seq if header.sequenced else None,
            checksummed=header.checksummed,
            suspicious=suspicious,
            names=self.names,
            keep=self.keep_accepted,
        )
        if run.stop > place:
            accepted = lines[place : run.stop]
            judge.take_run(accepted, self.base + self.position, run.records, run.metrics)
            self.position += sum(map(len, accepted)) + len(accepted)
        return run.stop

    def _judge_awkward_line(self) -> bool:
        """Deal with the line at the position: it has NUL bytes, is too long, or is not complete.

        Leave the position where it is when the line is pending, and return whether for its NUL bytes.
        """
        data, start = self.data, self.position
        nul = data.find(NUL, start, start + MAX_LINE)
        if nul >= 0 and not self.is_dead:
            return True  # RDR-022
        end = data.find(LF, start, start + MAX_LINE)
        if end < 0:
            if len(data) - start < MAX_LINE:
                return False
            return self._pass_over(Overlong(self.base + start, 0, data[start : start + KEPT_OF_OVERLONG]))
        line = data[start:end]
        self.judge.take_hole(line, self.base + start, len(line) + 1)
        self.position = end + 1
        return False

    def _pass_over(self, line: Overlong) -> bool:
        """Move on in a line that is too long (FRM-011); return whether NUL bytes are waited for."""
        start = self.position
        # The NUL bytes of a live journal may become anything, but not before the limit: there it is waited.
        shortest = max(start, line.offset - self.base + MAX_LINE)
        end = self.data.find(LF, start)
        nul = -1 if self.is_dead else self.data.find(NUL, min(shortest, len(self.data)), end if end >= 0 else None)
        if nul >= 0:
            self.overlong = line._replace(length=line.length + nul - start)
            self.position = nul
            return True
        stop = len(self.data) if end < 0 else end + 1
        line = line._replace(length=line.length + stop - start)
        self.overlong = line if end < 0 else None
        self.position = stop
        if end >= 0:
            self.judge.take_overlong(line)
        return False

    def read_tail(self) -> None:
        """Judge what stands after the last LF of a dead journal (RDR-023)."""
        tail = self.data[self.position :]
        if self.overlong is not None:
            line, self.overlong = self.overlong, None
            self.judge.take_overlong(line, terminated=False)
        elif tail:
            self.judge.take_tail(tail, self.base + self.position)
        if not self.judge.left_alone:
            self.position = len(self.data)
            self.judge.finish(self.base + self.position)

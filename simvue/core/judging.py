"""The verdict on one line, and what it changes for the lines after it.

A `Judge` lives for one call of `reading.read`: it starts from a state, is given lines in order, collects
entries and findings, and yields the next state. Where lines begin and end is decided in `reading`.
Tests: tests/core/test_reading*.py.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from simvue.core.findings import Finding, Severity
from simvue.core.framing import BLANKS, MAX_LINE, NUL, RECORD_START, checksum_problem
from simvue.core.header import MAJOR, MINOR, header_problem, is_newer
from simvue.core.hints import with_remedy
from simvue.core.records import Checker, Problem, advice, kind_of, record_problem
from simvue.core.sequence import Recent, digest_of, next_after, number_of
from simvue.core.state import SECOND_HEADER, Header, Overlong, ReaderState, Verdict
from simvue.core.text import decode

__all__ = ["Entry", "Judge", "Line"]

_TOKEN = re.compile(rb"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.")
_SKIPPED_KIND = "x-"
_OWN_VERSION = f"{MAJOR}.{MINOR}"


class Entry(NamedTuple):
    """A line with its verdict.

    `offset` and `length` are in bytes, the LF included; `line` counts from 1. `record` is there where the line
    was understood: accepted, parked, skipped. `raw` is the line without its LF and the blanks around it, of an
    overlong line the first KiB. `requirement` and `message` say what is wrong with a line that was refused.
    `index` is the number of accepted records of this kind before it, for `metrics` and `tensor` (their default
    step: REC-034, REC-115).
    """

    verdict: Verdict
    offset: int
    length: int
    line: int
    record: dict[str, Any] | None
    raw: bytes
    requirement: str | None = None
    message: str = ""
    index: int = 0  # type: ignore[assignment] # the word of the interface; tuple.index is of no use here


class Line(NamedTuple):
    """A line on its way to a verdict: where it stands, its bytes, and these without the blanks around them."""

    offset: int
    length: int
    line: bytes
    raw: bytes


class Judge:
    """Judges the lines of a journal in order. Mutable; belongs to one pass."""

    def __init__(self, state: ReaderState, checker: Checker, *, keep_accepted: bool) -> None:
        self.checker = checker
        self.keep_accepted = keep_accepted
        self.entries: list[Entry] = []
        self.findings: list[Finding] = []
        self.header = state.header
        self.line = state.line
        self.last_seq = state.last_seq
        self.records = state.records
        self.metrics = state.metrics
        self.tensors = state.tensors
        self.ended = state.ended
        self.bore_run = state.bore_run
        self.stopped = state.stopped
        self.left_alone = False  # from the line just seen on, which therefore has no verdict
        self._recent = Recent(state.recent)
        self._bytes = dict(state.bytes)
        self._counts = dict(state.counts)

    @property
    def refuses(self) -> bool:
        """Whether no record is accepted any more."""
        return self.stopped == SECOND_HEADER

    @property
    def is_done(self) -> bool:
        """Whether nothing more is read of the journal."""
        return self.stopped is not None and not self.refuses

    def state(self, *, offset: int, overlong: Overlong | None) -> ReaderState:
        """Return the state after the lines so far."""
        return ReaderState(
            offset=offset,
            line=self.line,
            header=self.header,
            last_seq=self.last_seq,
            records=self.records,
            metrics=self.metrics,
            tensors=self.tensors,
            ended=self.ended,
            bore_run=self.bore_run,
            stopped=self.stopped,
            recent=self._recent.digests(),
            overlong=overlong,
            bytes=self._bytes,
            counts=self._counts,
        )

    def take_run(self, lines: Sequence[bytes], offset: int, records: list[dict[str, Any]], metrics: int) -> None:
        """Take lines that `ordinary` accepted; `records` is empty where entries are not wanted."""
        number, index = self.line + 1, self.metrics
        for raw, record in zip(lines, records, strict=False):
            length = len(raw) + 1
            is_metrics = record["kind"] == "metrics"
            step = index if is_metrics else 0
            self.entries.append(Entry(Verdict.ACCEPTED, offset, length, number, record, raw, None, "", step))
            offset += length
            number += 1
            index += is_metrics
        self._count(Verdict.ACCEPTED, sum(map(len, lines)) + len(lines), len(lines))
        self.metrics += metrics
        self.records += len(lines)
        if self.header is not None and self.header.sequenced:
            self._recent.add_run(self.last_seq + 1, lines)
            self.last_seq += len(lines)

    def take(self, content: bytes, offset: int, length: int, *, suspicious: bool | None = None) -> None:
        """Judge a complete line without NUL bytes that is not too long; `length` counts its LF."""
        line = Line(offset, length, content, content.strip(BLANKS))
        problem = self._judge(line, suspicious=suspicious)
        if problem is not None:
            self._refuse(Verdict.DEAD, line, problem)

    def take_tail(self, content: bytes, offset: int) -> None:
        """Judge what follows the last LF of a dead journal (RDR-023)."""
        line = Line(offset, len(content), content, content.strip(BLANKS))
        number, stopped = self.line, self.stopped
        if NUL in content:
            problem: Problem | None = Problem("FRM-002", "NUL bytes")
        else:
            problem = self._judge(line, suspicious=None)
        if problem is not None:
            self.stopped = stopped  # what is torn is no record, and so no header in the wrong place
            self._torn(line, problem.message)
        elif line.raw and self.line > number:
            self._find(Problem("FRM-002", "the last record is not ended by an LF"), line, number=number + 1)

    def take_hole(self, content: bytes, offset: int, length: int) -> None:
        """Give the verdict on a line with NUL bytes in a dead journal (RDR-024)."""
        line = Line(offset, length, content, content.strip(BLANKS))
        message = f"a hole: {content.count(NUL)} of the line's {length} bytes are NUL"
        self._lose(Verdict.HOLE, line, Problem("RDR-024", message))

    def take_overlong(self, overlong: Overlong, *, terminated: bool = True) -> None:
        """Give the verdict on a line beyond the limit, after its LF or the end of a dead journal."""
        line = Line(overlong.offset, overlong.length, overlong.head, overlong.head)
        if terminated:
            problem = Problem("FRM-010", f"the line has {overlong.length} bytes, more than {MAX_LINE}")
            self._refuse(Verdict.DEAD, line, problem)
        else:
            self._torn(line, "longer than any record")

    def _torn(self, line: Line, reason: str) -> None:
        message = f"the last {line.length} bytes, without an LF, are no whole record: {reason}"
        self._lose(Verdict.TORN, line, Problem("FRM-002", message))

    def finish(self, offset: int) -> None:
        """Report what a dead journal lacks, after its last byte."""
        if self.header is None and self.stopped is None:
            problem = Problem("JRN-022", "the journal has no header")
            self.findings.append(Finding(problem.requirement, "error", None, offset, problem.message))

    def _judge(self, line: Line, *, suspicious: bool | None) -> Problem | None:
        """Enter a line that is a record or a separator, or return what is wrong with it."""
        if not line.raw:
            self._enter(Entry(Verdict.SEPARATOR, line.offset, line.length, self.line + 1, None, b""))
            return None
        record = decode(line.raw, suspicious=suspicious)
        if isinstance(record, Problem):
            return record
        if self.header is None:
            return self._first_record(record, line)
        return self._later_record(self.header, record, line)

    def _first_record(self, record: dict[str, Any], line: Line) -> Problem | None:
        """Take the header, or leave the journal alone for want of one."""
        stopped, problem = header_problem(record, self.checker)
        if problem is not None:
            self.stopped = stopped
            if stopped == "JRN-024":
                return problem
            self._find(problem, line)
            self.left_alone = True
            return None
        self.header = Header.from_record(record, digest_of(line.raw))
        self.records = 1
        self._accept("header", record, line, Verdict.ACCEPTED)
        return None

    def _later_record(self, header: Header, record: dict[str, Any], line: Line) -> Problem | None:
        kind = kind_of(record)
        if kind == "header" and not self.refuses:
            return self._header_again(header, record, line)
        # JRN-018: a header carries no checksum, the third no more than the first.
        broken = checksum_problem(line.raw) if header.checksummed and kind != "header" else None
        if broken is not None:
            return Problem(*broken)
        if isinstance(kind, Problem):
            return kind
        problem = record_problem(kind, record, self.checker)
        if problem is None and self.refuses:
            problem = Problem("JRN-023", "the record follows a second header")
        if problem is None and header.sequenced:
            number = number_of(record)
            if isinstance(number, Problem):
                return number
            if number <= self.last_seq and self._recent.has(number, line.raw):
                self._enter_record(record, line, Verdict.SKIPPED)
                return None
            problem = self._number(number, record, line)
        if problem is None:
            self._take_record(kind, record, line)
        return problem

    def _header_again(self, header: Header, record: dict[str, Any], line: Line) -> Problem | None:
        if digest_of(line.raw) == header.digest:
            self._enter_record(record, line, Verdict.SKIPPED)
            return None
        self.stopped = SECOND_HEADER
        return Problem("JRN-022", "a second header, with other bytes; nothing after it is accepted")

    def _number(self, number: int, record: dict[str, Any], line: Line) -> Problem | None:
        """Take the number of a record that is no replay, with a gap before it as a finding (SEQ-005)."""
        departure = next_after(self.last_seq, number)
        if departure is not None and number <= self.last_seq:
            return departure
        if departure is not None:
            gap = (self.last_seq + 1, number - 1)
            is_owned = record["kind"] == "lost" and (record.get("first_seq"), record.get("last_seq")) == gap  # SEQ-012
            self._find(departure, line, is_advice=is_owned)
        self.last_seq = number
        self._recent.add(number, line.raw)
        return None

    def _take_record(self, kind: str, record: dict[str, Any], line: Line) -> None:
        """Enter a record that is valid as far as this reader knows its kind, with what it changes."""
        if self.ended:
            self._find(Problem("JRN-040", f"a record of kind {kind} follows the end record"), line)
        verdict, index = Verdict.ACCEPTED, 0
        if not self.checker.known(kind):
            verdict = Verdict.SKIPPED if kind.startswith(_SKIPPED_KIND) else Verdict.PARKED
        elif kind == "metrics":
            index, self.metrics = self.metrics, self.metrics + 1
        elif kind == "tensor":
            index, self.tensors = self.tensors, self.tensors + 1
        elif kind == "run":
            self.bore_run = True
        elif kind == "end":
            self._end(record, line)
        self._accept(kind, record, line, verdict, index)
        self.records += 1

    def _end(self, record: dict[str, Any], line: Line) -> None:
        self.ended = True
        declared = record.get("records", self.records)
        if declared != self.records:
            message = f'"records" is {declared}, but {self.records} records precede the end record'
            self._find(Problem("REC-126", message), line)

    def _accept(self, kind: str, record: dict[str, Any], line: Line, verdict: Verdict, index: int = 0) -> None:
        """Enter a line that was understood, with the advice on it."""
        if verdict is Verdict.PARKED and self.header is not None:
            problem = Problem("RDR-010", f"version {_OWN_VERSION} has no kind {kind}: a newer sender delivers it")
            self._find(problem, line, is_advice=is_newer(self.header.version))
        for problem in self._advice(kind, record, line, verdict):
            self._find(problem, line, is_advice=True)
        self._enter_record(record, line, verdict, index)

    def _enter_record(self, record: dict[str, Any], line: Line, verdict: Verdict, index: int = 0) -> None:
        self._enter(Entry(verdict, line.offset, line.length, self.line + 1, record, line.raw, None, "", index))

    def _advice(self, kind: str, record: dict[str, Any], line: Line, verdict: Verdict) -> list[Problem]:
        problems = []
        if b"eyJ" in line.raw and _TOKEN.search(line.raw):
            problems.append(Problem("JRN-004", "the record holds what looks like a token"))
        if verdict is not Verdict.ACCEPTED:
            return problems  # the form of records of other kinds is advised on by who knows the kind
        if not line.line.startswith(RECORD_START):
            problems.append(Problem("FRM-009", 'the record does not begin with {"kind":" at the first column'))
        if line.line[-1:] in (b" ", b"\t", b"\r"):
            problems.append(Problem("FRM-006", "blanks stand between the record and its LF"))
        if self.header is not None and not self.header.sequenced and "seq" in record:
            problems.append(Problem("SEQ-003", 'the record has "seq", but the header declares none'))
        problems.extend(advice(kind, record))
        return problems

    def _refuse(self, verdict: Verdict, line: Line, problem: Problem) -> None:
        message = self._find(problem, line)
        self._enter(
            Entry(verdict, line.offset, line.length, self.line + 1, None, line.raw, problem.requirement, message)
        )

    def _lose(self, verdict: Verdict, line: Line, problem: Problem) -> None:
        """Enter bytes that are no line of anybody's, and so break nothing that a dead letter could name."""
        message = self._find(problem, line)
        self._enter(Entry(verdict, line.offset, line.length, self.line + 1, None, line.raw, None, message))

    def _find(self, problem: Problem, line: Line, *, is_advice: bool = False, number: int | None = None) -> str:
        """Report a problem with its remedy, and return the message."""
        message = with_remedy(problem, line.line)
        severity: Severity = "warning" if is_advice else "error"
        place = self.line + 1 if number is None else number
        self.findings.append(Finding(problem.requirement, severity, place, line.offset, message))
        return message

    def _enter(self, entry: Entry) -> None:
        self._count(entry.verdict, entry.length, 1)
        if self.keep_accepted or entry.verdict not in (Verdict.ACCEPTED, Verdict.SEPARATOR):
            self.entries.append(entry)

    def _count(self, verdict: Verdict, size: int, lines: int) -> None:
        self._bytes[verdict] += size
        self._counts[verdict] += lines
        self.line += lines

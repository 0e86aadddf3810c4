"""Go through a journal line by line and give each its verdict (reader.md).

The steps *text*, *checksum*, *kind*, *members* and *sequence* are left to the modules of these names; here are
framing, live and dead, the header, and the findings.
Tests: tests/conformance/judge/test_vectors.py, test_reading.py.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import simvue_spec
from simvue_conformance.judge import members, projection, text
from simvue_conformance.judge.judgement import (
    ACCOUNTS,
    Breach,
    Entry,
    Finding,
    Judgement,
    Record,
    Severity,
    Verdict,
)
from simvue_conformance.judge.sequence import Sequence

__all__ = ["judge"]

_BLANKS = b" \t\r"
_MAX_LINE = 1 << 20  # FRM-010, the LF included
_FIRST_BYTES = b'{"kind":"'  # FRM-009
_VERSION = re.compile(r"(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})\Z")  # JRN-012
_MAJOR, _MINOR = map(int, simvue_spec.VERSION.split("."))
_FEATURES: frozenset[str] = frozenset()  # JRN-020: version 1.0 defines none
_NO_LINE_FEED = "the last line has no line feed: end each record with one"


def judge(content: bytes, *, live: bool = False) -> Judgement:
    """Return what a reader makes of a journal's bytes; with `live`, of one that may still grow (RDR-020)."""
    reading = _Reading(live=live)
    offset = 0
    for number, line in enumerate(_lines(content), start=1):
        if not reading.take(_Line(number, offset, line)):
            reading.leave(offset, len(content) - offset)
            break
        offset += len(line)
    return reading.judgement()


def _lines(content: bytes) -> Iterator[bytes]:
    """Yield the lines with their LF, the last one perhaps without (FRM-004)."""
    *whole, tail = content.split(b"\n")
    yield from (line + b"\n" for line in whole)
    if tail:
        yield tail


class _Line(NamedTuple):
    number: int
    offset: int
    content: bytes

    @property
    def is_terminated(self) -> bool:
        return self.content.endswith(b"\n")

    @property
    def is_too_long(self) -> bool:
        return len(self.content) + (not self.is_terminated) > _MAX_LINE

    @property
    def body(self) -> bytes:
        return self.content.removesuffix(b"\n").strip(_BLANKS)


class _Reading:
    def __init__(self, *, live: bool) -> None:
        self._live = live
        self._entries: list[Entry] = []
        self._findings: list[Finding] = []
        self._records: list[Record] = []
        self._sequence: Sequence | None = None
        self._counted = 0  # REC-126: accepted, parked, and of kinds x-
        self._is_refused = False  # JRN-024: the first record is no valid header
        self._is_ended = False
        self._has_second_header = False
        self._is_left_alone = False  # RDR-012

    # --- what judge() needs ---

    def take(self, line: _Line) -> bool:
        """Judge a line; return False when it and all that follows is left pending."""
        if self._is_refused or (self._live and (b"\0" in line.content or not line.is_terminated)):
            return False
        if line.is_terminated:
            self._take_whole(line)
        else:
            self._take_tail(line)
        return not self._is_left_alone

    def leave(self, offset: int, length: int) -> None:
        """Leave the rest of the journal pending."""
        self._entries.append(Entry("pending", offset, length))

    def judgement(self) -> Judgement:
        has_header = bool(self._records) or self._is_refused or self._is_left_alone
        if not self._live and not has_header:
            self._find("JRN-022", None, "error", "the journal has no header: write one as its first record")
        accounting = dict.fromkeys(ACCOUNTS.values(), 0)
        for entry in self._entries:
            accounting[ACCOUNTS[entry.verdict]] += entry.length
        return Judgement(
            entries=tuple(self._entries),
            findings=tuple(self._findings),
            accounting=accounting,
            valid=all(finding.severity != "error" for finding in self._findings),
            projection=projection.project(self._records),
            header=self._records[0].value if self._records else None,
            records=tuple(self._records),
        )

    # --- framing ---

    def _take_whole(self, line: _Line) -> None:
        if line.is_too_long:
            message = f"a line of {len(line.content)} bytes: write {_MAX_LINE} at most, or several records"
            self._refuse(line, [Breach("FRM-010", message)])
        elif b"\0" in line.content:
            self._enter("hole", line)
            self._find("RDR-024", line, "error", "NUL bytes: what stood here is lost; write the record again")
        elif not line.body:
            self._enter("separator", line)
        else:
            self._take_record(line)

    def _take_tail(self, line: _Line) -> None:
        """RDR-023: a whole valid record as if it had its LF, anything else but blanks torn; length comes first."""
        if not line.body and not line.is_too_long:
            self._enter("separator", line)
            return
        if not line.is_too_long and b"\0" not in line.content:
            before = len(self._entries), len(self._findings), self._is_refused
            self._take_record(line)
            if self._is_left_alone:
                return
            if self._entries[-1].verdict != "dead":
                self._find("FRM-002", line, "error", _NO_LINE_FEED)
                return
            del self._entries[before[0] :], self._findings[before[1] :]
            self._is_refused = before[2]
        self._enter("torn", line)
        self._find("FRM-002", line, "error", _NO_LINE_FEED)

    # --- records ---

    def _take_record(self, line: _Line) -> None:
        value, breaches = text.parse(line.body)
        if value is None:
            self._refuse(line, breaches)
        elif self._sequence is None:
            self._take_header(line, value)
        elif value.get("kind") == "header" and not self._has_second_header:
            self._take_later_header(line)
        elif breaches := self._breaches(line, value):
            self._refuse(line, breaches)
        else:
            self._take_valid(line, value, self._sequence)

    def _take_header(self, line: _Line, value: dict[str, Any]) -> None:
        """The first object is the header, or the journal has none (JRN-010, JRN-024)."""
        breaches = members.breaches_of_kind(value)
        if value.get("kind") != "header":
            breaches = [Breach("JRN-010", "the first record is no header: begin the journal with one"), *breaches]
        # A major version may change anything, so that its header is not judged by the members of this one.
        other = None if breaches else _other_major(value)
        breaches = breaches or ([] if other else members.breaches_of_members(value))
        if breaches:
            self._refuse(line, breaches)
            self._is_refused = True
            return
        if problem := other or _unknown_feature(value):
            self._is_left_alone = True
            self._find("RDR-012", line, "error", problem)
            return
        self._sequence = Sequence(value)
        self._accept(line, value)

    def _take_later_header(self, line: _Line) -> None:
        """JRN-022: the first header again, or another journal's, whatever its members are."""
        if line.body == self._records[0].raw:
            self._enter("skipped", line)
            return
        self._has_second_header = line.is_terminated
        self._refuse(line, [Breach("JRN-022", "a second header: write each journal to a file of its own")])

    def _breaches(self, line: _Line, value: dict[str, Any]) -> list[Breach]:
        """Judge checksum, kind and members; the first of these steps that finds something decides."""
        has_checksum = "crc" in self._records[0].value and value.get("kind") != "header"  # JRN-018
        return (
            (members.breaches_of_checksum(line.body) if has_checksum else [])
            or members.breaches_of_kind(value)
            or members.breaches_of_members(value)
        )

    def _take_valid(self, line: _Line, value: dict[str, Any], sequence: Sequence) -> None:
        """The step *sequence*, for a record that is valid by itself."""
        if self._has_second_header:
            self._refuse(line, [Breach("JRN-023", "follows a second header: write each journal to a file of its own")])
            return
        numbered = sequence.take(value, line.body)
        if numbered.breach is not None:
            self._refuse(line, [numbered.breach])
        elif numbered.outcome == "replay":
            self._enter("skipped", line)
        else:
            self._find_gap(line, value, numbered.gap)
            if self._is_ended:
                self._find("JRN-040", line, "error", "follows an `end` record: write `end` last")
            self._place(line, value)

    def _place(self, line: _Line, value: dict[str, Any]) -> None:
        """Accept, park or skip a record that has its place in the sequence."""
        kind = value["kind"]
        if members.is_known(kind):
            self._accept(line, value)
            return
        self._counted += 1
        if kind.startswith("x-"):
            self._enter("skipped", line)
            return
        self._enter("parked", line)
        is_newer = int(self._records[0].value["version"].partition(".")[2]) > _MINOR
        message = f"version {simvue_spec.VERSION} has no kind `{kind}`: use one of its kinds, or a name with x-"
        self._find("RDR-010", line, "warning" if is_newer else "error", message)

    def _accept(self, line: _Line, value: dict[str, Any]) -> None:
        self._enter("accepted", line)
        self._records.append(Record(line.offset, line.number, line.body, value))
        content = line.content.removesuffix(b"\n")
        if content.endswith(tuple(bytes([blank]) for blank in _BLANKS)):
            self._find("FRM-006", line, "warning", "blanks before the line feed: leave them out")
        if not content.startswith(_FIRST_BYTES):
            self._find("FRM-009", line, "warning", 'begin each record with {"kind":" at the first column')
        for breach in members.unusual_names(value):
            self._find(breach.requirement, line, "warning", breach.message)
        if value["kind"] != "header" and "seq" in value and self._sequence and not self._sequence.is_declared:
            self._find("SEQ-003", line, "warning", "a `seq` that the header does not declare: leave it out")
        if value["kind"] == "end":
            self._take_end(line, value)
        self._counted += 1

    def _take_end(self, line: _Line, value: dict[str, Any]) -> None:
        self._is_ended = True
        self._live = False  # RDR-025
        if "records" not in value:
            self._find("REC-128", line, "warning", f"`end` without `records`: write {self._counted}")
        elif value["records"] != self._counted:
            message = f"`records` is {value['records']}, and {self._counted} precede: write {self._counted}"
            self._find("REC-126", line, "error", message)

    # --- notes ---

    def _find_gap(self, line: _Line, value: dict[str, Any], gap: tuple[int, int] | None) -> None:
        if gap is None:
            return
        is_owned_up = value["kind"] == "lost" and (value.get("first_seq"), value.get("last_seq")) == gap  # SEQ-012
        message = f"`seq` goes from {gap[0] - 1} to {gap[1] + 1}: number each record one above the last"
        self._find("SEQ-002", line, "warning" if is_owned_up else "error", message)

    def _enter(self, verdict: Verdict, line: _Line) -> None:
        self._entries.append(Entry(verdict, line.offset, len(line.content)))

    def _refuse(self, line: _Line, breaches: list[Breach]) -> None:
        named, *others = breaches
        also = frozenset(breach.requirement for breach in others) - {named.requirement}
        self._entries.append(Entry("dead", line.offset, len(line.content), named.requirement, also))
        self._find(named.requirement, line, "error", named.message)

    def _find(self, requirement: str, line: _Line | None, severity: Severity, message: str) -> None:
        self._findings.append(Finding(requirement, line.number if line else None, severity, message))


def _other_major(header: dict[str, Any]) -> str | None:
    """RDR-012: say that a header is of another major version, as far as it is a header of any."""
    version = header.get("version")
    if header.get("format") != "simvue-journal" or not isinstance(version, str) or not _VERSION.match(version):
        return None
    if int(version.partition(".")[0]) == _MAJOR:
        return None
    return f"version {version}: this judge reads {_MAJOR}.x"


def _unknown_feature(header: dict[str, Any]) -> str | None:
    """RDR-012: say that a valid header names a feature that nobody knows."""
    unknown = sorted(set(header.get("requires", ())) - _FEATURES)
    if unknown:
        return f"`requires` names {unknown[0]!a}: version {simvue_spec.VERSION} has no such feature"
    return None

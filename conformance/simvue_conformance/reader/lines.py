"""Which requirement a reader breaks that gives a line of a vector another verdict than the expected one.

Only the first such line of a journal is looked at: what follows may follow from it. A requirement that a writer breaks
and a reader has to notice is named together with the reader's duty, where the specification has one.
Tests: tests/conformance/reader/test_blame.py.
"""

import functools
import json
import re
from collections.abc import Collection
from typing import NamedTuple

import simvue_spec
from simvue_conformance.reader.verdicts import Entry, Verdicts

__all__ = ["Line", "about", "first_difference", "level_of", "requirements_of"]

_KINDS = frozenset(simvue_spec.kinds())
_BLANKS = b" \t\r"
_MAX_LINE = 1 << 20
_KIND = re.compile(rb'"kind":\s*"([^"]*)"')
_OF_BLANKS = ("FRM-001", "FRM-006", "FRM-009", "FRM-029")
_DUTIES = {  # what the line breaks: what a reader that takes it breaks
    "FRM-030": ("FRM-030", "FRM-032"),
    "FRM-031": ("FRM-031", "FRM-032"),
    "SEQ-001": ("SEQ-001", "SEQ-009"),
    "JRN-022": ("JRN-022", "JRN-023"),
}
_BY_VERDICT = {"separator": "FRM-008", "hole": "RDR-024", "torn": "RDR-023", "parked": "RDR-010"}
_AFTER_END = ("RDR-020", "RDR-025")


class Line(NamedTuple):
    """The line on which a reader differs: its number from 0 among the entries, what was expected and what it said."""

    vector: simvue_spec.Vector
    expected: Verdicts
    number: int
    found: Entry

    @property
    def wanted(self) -> Entry:
        """The expected verdict."""
        return self.expected.entries[self.number]

    @property
    def before(self) -> tuple[Entry, ...]:
        """The expected verdicts on the lines before."""
        return self.expected.entries[: self.number]

    @property
    def content(self) -> bytes:
        """Its bytes: of what is left pending, the first line."""
        start = self.wanted.offset
        end = self.vector.journal.find(b"\n", start)
        return self.vector.journal[start : end + 1 if end >= 0 else None]

    @property
    def is_tail(self) -> bool:
        """Whether it has no LF."""
        return not self.content.endswith(b"\n")

    @property
    def findings(self) -> Collection[str]:
        """The requirements of the findings that are expected at this line."""
        return {finding.requirement for finding in self.expected.findings if finding.line == self.number + 1}

    def body(self, entry: Entry | None = None) -> bytes:
        """The bytes of an entry, of its own without one, without LF and blanks around them."""
        entry = entry or self.wanted
        return self.vector.journal[entry.offset : entry.offset + entry.length].removesuffix(b"\n").strip(_BLANKS)


def first_difference(vector: simvue_spec.Vector, expected: Verdicts, found: Verdicts) -> Line | None:
    """Return the first line with another verdict; both sides' entries cover the journal without a gap."""
    for number, (wanted, said) in enumerate(zip(expected.entries, found.entries, strict=False)):
        if wanted != said:
            return Line(vector, expected, number, said)
    return None


@functools.cache
def _levels() -> dict[str, str]:
    return {name: requirement.level for name, requirement in simvue_spec.requirements().items()}


def level_of(requirement: str) -> str | None:
    """Return a requirement's level, None where the specification has no such requirement."""
    return _levels().get(requirement)


def about(vector: simvue_spec.Vector, asked: Collection[str], named: str | None = None) -> tuple[str, ...]:
    """Return what a reader breaks that refuses a valid record of a vector.

    If it names a requirement for that, it is wrong about this one; otherwise about those that the vector is about. What
    is only advised against, or binds only writers, is no reason: RDC-004.
    """
    if named in asked and level_of(str(named)) == "MUST":
        return (str(named),)
    found = tuple(name for name in vector.requirements if name in asked)
    if any(level_of(name) == "MUST" for name in found):
        return found
    return (*found, "RDC-004")


def requirements_of(line: Line, asked: Collection[str]) -> tuple[str, ...]:
    """Return the requirements that the reader breaks with its verdict on this line.

    Args:
        line: the first line on which it differs.
        asked: the IDs that the frozen list asks of readers.
    """
    wanted, found = line.wanted, line.found
    if wanted.verdict == "pending":
        return _went_on(line)
    if found.verdict == "pending":
        stopped = _stopped(line)
        if stopped:
            return stopped
    elif wanted.length != found.length:
        return ("FRM-011",) if wanted.length > _MAX_LINE else ("FRM-004",)
    return _for_a_reason(line) or _of_verdict(line, asked)


def _for_a_reason(line: Line) -> tuple[str, ...]:
    """A record that is not taken, and the reason shows in the line itself."""
    if "SEQ-002" in line.findings and (line.found.requirement or "").startswith("SEQ"):
        return ("SEQ-005",)
    is_record = line.wanted.verdict in {"accepted", "parked", "skipped"}
    return ("FRM-007",) if is_record and _is_for_blanks(line) else ()


def _of_verdict(line: Line, asked: Collection[str]) -> tuple[str, ...]:
    match line.wanted.verdict:
        case "dead":
            return _taken(line)
        case "accepted":
            return _refused(line, asked)
        case "skipped":
            return _given_effect(line)
        case "separator" if line.is_tail:
            return ("RDR-023",)
        case verdict:
            return (_BY_VERDICT[verdict],)


def _went_on(line: Line) -> tuple[str, ...]:
    """It read what is to be left pending."""
    if b"\0" in line.content:
        return ("RDR-022",)
    if line.is_tail:
        return ("RDR-021", "FRM-003") if line.found.verdict == "accepted" else ("RDR-021",)
    return ("JRN-024",) if line.before and line.before[-1].verdict == "dead" else ("RDR-012",)


def _stopped(line: Line) -> tuple[str, ...]:
    """It left pending what is to be read, for a reason that shows; otherwise nothing."""
    last = line.before[-1].verdict if line.before else None
    if last == "dead":
        return ("RDR-002",)
    if line.vector.state == "live" and _is_after_end(line):
        return _AFTER_END
    if line.is_tail:
        return ("RDR-023",)
    return ("RDR-024",) if "hole" in {last, line.wanted.verdict} else ()


def _taken(line: Line) -> tuple[str, ...]:
    """A dead letter by another name, or none at all."""
    requirement = line.wanted.requirement or ""
    if line.found.verdict == "dead":
        return ("RDR-003",)
    if line.found.verdict in {"skipped", "parked"}:
        if _kind(line) not in {None, *_KINDS}:
            return ("RDR-013",)
        if requirement == "SEQ-007":
            return ("SEQ-008",)
        if line.found.verdict == "skipped" and line.body() in {line.body(entry) for entry in line.before}:
            return ("SEQ-006",)
    return _DUTIES.get(requirement, (requirement,))


def _refused(line: Line, asked: Collection[str]) -> tuple[str, ...]:
    """An accepted record that the reader does not accept."""
    found = line.found
    of_sequence = (found.requirement or "").startswith("SEQ")
    if line.is_tail:
        return ("RDR-023",)
    if found.verdict == "parked":
        return ("REC-005",)
    if found.verdict == "skipped":
        return ("SEQ-006",)
    if "JRN-040" in line.findings:
        return ("JRN-041",)
    if of_sequence and any(entry.verdict == "dead" for entry in line.before):
        return ("SEQ-010",)
    return about(line.vector, asked, found.requirement)


def _given_effect(line: Line) -> tuple[str, ...]:
    """A replay, or a record of a kind x-, that the reader does not skip."""
    same = [entry for entry in line.before if line.body(entry) == line.body()]
    if not same:
        return ("RDR-011",)
    if _kind(line) == "header":
        return ("JRN-022",)
    is_same_line = any(entry.length == line.wanted.length for entry in same)
    return ("SEQ-006",) if is_same_line or line.found.verdict != "dead" else ("SEQ-008",)


def _is_for_blanks(line: Line) -> bool:
    """Whether the line has blanks around its record, and seems to be refused for them."""
    if len(line.body()) == len(line.content.removesuffix(b"\n")):
        return False
    return line.found.verdict == "torn" or line.found.requirement in _OF_BLANKS


def _is_after_end(line: Line) -> bool:
    return any(entry.verdict == "accepted" and json.loads(line.body(entry))["kind"] == "end" for entry in line.before)


def _kind(line: Line) -> str | None:
    """Return what stands as the kind in a line, which may be no record and deeply nested."""
    found = _KIND.search(line.body())
    return found[1].decode(errors="replace") if found else None

"""What the judge says of a journal: values only. Their meaning is that of `spec/v1/vectors/README.md`.

Tests: tests/conformance/judge/test_vectors.py.
"""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

__all__ = ["ACCOUNTS", "Breach", "Entry", "Finding", "Judgement", "Record", "Severity", "Verdict"]

Verdict = Literal["accepted", "separator", "dead", "parked", "skipped", "hole", "torn", "pending"]
Severity = Literal["error", "warning"]

ACCOUNTS: dict[Verdict, str] = {
    "accepted": "accepted",
    "dead": "dead",
    "parked": "parked",
    "skipped": "skipped",
    "torn": "torn",
    "hole": "holes",
    "separator": "separators",
    "pending": "pending",
}
"""The name in `accounting` under which the bytes of each verdict are summed (reader.md)."""


class Breach(NamedTuple):
    """A requirement that a line breaks, and what is wrong and what to write instead."""

    requirement: str
    message: str


@dataclass(frozen=True, slots=True)
class Entry:
    """The verdict on one line, its LF included; offset and length in bytes.

    `requirement` is the one that a dead letter names. `also` holds the others of the same step of judgement that
    the line breaks: the specification leaves open which of them is named.
    """

    verdict: Verdict
    offset: int
    length: int
    requirement: str | None = None
    also: frozenset[str] = field(default=frozenset(), compare=False)


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken requirement; `line` counts from 1 and is None for the whole journal."""

    requirement: str
    line: int | None
    severity: Severity
    message: str


@dataclass(frozen=True, slots=True)
class Record:
    """An accepted record: where its line begins, which line it is, its bytes without blanks around it, its members."""

    offset: int
    line: int
    raw: bytes
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Judgement:
    """All that a journal's bytes say. `header` is None where none was accepted; `records` includes the header."""

    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...]
    accounting: dict[str, int]
    valid: bool
    projection: dict[str, Any]
    header: dict[str, Any] | None
    records: tuple[Record, ...]

    @property
    def document(self) -> dict[str, Any]:
        """The same in the form of a vector's `expected.json`."""
        return {
            "entries": [[entry.verdict, entry.offset, entry.length, entry.requirement] for entry in self.entries],
            "accounting": self.accounting,
            "findings": [
                {"requirement": finding.requirement, "line": finding.line, "severity": finding.severity}
                for finding in self.findings
            ],
            "valid": self.valid,
            "projection": self.projection,
        }

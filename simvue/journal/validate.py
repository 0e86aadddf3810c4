"""Check a journal from a stream of bytes, in memory that does not grow with it.

The reader's findings, and what only shows at the end: that a journal which is said to be complete has no
`end` record. Where the bytes come from, and what a person sees of the findings, is left to `validate_cli`.
Tests: tests/journal/test_validate.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from simvue.core.findings import Finding
from simvue.core.hints import with_remedy
from simvue.core.reading import START, Checker, Verdict, read
from simvue.core.records import Problem

__all__ = ["PIECE", "Report", "Source", "validate"]

PIECE = 1 << 18
"""Bytes read at once: enough for speed, and few enough lines for memory where each one is wrong."""


class Source(Protocol):
    """What a journal is read from."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The result for one journal: its size in bytes, findings by severity, how its bytes are accounted for."""

    size: int
    records: int
    errors: int
    warnings: int
    accounting: dict[str, int]

    @property
    def valid(self) -> bool:
        """Whether the journal breaks no requirement; what is only advised against does not count."""
        return self.errors == 0


def validate(
    source: Source,
    checker: Checker,
    report_finding: Callable[[Finding], None],
    *,
    incomplete: bool = False,
    report_progress: Callable[[int], None] | None = None,
) -> Report:
    """Read a journal to its end, hand each finding to `report_finding`, and return the sums.

    With `incomplete`, the journal may be live: a torn tail, NUL bytes at its end and a missing `end` record
    are no findings. `report_progress` is given the number of bytes read so far. What `source` raises passes.
    """
    errors = warnings = 0

    def count(finding: Finding) -> None:
        nonlocal errors, warnings
        errors += finding.severity == "error"
        warnings += finding.severity == "warning"
        report_finding(finding)

    state, held, size, waiting = START, b"", 0, False
    while True:
        piece = source.read(PIECE)
        size += len(piece)
        if not waiting:
            data = held + piece if held else piece
            reading = read(state, data, checker, dead=not incomplete, final=not piece, keep_accepted=False)
            for finding in reading.findings:
                count(finding)
            held = data[reading.state.offset - state.offset :]
            # Nothing more is read of a journal that is left alone, or behind bytes that are not there yet.
            state, waiting = reading.state, reading.waiting or reading.state.left_alone
        if not piece:
            break
        if report_progress is not None:
            report_progress(size)
    if not incomplete and state.header is not None and not state.ended and state.stopped is None:
        count(_no_end(size))
    return Report(
        size=size,
        records=state.counts[Verdict.ACCEPTED],
        errors=errors,
        warnings=warnings,
        accounting=state.accounting(size),
    )


def _no_end(size: int) -> Finding:
    problem = Problem("JRN-043", "the journal has no end record")
    return Finding(problem.requirement, "error", None, size, with_remedy(problem, b""))

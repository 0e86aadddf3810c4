"""Print what the reader makes of a journal, line by line, in the form that the conformance suite compares.

The form is that of conformance/READER-CLI.md: verdicts and findings as they are reached, then the sums, and the state
of the run, which alone grows with it. Where the bytes come from and go to is left to `validate_cli`.
Tests: tests/journal/test_verdicts.py, tests/conformance/reader/.
"""

from collections.abc import Callable

import orjson

from simvue.core.projection import Projection
from simvue.core.reading import START, Checker, Reading, read
from simvue.journal.validate import PIECE, Source

__all__ = ["report_verdicts"]


def report_verdicts(
    name: str, source: Source, checker: Checker, report_line: Callable[[bytes], None], *, live: bool
) -> bool:
    """Read a journal to its end, hand each line of the report to `report_line`, and return whether it is valid.

    Args:
        name: what the journal is called in the report.
        source: its bytes; what reading them raises passes.
        checker: judges the members of records.
        report_line: is given each line without its LF, in UTF-8.
        live: the journal may still grow (RDR-020).
    """
    report_line(f"journal\t{name}".encode("utf-8", "surrogateescape"))
    state, held, size, waiting, valid = START, b"", 0, False, True
    projection = Projection()
    while True:
        piece = source.read(PIECE)
        size += len(piece)
        if not waiting:
            data = held + piece if held else piece
            reading = read(state, data, checker, dead=not live, final=not piece)
            held = data[reading.state.offset - state.offset :]
            state, waiting = reading.state, reading.waiting or reading.state.left_alone
            if state.header is not None:
                projection.fold(reading.entries, state.header)
            valid &= all(finding.severity != "error" for finding in reading.findings)
            for line in _lines(reading):
                report_line(line)
        if not piece:
            break
    pending = size - state.judged
    if pending:
        report_line(f"entry\tpending\t{state.judged}\t{pending}\t-".encode())
    for verdict, total in state.accounting(size).items():
        if total:
            report_line(f"total\t{verdict}\t{total}".encode())
    report_line(b"valid\ttrue" if valid else b"valid\tfalse")
    report_line(b"projection\t" + orjson.dumps(projection.to_json()))
    return valid


def _lines(reading: Reading) -> list[bytes]:
    """Return the lines of the report for one piece of the journal."""
    entries = [
        f"entry\t{entry.verdict.value}\t{entry.offset}\t{entry.length}\t{entry.requirement or '-'}"
        for entry in reading.entries
    ]
    findings = [
        f"finding\t{finding.requirement}\t{finding.line or '-'}\t{finding.severity}" for finding in reading.findings
    ]
    return [line.encode() for line in (*entries, *findings)]

"""Whether a reader needs more memory for a larger journal (RDR-005).

The journals hold heartbeats only, so that the projection stays small. What is measured is the most memory that was
resident; `peak` measures it, in a small process of its own. Tests: tests/conformance/reader/test_broken_readers.py.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from simvue_conformance.program import Program
from simvue_conformance.reader import peak
from simvue_conformance.reader.calls import CODES
from simvue_conformance.results import Failure, NotTestable

__all__ = ["memory"]

_MB = 1_000_000
_SMALL, _LARGE = 2 * _MB, 32 * _MB
_SHARE = 4  # a reader that keeps the journal's bytes once shows four times what is allowed
_HEADER = (
    b'{"kind":"header","seq":0,"at":"2026-03-01T09:00:00Z","format":"simvue-journal","version":"1.0",'
    b'"journal":"memory-01","run":"memory","writer":{}}\n'
)
_NOTE = "x" * 16_000  # a member that no reader knows (REC-004): few lines, many bytes


def memory(program: Program, directory: Path) -> Iterator[Failure]:
    """Run the program on a small and on a large journal, and compare the most memory that it took."""
    small, large = (_peak(program, _journal(directory, size)) for size in (_SMALL, _LARGE))
    grown, allowed = large - small, (_LARGE - _SMALL) // _SHARE
    if grown > allowed:
        detail = (
            f"a journal of {_SMALL // _MB} MB took {small // _MB} MB of memory, one of {_LARGE // _MB} MB took"
            f" {large // _MB} MB; expected at most {allowed // _MB} MB more: read in pieces, print each verdict at once"
        )
        yield Failure("RDR-005", detail)


def _journal(directory: Path, size: int) -> Path:
    path = directory / f"{size // _MB}-mb.jsonl"
    with path.open("wb") as file:
        written, number = file.write(_HEADER), 0
        while written < size:
            number += 1
            record = f'{{"kind":"heartbeat","seq":{number},"at":"2026-03-01T09:00:01Z","note":"{_NOTE}"}}\n'
            written += file.write(record.encode())
    return path


def _peak(program: Program, journal: Path) -> int:
    """Return the most memory, in bytes, that the program took for a journal."""
    note = journal.with_suffix(".peak")
    starter = (sys.executable, "-I", "-S", peak.__file__, str(note))
    done = replace(program, command=(*starter, *program.command)).run(str(journal))
    if done.code not in CODES:
        raise NotTestable(f"{journal.name}: ended with {done.end}; the journal is valid, and 0 is expected")
    return int(note.read_text()) * 1024

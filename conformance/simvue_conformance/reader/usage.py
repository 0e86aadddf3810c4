"""How the reader takes its arguments and says that it failed (READER-CLI.md).

Tests: tests/conformance/reader/test_broken_readers.py.
"""

from collections.abc import Iterator
from pathlib import Path

import simvue_spec
from simvue_conformance.program import Program
from simvue_conformance.reader.calls import CODES, ask
from simvue_conformance.results import Failure

__all__ = ["usage"]

_JOURNALS = {
    "b, valid.jsonl": "valid/journal/minimal",
    "a-broken.jsonl": "invalid/framing/array",
    "Zürich.jsonl": "valid/sequence/numbered",
}


def usage(program: Program, directory: Path) -> Iterator[Failure]:
    """Call the program with several files, one of them invalid, and with one that is not there."""
    journals = {vector.path: vector.journal for vector in simvue_spec.vectors() if vector.path in _JOURNALS.values()}
    files = []
    for name, vector in _JOURNALS.items():
        path = directory / name
        path.write_bytes(journals[vector])
        files.append(path)
    for answer in ask(program, files):
        if answer.failure is not None:
            yield answer.failure
    done = program.run(str(directory / "absent.jsonl"))
    if done.code in CODES:
        detail = f"ended with exit code {done.code} for a file that does not exist; expected another than 0 and 1"
        yield Failure("RDC-001", detail)

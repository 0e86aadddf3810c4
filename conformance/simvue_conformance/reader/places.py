"""The places of the reader role: the groups of vectors, and what vectors cannot show.

Tests: tests/conformance/reader/test_broken_readers.py.
"""

import functools
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

import simvue_spec
from simvue_conformance.context import Context
from simvue_conformance.program import Program
from simvue_conformance.reader.blame import failures
from simvue_conformance.reader.calls import AT_ONCE, ask
from simvue_conformance.reader.memory import memory
from simvue_conformance.reader.pieces import pieces
from simvue_conformance.reader.usage import usage
from simvue_conformance.requirements import required
from simvue_conformance.results import Failure, Place

__all__ = ["GROUPS", "all_vectors", "group_of", "look", "places"]

GROUPS = {
    "valid/framing": "journals whose lines are unusual and right",
    "valid/journal": "journals with every form of header",
    "valid/records": "every kind of record with every member",
    "valid/sequence": "numbered records",
    "valid/writer": "what careful writers leave after an error",
    "invalid/framing": "one line that breaks framing, text or checksum",
    "invalid/journal": "one fault in a header, or in what it promises",
    "invalid/reader": "one fault at the end of the journal, or a hole",
    "invalid/records": "one record that breaks a rule of its kind",
    "invalid/sequence": "one record with another number than it should have",
    "damaged": "what crashes, full disks, shared filesystems and careless copies leave",
}


def group_of(path: str) -> str:
    """Return the place that looks at a vector."""
    first, _, rest = path.partition("/")
    return first if first in GROUPS else f"{first}/{rest.partition('/')[0]}"


@functools.cache
def all_vectors() -> tuple[simvue_spec.Vector, ...]:
    """Return the vectors, 10 MB, read once for all places."""
    return tuple(simvue_spec.vectors())


def places(context: Context) -> tuple[Place, ...]:
    """Return the places of the role, in the order in which they are reported."""
    found = [Place(name=name, title=title, observe=partial(_vectors, context, name)) for name, title in GROUPS.items()]
    found += [
        Place(name="calls", title="several files, a file that is not there", observe=partial(usage, context.program)),
        Place(
            name="pieces",
            title="journals in which every power of two is the worst place",
            observe=partial(pieces, context.program),
        ),
        Place(name="memory", title="a journal of 2 MB and one of 32 MB", observe=partial(memory, context.program)),
    ]
    return tuple(found)


def look(
    program: Program,
    vectors: Collection[simvue_spec.Vector],
    directory: Path,
    asked: Collection[str],
    *,
    at_once: int = AT_ONCE,
) -> Iterator[Failure]:
    """Ask the program about these vectors, the dead in some calls, the live in others; yield what it breaks.

    Args:
        program: the reader under test.
        vectors: the journals and what is expected.
        directory: where the journals are written.
        asked: the IDs that the frozen list asks of readers.
        at_once: files of one call.
    """
    for is_live in (False, True):
        files = {_journal(directory, vector): vector for vector in vectors if (vector.state == "live") is is_live}
        for answer in ask(program, list(files), live=is_live, at_once=at_once):
            vector = files[answer.path]
            found = [answer.failure] if answer.failure else []
            if answer.verdicts is not None:
                found += failures(vector, answer.verdicts, asked)
            for failure in found:
                yield Failure(failure.requirement, failure.detail, vector.path)


def _vectors(context: Context, name: str, directory: Path) -> Iterator[Failure]:
    vectors = [vector for vector in all_vectors() if group_of(vector.path) == name]
    return look(context.program, vectors, directory, required("reader", context.features))


def _journal(directory: Path, vector: simvue_spec.Vector) -> Path:
    path = directory / f"{vector.path.replace('/', '-')}.jsonl"
    path.write_bytes(vector.journal)
    return path

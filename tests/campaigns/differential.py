"""Hold the reader of the client and the sender against the independent judge: `python -m tests.campaigns.differential`.

Both read every vector, prefixes of valid vectors, joins and splices of vectors, and journals made by
tests.campaigns.hostile, each as dead and as live, and have to agree on entries, accounting, findings, validity and
projection. Prints each sort of difference once, with its journal made as small as it goes; exit status 1 if there is
any. A small part of it is in the suite: tests/conformance/test_differential.py.
"""

import argparse
import io
import json
import multiprocessing
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

import simvue_spec
from simvue.core.findings import Finding
from simvue.core.projection import Projection
from simvue.core.reading import START, read
from simvue.journal.schemas import checker
from simvue.journal.validate import validate
from simvue_conformance.judge import differences, judge, settled
from tests.campaigns.hostile import made, spliced

__all__ = [
    "Disagreement",
    "disagreement",
    "disagreements",
    "main",
    "prefixes",
    "small_vectors",
    "valid_prefixes",
    "vector_journals",
]

_WHOLE = 4096  # bytes up to which every prefix of a vector is read
_NEAR = 3  # bytes on both sides of a line's end, in larger ones
_CHUNK = 250  # journals that a process takes at a time
_MAX_LINE = 1 << 20
_PATIENCE = 20.0  # seconds to make a journal smaller


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A journal of which the two readers do not say the same, in which state, and in words."""

    journal: bytes
    live: bool
    texts: tuple[str, ...]

    @property
    def sort(self) -> str:
        """What the first difference is about, without places."""
        return re.sub(r"entry \d+|line \d+|\d+ bytes( at \d+)?", "…", self.texts[0])[:200]


def disagreement(journal: bytes, *, live: bool) -> Disagreement | None:
    """Read a journal with both; None when they agree."""
    if _is_open(journal):
        return None
    judged = judge(journal, live=live)
    ours = _read(journal, live=live)
    texts = [str(found) for found in _same(settled(ours, judged), judged.document)]
    texts += _sums_differ(journal, ours, live=live)
    return Disagreement(journal, live, tuple(texts)) if texts else None


def _same(found: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    return [f"{one.part}: {one.text}" for one in differences(found, expected)]


def _is_open(journal: bytes) -> bool:
    """How a line longer than 1 MiB with NUL bytes is called is deliberately open."""
    if len(journal) < _MAX_LINE or b"\0" not in journal:
        return False
    return any(len(line) + 1 > _MAX_LINE and b"\0" in line for line in journal.split(b"\n"))


def _read(journal: bytes, *, live: bool) -> dict[str, Any]:
    """Return what the reader of `simvue` says, in the form of `expected.json`."""
    reading = read(START, journal, checker(), dead=not live, final=True)
    projection = Projection()
    if reading.state.header is not None:
        projection.fold(reading.entries, reading.state.header)
    entries: list[list[Any]] = [
        [entry.verdict.value, entry.offset, entry.length, entry.requirement] for entry in reading.entries
    ]
    pending = len(journal) - reading.state.judged
    if pending:
        entries.append(["pending", reading.state.judged, pending, None])
    return {
        "entries": entries,
        "accounting": reading.state.accounting(len(journal)),
        "findings": [_finding(finding) for finding in reading.findings],
        "valid": not any(finding.severity == "error" for finding in reading.findings),
        "projection": json.loads(json.dumps(projection.to_json())),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {"requirement": finding.requirement, "line": finding.line, "severity": finding.severity}


def _sums_differ(journal: bytes, ours: dict[str, Any], *, live: bool) -> list[str]:
    """Hold the entry of `simvue-validate`, which reads in pieces, against the reader below it."""
    found: list[Finding] = []
    report = validate(io.BytesIO(journal), checker(), found.append, incomplete=live)
    findings = [_finding(finding) for finding in found if finding.requirement != "JRN-043"]
    document = {**ours, "findings": findings, "accounting": report.accounting}
    return [f"validate {text}" for text in _same(document, ours)]


# --- journals ---


def prefixes(journal: bytes) -> Iterator[bytes]:
    """Yield every prefix of a journal up to 4 KiB; of a larger one those that end near the end of a line."""
    if len(journal) <= _WHOLE:
        lengths = range(len(journal))
        yield from (journal[:length] for length in lengths)
        return
    ends = [place for place, byte in enumerate(journal) if byte == ord("\n")]
    near = {end + 1 + step for end in ends for step in range(-_NEAR, _NEAR + 1)}
    yield from (journal[:length] for length in sorted(near) if 0 <= length < len(journal))


@cache
def vector_journals() -> list[bytes]:
    """Return the journals of all vectors."""
    return [vector.journal for vector in simvue_spec.vectors()]


@cache
def valid_prefixes() -> list[bytes]:
    """Return the prefixes of all valid vectors, each once: most vectors have the same header."""
    valid = (vector.journal for vector in simvue_spec.vectors() if vector.group == "valid")
    return list(dict.fromkeys(prefix for journal in valid for prefix in prefixes(journal)))


@cache
def small_vectors() -> list[bytes]:
    """Return the journals of all vectors that are small enough to be spliced by the thousand."""
    return [journal for journal in vector_journals() if len(journal) <= _WHOLE]


def disagreements(journal: bytes) -> Iterator[Disagreement]:
    """Yield what is not agreed of a journal, dead and live."""
    for live in (False, True):
        found = disagreement(journal, live=live)
        if found is not None:
            yield found


def smallest(found: Disagreement) -> Disagreement:
    """Leave out lines, then bytes, as long as the readers still differ in the same sort."""
    sort, until = found.sort, time.monotonic() + _PATIENCE
    for parts in (_line_parts, _byte_parts):
        is_smaller = True
        while is_smaller:
            is_smaller = False
            for journal in parts(found.journal):
                if time.monotonic() > until:
                    return found
                other = disagreement(journal, live=found.live)
                if other is not None and other.sort == sort:
                    found, is_smaller = other, True
                    break
    return found


def _line_parts(journal: bytes) -> Iterator[bytes]:
    lines = journal.split(b"\n")
    for number in range(len(lines)):
        yield b"\n".join(lines[:number] + lines[number + 1 :])


def _byte_parts(journal: bytes) -> Iterator[bytes]:
    if len(journal) > _WHOLE:
        return
    for width in (64, 16, 4, 1):
        for start in range(0, len(journal) - width + 1, max(1, width // 4)):
            yield journal[:start] + journal[start + width :]


# --- the campaign ---


def _work(task: tuple[str, int, int]) -> tuple[str, int, list[Disagreement]]:
    """Read the journals of one chunk; return how many there were, and one disagreement of each sort."""
    name, start, stop = task
    found: dict[str, Disagreement] = {}
    count = 0
    for journal in _journals(name, start, stop):
        count += 1
        for one in disagreements(journal):
            found.setdefault(one.sort, one)
    return name, count, list(found.values())


def _journals(name: str, start: int, stop: int) -> Iterator[bytes]:
    if name in ("vectors", "prefixes"):
        yield from (vector_journals() if name == "vectors" else valid_prefixes())[start:stop]
        return
    for seed in range(start, stop):
        choice = Random(f"{name} {seed}")
        yield spliced(small_vectors(), choice) if name == "spliced" else made(choice)


def main(arguments: list[str] | None = None) -> int:
    """Run the campaign; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.differential", description=__doc__)
    parser.add_argument("--journals", type=int, default=10_000, help="how many to make; every third one is spliced")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)
    amounts = {
        "vectors": (0, len(vector_journals()), 8),
        "made": (options.first, options.first + options.journals - options.journals // 3, _CHUNK),
        "spliced": (options.first, options.first + options.journals // 3, _CHUNK),
        "prefixes": (0, len(valid_prefixes()), _CHUNK),
    }
    tasks = [
        (name, start, min(start + chunk, end))
        for name, (first, end, chunk) in amounts.items()
        for start in range(first, end, chunk)
    ]
    sorts: dict[str, Disagreement] = {}
    counts = dict.fromkeys(amounts, 0)
    began = shown = time.monotonic()
    with multiprocessing.Pool(options.processes) as pool:
        for name, count, found in pool.imap_unordered(_work, tasks):
            counts[name] += count
            for one in found:
                if one.sort not in sorts:
                    sorts[one.sort] = one
                    _show(smallest(one))
            if time.monotonic() - shown > 10:
                shown = time.monotonic()
                print(f"{shown - began:.0f} s: {counts}, {len(sorts)} sorts of differences", flush=True)
    print(f"{time.monotonic() - began:.0f} s: {counts}, {len(sorts)} sorts of differences")
    return 1 if sorts else 0


def _show(found: Disagreement) -> None:
    print(f"\n{'live' if found.live else 'dead'}, simvue against the judge:")
    for text in found.texts:
        print(f"  {text}")
    for line in found.journal.splitlines(keepends=True):
        print(f"  {line[:600]!r}", flush=True)


if __name__ == "__main__":
    sys.exit(main())

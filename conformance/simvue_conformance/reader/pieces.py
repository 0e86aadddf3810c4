"""Whether it matters where the pieces of a journal begin, in which a reader takes it from the file (RDR-004).

Blank lines in front of a journal move every byte of it, and say nothing. So one that is delicate is given several
times: as it is, and with its most delicate byte at each power of two. What the reader says of it has to be the same.
Tests: tests/conformance/reader/test_broken_readers.py.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from simvue_conformance.program import Program
from simvue_conformance.reader.calls import Answer, ask
from simvue_conformance.reader.verdicts import Entry, Finding, Verdicts
from simvue_conformance.results import Failure

__all__ = ["pieces"]

_HEADER = (
    b'{"kind":"header","seq":0,"at":"2026-03-01T09:00:00Z","format":"simvue-journal","version":"1.0",'
    b'"journal":"pieces-01","run":"pieces","writer":{}}\n'
)
_BOUNDARIES = tuple(1 << power for power in range(9, 21))  # 512 bytes to 1 MiB


class _Delicate(NamedTuple):
    """A journal's lines after the header, and what in it a boundary of pieces falls into the middle of."""

    name: str
    lines: bytes
    middle: bytes


def _event(number: int, message: str) -> bytes:
    return f'{{"kind":"event","seq":{number},"at":"2026-03-01T09:00:01Z","message":"{message}"}}\n'.encode()


_DELICATE = (
    _Delicate("character", _event(1, "Größe 😀 €") + _event(2, "after"), "😀".encode()),
    _Delicate("escape", _event(1, r"a \ud83d\ude00 b") + _event(2, "after"), rb"\ud83d\ude00"),
    _Delicate("guard", _event(1, "before") + b"\n\n\n\n" + _event(2, "after"), b"\n\n\n\n"),
    _Delicate("carriage-return", _event(1, "m").replace(b"\n", b"\r\n") + _event(2, "after"), b"\r\n"),
    _Delicate("fragment", _event(1, "broken off")[:40] + b"\n" + _event(1, "whole"), b'"}\n'),
    _Delicate("replay", _event(1, "again") * 2 + _event(2, "after"), b"agai"),
    _Delicate("hole", _event(1, "before") + bytes(40) + b"\n" + _event(2, "after"), bytes(40)),
    _Delicate("tail", _event(1, "before") + _event(2, "after")[:-1], b'after"}'),
    _Delicate("torn", _event(1, "before") + _event(2, "after")[:-2], b'after"'),
    _Delicate("start", _event(1, "before") + _event(2, "after"), b'"}\n{"kind'),
)


def pieces(program: Program, directory: Path) -> Iterator[Failure]:
    """Give the program each delicate journal as it is and with its middle at each boundary; compare what it says."""
    moved: dict[Path, tuple[Path, int]] = {}
    for delicate in _DELICATE:
        journal = _HEADER + delicate.lines
        middle = journal.rindex(delicate.middle) + len(delicate.middle) // 2
        plain = directory / f"{delicate.name}.jsonl"
        for by in (0, *(boundary - middle for boundary in _BOUNDARIES)):
            path = plain.with_stem(f"{delicate.name}-moved-{by}") if by else plain
            path.write_bytes((b" " * (by - 1) + b"\n" if by else b"") + journal)
            moved[path] = plain, by
    answers = {answer.path: answer for answer in ask(program, list(moved))}
    for path, (plain, by) in moved.items():
        failure = answers[path].failure
        if failure is not None:
            yield failure
        elif by:
            yield from _compared(answers[plain], answers[path], by)


def _compared(plain: Answer, answer: Answer, moved: int) -> Iterator[Failure]:
    if plain.verdicts is None or answer.verdicts is None:
        return
    wanted, found = _moved(plain.verdicts, moved), answer.verdicts
    for one, other in (
        (wanted.entries, found.entries[1:]),
        (sorted(map(str, wanted.findings)), sorted(map(str, found.findings))),
        ((wanted.projection,), (found.projection,)),
    ):
        for expected, seen in zip(one, other, strict=False):
            if expected != seen:
                yield _different(answer, moved, f"{seen}; expected {expected}")
                return
        if len(one) != len(other):
            yield _different(answer, moved, f"{len(other)} entries or findings; expected {len(one)}")
            return


def _different(answer: Answer, moved: int, text: str) -> Failure:
    name = answer.path.name
    return Failure("RDR-004", f"{name}: {moved} bytes of a blank line in front of it change the result: {text}")


def _moved(verdicts: Verdicts, by: int) -> Verdicts:
    """Return the verdicts on a journal that has a blank line of so many bytes in front of it, but for that line."""
    return Verdicts(
        entries=tuple(Entry(one.verdict, one.offset + by, one.length, one.requirement) for one in verdicts.entries),
        findings=tuple(
            Finding(one.requirement, None if one.line is None else one.line + 1, one.severity)
            for one in verdicts.findings
        ),
        totals=verdicts.totals,
        valid=verdicts.valid,
        projection=verdicts.projection,
    )

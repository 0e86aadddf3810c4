"""Compare what a reader said of a journal with what was expected, both in the form of `expected.json`.

Numbers compare as doubles, times of metrics and tensors within 1e-9 seconds, findings in any order.
Tests: tests/conformance/judge/test_comparison.py.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from simvue_conformance.judge.judgement import Judgement

__all__ = ["Difference", "Part", "compare", "differences", "settled"]

Part = Literal["entries", "accounting", "findings", "valid", "projection"]

_TOLERANCE = 1e-9  # seconds, of a time that was filled in
_SHOWN = 5  # entries or findings that differ, in words
_LONGEST = 120  # characters of a value in words
_PROJECTED = {
    "run": ("RDR-041",),
    "status": ("RDR-041", "RDR-043"),
    "tags": ("RDR-041",),
    "metadata": ("RDR-040",),
    "metrics": ("RDR-042", "REC-034", "REC-035"),
    "events": ("RDR-042", "REC-041"),
    "tensors": ("REC-035", "REC-115"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference in words, and the requirements that it concerns as far as they show."""

    part: Part
    text: str
    requirements: tuple[str, ...]


def compare(judgement: Judgement, expected: dict[str, Any]) -> list[str]:
    """Return the differences between a judgement and the content of an `expected.json`, in words."""
    return [f"{found.part}: {found.text}" for found in differences(judgement.document, expected)]


def differences(found: dict[str, Any], expected: dict[str, Any]) -> list[Difference]:
    """Return the differences between two documents in the form of `expected.json`; none means equal."""
    return [
        *_entries(found["entries"], expected["entries"]),
        *_accounting(found["accounting"], expected["accounting"]),
        *_findings(found["findings"], expected["findings"]),
        *_valid(found["valid"], expected["valid"]),
        *_projection(found["projection"], expected["projection"]),
    ]


def settled(document: dict[str, Any], judgement: Judgement) -> dict[str, Any]:
    """Return a reader's document with the judge's choice wherever the specification leaves one.

    A dead letter that breaks two requirements of one step may name either: where the document names one that
    the judge found as well, in an entry and in its finding, the judge's name takes its place.
    """
    entries, findings = [list(entry) for entry in document["entries"]], [dict(one) for one in document["findings"]]
    for number, entry in enumerate(judgement.entries):
        if not entry.also or number >= len(entries):
            continue
        other = entries[number]
        if tuple(other[:3]) != (entry.verdict, entry.offset, entry.length) or other[3] not in entry.also:
            continue
        # One entry is one line, up to the last: what is left pending is never dead.
        for finding in findings:
            if finding["line"] == number + 1 and finding["requirement"] == other[3]:
                finding["requirement"] = entry.requirement
        other[3] = entry.requirement
    return {**document, "entries": entries, "findings": findings}


def _entries(found: list[Any], expected: list[Any]) -> Iterator[Difference]:
    shown = 0
    for number in range(max(len(found), len(expected))):
        one = found[number] if number < len(found) else None
        other = expected[number] if number < len(expected) else None
        if _same(one, other):
            continue
        shown += 1
        if shown > _SHOWN:
            yield Difference("entries", "and more", ())
            return
        names = tuple(dict.fromkeys(entry[3] for entry in (other, one) if entry is not None and entry[3]))
        text = f"entry {number + 1} is {_entry(one)}, expected {_entry(other)}"
        yield Difference("entries", text, names or ("RDR-001",))


def _entry(entry: list[Any] | None) -> str:
    if entry is None:
        return "missing"
    verdict, offset, length, requirement = entry
    named = f" [{requirement}]" if requirement else ""
    return f"{verdict}{named}, {length} bytes at {offset}"


def _accounting(found: dict[str, int], expected: dict[str, int]) -> Iterator[Difference]:
    for name in dict.fromkeys((*expected, *found)):
        one, other = found.get(name, 0), expected.get(name, 0)
        if one != other:
            yield Difference("accounting", f"{name} is {one} bytes, expected {other}", ("RDR-001",))


def _findings(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> Iterator[Difference]:
    ours, theirs = (Counter(_finding(one) for one in findings) for findings in (found, expected))
    for what, surplus in (("is missing", theirs - ours), ("is not expected", ours - theirs)):
        for number, (requirement, line, severity) in enumerate(surplus.elements()):
            if number == _SHOWN:
                yield Difference("findings", f"and more that {what}", ())
                break
            place = "the journal" if line is None else f"line {line}"
            yield Difference("findings", f"the {severity} {requirement} at {place} {what}", (requirement,))


def _finding(finding: dict[str, Any]) -> tuple[str, int | None, str]:
    return finding["requirement"], finding["line"], finding["severity"]


def _valid(found: object, expected: object) -> Iterator[Difference]:
    if found is not expected:
        yield Difference("valid", f"is {_words(found)}, expected {_words(expected)}", ())


def _projection(found: dict[str, Any], expected: dict[str, Any]) -> Iterator[Difference]:
    for name in dict.fromkeys((*expected, *found)):
        one, other = found.get(name), expected.get(name)
        if not _same_member(name, one, other):
            text = f"{name} is {_words(one)}, expected {_words(other)}"
            yield Difference("projection", text, _PROJECTED.get(name, ()))


def _same_member(name: str, one: Any, other: Any) -> bool:
    if name == "metrics" and isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same_rows(one[key], other[key], time=1) for key in one)
    if name == "tensors":
        return _same_rows(one, other, time=2)
    return _same(one, other)


def _same_rows(one: Any, other: Any, *, time: int) -> bool:
    if not isinstance(one, list) or not isinstance(other, list) or len(one) != len(other):
        return False
    return all(_same_row(row, with_row, time) for row, with_row in zip(one, other, strict=True))


def _same_row(one: list[Any], other: list[Any], time: int) -> bool:
    if len(one) != len(other) or len(one) <= time or not (_is_number(one[time]) and _is_number(other[time])):
        return False
    if not math.isclose(one[time], other[time], rel_tol=0, abs_tol=_TOLERANCE):
        return False
    return _same(one[:time] + one[time + 1 :], other[:time] + other[time + 1 :])


def _same(one: Any, other: Any) -> bool:
    if _is_number(one) and _is_number(other):
        return float(one) == float(other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and bool(one == other)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _words(value: object) -> str:
    written = repr(value)
    return written if len(written) <= _LONGEST else written[:_LONGEST] + "…"

"""The lines that a reader prints, taken apart: `journal`, `entry`, `finding`, `total`, `valid`, `projection`.

Their form is that of conformance/READER-CLI.md. What they should say is left to `blame`.
Tests: tests/conformance/reader/test_verdicts.py.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

from simvue_conformance.judge import ACCOUNTS

__all__ = ["Entry", "Finding", "FormError", "Verdicts", "expected", "parse"]

_SHOWN = 80  # characters of a line that go into a message
_SEVERITIES = ("error", "warning")


class FormError(ValueError):
    """What was printed is not in the form of READER-CLI.md; the text says which line, and what to print instead."""


class Entry(NamedTuple):
    """The verdict on one line: offset and length in bytes, and the requirement that a dead letter names."""

    verdict: str
    offset: int
    length: int
    requirement: str | None

    def __str__(self) -> str:
        named = f" [{self.requirement}]" if self.requirement else ""
        return f"{self.verdict}{named}, {self.length} bytes at {self.offset}"


class Finding(NamedTuple):
    """A broken requirement; the line counts from 1 and is None for the whole journal."""

    requirement: str
    line: int | None
    severity: str

    def __str__(self) -> str:
        place = "the journal" if self.line is None else f"line {self.line}"
        return f"{self.severity} {self.requirement} at {place}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """All that a reader said of one journal. `totals` has the names that it printed, in bytes."""

    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...]
    totals: dict[str, int]
    valid: bool
    projection: dict[str, Any]


def expected(document: dict[str, Any]) -> Verdicts:
    """Return the content of a vector's `expected.json` as verdicts."""
    return Verdicts(
        entries=tuple(Entry(*entry) for entry in document["entries"]),
        findings=tuple(
            Finding(finding["requirement"], finding["line"], finding["severity"]) for finding in document["findings"]
        ),
        totals={name: total for name, total in document["accounting"].items() if total},
        valid=document["valid"],
        projection=document["projection"],
    )


def parse(printed: bytes, paths: Sequence[str]) -> list[Verdicts]:
    """Take apart what a reader printed on standard output for these files.

    Raises:
        FormError: it is not what READER-CLI.md describes, or not of these files in this order.
    """
    try:
        text = printed.decode()
    except UnicodeDecodeError as error:
        raise FormError(f"standard output is not UTF-8 at byte {error.start}: print UTF-8 in every locale") from None
    *lines, rest = text.split("\n")
    if rest:
        raise FormError(f"the last line, {_shown(rest)}, has no LF: end each line with one")
    numbered = iter(enumerate(lines, 1))
    found = [_journal(path, numbered) for path in paths]
    for number, line in numbered:
        _refuse(number, line, "nothing after the projection of the last file")
    return found


@dataclass(slots=True)
class _Journal:
    entries: list[Entry] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=dict)
    valid: bool | None = None


def _journal(path: str, lines: Iterator[tuple[int, str]]) -> Verdicts:
    number, line = next(lines, (0, ""))
    if line != f"journal\t{path}":
        _refuse(number, line, f"journal<TAB>{path}: each file begins so, in the order of the arguments")
    found = _Journal()
    for number, line in lines:
        word, *members = line.split("\t")
        if word == "projection":
            return _finished(found, number, line, path)
        match word, members:
            case "entry", [str(), str(), str(), str()]:
                found.entries.append(_entry(number, line, members))
            case "finding", [str(), str(), str()]:
                found.findings.append(_finding(number, line, members))
            case "total", [name, size] if name in ACCOUNTS.values() and name not in found.totals:
                found.totals[name] = _number(number, line, size)
            case "valid", ["true" | "false" as value] if found.valid is None:
                found.valid = value == "true"
            case _:
                _refuse(number, line, "an entry, finding, total, valid or projection line, as in READER-CLI.md")
    raise FormError(f"what was printed of {path} ends without its projection: print one for each file")


def _finished(found: _Journal, number: int, line: str, path: str) -> Verdicts:
    try:
        projection = json.loads(line.partition("\t")[2])
    except ValueError:
        projection = None
    if not isinstance(projection, dict):
        _refuse(number, line, "projection<TAB> and one JSON object")
    if found.valid is None:
        raise FormError(f"line {number}: nothing says whether {path} is valid: print valid<TAB>true or valid<TAB>false")
    return Verdicts(
        entries=tuple(found.entries),
        findings=tuple(found.findings),
        totals={name: total for name, total in found.totals.items() if total},
        valid=found.valid,
        projection=projection,
    )


def _entry(number: int, line: str, members: list[str]) -> Entry:
    verdict, offset, length, requirement = members
    if verdict not in ACCOUNTS:
        _refuse(number, line, f"one of the verdicts {', '.join(ACCOUNTS)}")
    size = _number(number, line, length)
    if size == 0:
        _refuse(number, line, "a length of 1 or more: what has no bytes has no entry")
    if (verdict == "dead") != (requirement != "-"):
        _refuse(number, line, "the requirement of a dead letter, and - for every other verdict")
    return Entry(verdict, _number(number, line, offset), size, None if requirement == "-" else requirement)


def _finding(number: int, line: str, members: list[str]) -> Finding:
    requirement, place, severity = members
    if severity not in _SEVERITIES:
        _refuse(number, line, "the severity error or warning")
    return Finding(requirement, None if place == "-" else _number(number, line, place), severity)


def _number(number: int, line: str, digits: str) -> int:
    if not (digits.isascii() and digits.isdigit()):
        _refuse(number, line, "decimal digits for a number")
    return int(digits)


def _refuse(number: int, line: str, wanted: str) -> NoReturn:
    where = f"line {number} is {_shown(line)}" if number else "nothing more was printed"
    raise FormError(f"{where}; expected {wanted}")


def _shown(line: str) -> str:
    shown = line if len(line) <= _SHOWN else line[:_SHOWN] + "…"
    return repr(shown)

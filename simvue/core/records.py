"""What a decoded record has to be: its kind, its members, and the advice of the specification.

Shapes that a JSON Schema can express are left to a `Checker`, which is handed in; here is what schemas cannot
say: dates that exist, lengths in bytes, order between members. Tests: tests/core/test_records.py.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Protocol

from simvue.core.grammar import Problem
from simvue.core.timestamps import is_timestamp, names_real_time

__all__ = ["MAX_NAME", "METRIC_NAME", "Checker", "Problem", "advice", "kind_of", "record_problem"]

MAX_NAME = 250
"""Bytes of the longest name of a metric or key of metadata (REC-007)."""
_MAX_TENSOR = 50_000
_MAX_BYTES_OF_CHARACTER = 4

_KIND = re.compile("[a-z0-9_.-]{1,64}")
_RUN_NAME = re.compile("[A-Za-z0-9_/.: -]*")
METRIC_NAME = re.compile(r"[A-Za-z0-9_/.:=><+()% -]*")
"""The characters that every server takes in a metric's name (REC-036)."""


class Checker(Protocol):
    """The schemas, as the core sees them."""

    def known(self, kind: str) -> bool:
        """Whether version 1.0 has this kind."""

    def problem(self, kind: str, record: dict[str, Any]) -> Problem | None:
        """Return what the schema of a known kind has against a record, None if nothing."""


def kind_of(record: dict[str, Any]) -> str | Problem:
    """Return the kind of a record, or how it breaks REC-001."""
    kind = record.get("kind")
    if type(kind) is str and _KIND.fullmatch(kind):
        return kind
    if kind is None:
        return Problem("REC-001", 'the record has no "kind"')
    return Problem("REC-001", f'"kind" is {str(kind)[:24]!r}, not 1 to 64 of the characters a-z 0-9 _ . -')


def record_problem(kind: str, record: dict[str, Any], checker: Checker) -> Problem | None:
    """Return the first requirement that the members of a record break; of an unknown kind, the envelope."""
    at = record.get("at")
    if type(at) is not str or not is_timestamp(at):
        problem_of_at = "there is none" if at is None else f"it is {str(at)[:40]!r}"
        return Problem("REC-002", f'"at" has to be like "2026-03-01T09:00:00.25Z", {problem_of_at}')
    if not names_real_time(at):
        return Problem("REC-003", f'"at" is {at}, a time that does not exist')
    if not checker.known(kind):
        return None
    problem = checker.problem(kind, record)
    return _beyond_schema(kind, record) if problem is None else problem


def _beyond_schema(kind: str, record: dict[str, Any]) -> Problem | None:
    match kind:
        case "metrics" | "metadata":
            return _names_problem("REC-007", record["values"])
        case "run" | "folder" | "artifact" if "metadata" in record:
            return _names_problem("REC-007", record["metadata"])
        case "alert" if "range_low" in record and "range_high" in record:
            low, high = record["range_low"], record["range_high"]
            if not low < high:
                return Problem("REC-068", f'"range_low" is {low}, not below "range_high", {high}')
        case "grid":
            return _grid_problem(record)
        case "tensor":
            return _names_problem("REC-110", [record["metric"]]) or _tensor_problem(record["array"])
    return None


def _names_problem(requirement: str, names: Any) -> Problem | None:
    for name in names:
        if not name or (len(name) * _MAX_BYTES_OF_CHARACTER > MAX_NAME and len(name.encode("utf-8")) > MAX_NAME):
            size = len(name.encode("utf-8"))
            return Problem(requirement, f"a name has {size} bytes, not 1 to {MAX_NAME}: {name[:24]!r}")
    return None


def _grid_problem(record: dict[str, Any]) -> Problem | None:
    ticks = record.get("ticks")
    if ticks is not None:
        labels = record["labels"]
        if len(labels) != len(ticks):
            return Problem("REC-103", f'"labels" has {len(labels)} entries, "ticks" has {len(ticks)}')
        for axis in ticks:
            if any(not low < high for low, high in pairwise(axis)):
                return Problem("REC-104", "the ticks of an axis do not ascend strictly")
    return _names_problem("REC-105", record.get("metrics", ()))


def _tensor_problem(array: list[Any]) -> Problem | None:
    rows = [row for row in array if type(row) is list]
    if rows and (len(rows) != len(array) or len({len(row) for row in rows}) > 1):
        return Problem("REC-112", "the rows of the array are not of equal length")
    elements = sum(map(len, rows)) if rows else len(array)
    if not 1 <= elements <= _MAX_TENSOR:
        return Problem("REC-113", f"the array has {elements} elements, not 1 to {_MAX_TENSOR}")
    return None


def advice(kind: str, record: dict[str, Any]) -> Iterator[Problem]:
    """Yield what a valid record breaks of the requirements that are advice (SHOULD)."""
    match kind:
        case "run" if not _RUN_NAME.fullmatch(record.get("name", "")):
            yield Problem("REC-011", f"a server can refuse the run's name {record['name'][:40]!r}")
        case "alert" | "artifact" if not _RUN_NAME.fullmatch(record.get("name", "")):
            yield Problem("REC-130", f"a server can refuse the {kind}'s name {record['name'][:40]!r}")
        case "metrics":
            yield from _advice_on_names(record["values"])
        case "tensor":
            yield from _advice_on_names([record["metric"]])
        case "grid":
            yield from _advice_on_names(record.get("metrics", ()))
        case "end" if "records" not in record:
            yield Problem("REC-128", 'the end record has no "records", so lost lines cannot be noticed')


def _advice_on_names(names: Any) -> Iterator[Problem]:
    """Name the first of a record's metrics that a server can refuse: one finding for each record."""
    unusual = next((name for name in names if not METRIC_NAME.fullmatch(name)), None)
    if unusual is not None:
        yield Problem("REC-036", f"a server can refuse the metric's name {unusual[:40]!r}")

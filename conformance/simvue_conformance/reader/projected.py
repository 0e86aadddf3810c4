"""Which requirement a reader breaks whose projection is another than the expected one.

Looked at only where every line has the expected verdict. Whether values are equal is for `judge.comparison` to say;
here it is found out what of them differs. Tests: tests/conformance/reader/test_blame.py.
"""

import json
from collections.abc import Iterator
from typing import Any

import simvue_spec
from simvue_conformance.judge import differences
from simvue_conformance.reader.verdicts import Verdicts
from simvue_conformance.results import Failure

__all__ = ["of_projection"]

_TOLERANCE = 1e-9  # seconds
_FORM = "RDC-005"
_BY_MEMBER = {"run": "RDR-041", "tags": "RDR-041", "metadata": "RDR-040"}


def of_projection(vector: simvue_spec.Vector, expected: Verdicts, found: Verdicts) -> Iterator[Failure]:
    """Yield a failure for each requirement that each member which differs shows broken."""
    for name in dict.fromkeys((*expected.projection, *found.projection)):
        theirs = found.projection.get(name)
        for difference in differences(_only(name, found.projection), _only(name, expected.projection)):
            for requirement in _requirements(vector, expected, name, theirs):
                yield Failure(requirement, f"projection: {difference.text} ({vector.title})")


def _only(name: str, projection: dict[str, Any]) -> dict[str, Any]:
    """Return a document with this member of the projection, and nothing else that could differ."""
    kept = {name: projection[name]} if name in projection else {}
    return {"entries": [], "accounting": {}, "findings": [], "valid": True, "projection": kept}


def _requirements(vector: simvue_spec.Vector, expected: Verdicts, name: str, found: Any) -> tuple[str, ...]:
    if name not in expected.projection or not isinstance(found, type(expected.projection[name]) | str):
        return (_FORM,)
    wanted = expected.projection[name]
    match name:
        case "status":
            return _of_status(vector, found)
        case "metrics" | "tensors":
            return _of_values(vector, expected, name, found)
        case "events":
            return ("REC-041",) if _pairs(found) == _pairs(wanted) else ("RDR-042",)
        case _:
            return (_BY_MEMBER.get(name, _FORM),)


def _of_status(vector: simvue_spec.Vector, found: Any) -> tuple[str, ...]:
    if "JRN-042" in vector.requirements and found == "failed":
        return ("JRN-042",)
    return ("RDR-043",) if "RDR-043" in vector.requirements else ("RDR-041",)


def _pairs(events: Any) -> list[Any]:
    """Return events without their levels."""
    return [event[:2] if isinstance(event, list) else event for event in events]


def _of_values(vector: simvue_spec.Vector, expected: Verdicts, name: str, found: Any) -> tuple[str, ...]:
    """Tell a default that was filled in wrongly from a record that is not there as it was written."""
    wanted = expected.projection[name]
    series = "metrics" if name == "metrics" else "tensor"
    given = _given(vector, expected, series)
    broken: dict[str, None] = {}
    for key, rows in wanted.items() if name == "metrics" else [("", wanted)]:
        theirs = found.get(key) if name == "metrics" else found
        if not isinstance(theirs, list) or len(theirs) != len(rows):
            return ("RDR-042",)
        for row, other, (has_step, has_time) in zip(rows, theirs, given[key], strict=True):
            broken |= dict.fromkeys(_of_row(row, other, series, has_step=has_step, has_time=has_time))
    return tuple(broken) or ("RDR-042",)


def _of_row(row: list[Any], other: Any, series: str, *, has_step: bool, has_time: bool) -> Iterator[str]:
    """Yield what differs between a row and the expected one; a tensor's row begins with its name."""
    first = 0 if series == "metrics" else 1
    if not isinstance(other, list) or len(other) != len(row):
        yield "RDR-042"
        return
    if row[first] != other[first]:
        yield "RDR-042" if has_step else {"metrics": "REC-034", "tensor": "REC-115"}[series]
    time = other[first + 1]
    if not isinstance(time, int | float) or abs(row[first + 1] - time) > _TOLERANCE:
        yield "RDR-042" if has_time else "REC-035"
    if row[first + 2 :] != other[first + 2 :] or row[:first] != other[:first]:
        yield "RDR-042"


def _given(vector: simvue_spec.Vector, expected: Verdicts, series: str) -> dict[str, list[tuple[bool, bool]]]:
    """Return, for each value of the accepted records, whether its record gives step and time itself."""
    found: dict[str, list[tuple[bool, bool]]] = {"": []}
    for entry in expected.entries:
        if entry.verdict != "accepted":
            continue
        record = json.loads(vector.journal[entry.offset : entry.offset + entry.length])
        if record["kind"] == series:
            for name in record["values"] if series == "metrics" else [""]:
                found.setdefault(name, []).append(("step" in record, "time" in record))
    return found

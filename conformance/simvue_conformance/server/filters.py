"""The filters and the sorting of lists: from their text to conditions, and how a value meets one.

A member that is absent satisfies no comparison, not even `!=`. Making SQL of conditions, and running it, is
left to `store.listing`. Tests: tests/conformance/server/test_filters.py.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simvue_conformance.server.answers import Problems
from simvue_conformance.server.wire import from_json

__all__ = ["Condition", "SortKey", "compare", "member", "read_filters", "read_sorting", "within"]

TAG = re.compile(r"has (not )?tag\.(.+)", re.DOTALL)
EXISTS = re.compile(r"(.+?) (not exists|exists)")
COMPARISON = re.compile(r"(.+?) (not contains|contains|==|!=|<=|>=|<|>)(?: (.*))?", re.DOTALL)
WITHIN = re.compile(r"(\d{1,6})([hdy])")
EVER = 2**62
"""More microseconds than there are years to look back on, and few enough for SQLite."""

SECONDS = {"h": 3600, "d": 86_400, "y": 31_536_000}

ORDERINGS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One filter: a field, an operator of the grammar, and the value as text."""

    field: str
    operator: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SortKey:
    """One column to sort by."""

    column: str
    descending: bool


def _condition(text: str) -> Condition:
    if text == "starred":
        return Condition(field="starred", operator="is")
    if found := TAG.fullmatch(text):
        return Condition(field="tag", operator="has not" if found[1] else "has", value=found[2])
    if found := COMPARISON.fullmatch(text):
        return Condition(field=found[1], operator=found[2], value=found[3] or "")
    if found := EXISTS.fullmatch(text):
        return Condition(field=found[1], operator=found[2])
    raise Problems.refuse(["query", "filters"], f"{text!r} is not a filter; write e.g. 'name == my-run'")


def read_filters(text: str) -> list[Condition]:
    """Read the `filters` parameter: a JSON list of filters, or one bare filter. Raises the 422."""
    if not text:
        return []
    try:
        value = from_json(text)
    except ValueError:
        value = [text]  # published clients send one filter of artifacts without encoding it
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Problems.refuse(["query", "filters"], "must be a JSON list of strings")
    return [_condition(item) for item in value]


def read_sorting(text: str) -> list[SortKey]:
    """Read the `sorting` parameter, `[{"id": column, "desc": bool}]`. Raises the 422."""
    try:
        value: Any = from_json(text) if text else []
        return [SortKey(column=str(item["id"]), descending=bool(item.get("desc", False))) for item in value]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        problem = 'must be a JSON list like [{"id": "created", "desc": true}]'
        raise Problems.refuse(["query", "sorting"], problem) from error


def within(condition: Condition) -> int:
    """Return the microseconds of a `created < 2d` condition. Raises the 422."""
    found = WITHIN.fullmatch(condition.value)
    if condition.operator != "<" or not found:
        text = f"{condition.field} takes only '< Nh', '< Nd' or '< Ny'"
        raise Problems.refuse(["query", "filters"], text)
    return min(int(found[1]) * SECONDS[found[2]] * 1_000_000, EVER)


def member(document: object, key: str) -> tuple[bool, object]:
    """Find a dotted key in nested objects; a key that itself holds dots is found too."""
    if not isinstance(document, dict):
        return False, None
    if key in document:
        return True, document[key]
    for place, character in enumerate(key):
        if character == "." and key[:place] in document:
            found, value = member(document[key[:place]], key[place + 1 :])
            if found:
                return True, value
    return False, None


def _as_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def compare(found: tuple[bool, object], condition: Condition) -> bool:
    """Judge a member of a document: numbers as numbers, everything else as text."""
    present, value = found
    if condition.operator in {"exists", "not exists"}:
        return present == (condition.operator == "exists")
    if not present:
        return False
    written = str(value).lower() if isinstance(value, bool) else str(value)
    wanted = condition.value.lower() if isinstance(value, bool) else condition.value
    if condition.operator in {"contains", "not contains"}:
        return (wanted in written) == (condition.operator == "contains")
    left, right = _as_number(value), _as_number(condition.value)
    if left is not None and right is not None:
        return ORDERINGS[condition.operator](left, right)
    return ORDERINGS[condition.operator](written, wanted)

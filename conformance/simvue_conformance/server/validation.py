"""The rules for single values: names, paths, levels, states, definitions of alerts.

Each rule takes what arrived and returns it as it is to be kept, or raises ValueError saying what would be
right. `read_members` applies a table of rules to one JSON object. Batches of metrics and events are in
`batches`. Tests: tests/conformance/server/test_validation.py.
"""

# ruff: noqa: TRY004 - a rule raises ValueError for whatever arrived wrong, types too: that is its contract

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from simvue_conformance.server.answers import Problems
from simvue_conformance.server.wire import from_json, parse_instant

__all__ = [
    "METRIC_NAME",
    "Rule",
    "boolean",
    "choice",
    "document",
    "folder_path",
    "identifiers",
    "instant",
    "label",
    "label_list",
    "name",
    "number",
    "optional",
    "read_body",
    "read_members",
    "text",
    "whole",
]

Rule: TypeAlias = Callable[[object], object]

NAME = re.compile(r"[a-zA-Z0-9\-_\s/.:]+", re.ASCII)
METRIC_NAME = re.compile(r"[a-zA-Z0-9\-_\s/.:=><+()%]{1,512}", re.ASCII)
PATH = re.compile(r"/.*")
LONGEST_NAME = 512
LONGEST_TEXT = 1_048_576
LARGEST_WHOLE = 2**63 - 1


def text(value: object) -> str:
    """Accept any text of up to a mebibyte in UTF-8."""
    if not isinstance(value, str):
        raise ValueError("must be a string")
    try:
        size = len(value.encode())
    except UnicodeEncodeError as error:
        raise ValueError("must not hold lone surrogates") from error
    if size > LONGEST_TEXT:
        raise ValueError(f"must not be longer than {LONGEST_TEXT} bytes")
    return value


def _matching(pattern: re.Pattern[str], told: str) -> Callable[[object], str]:
    def rule(value: object) -> str:
        checked = text(value)
        if len(checked) > LONGEST_NAME or not pattern.fullmatch(checked):
            raise ValueError(f"must be 1 to {LONGEST_NAME} characters of {told}")
        return checked

    return rule


name = _matching(NAME, "ASCII letters, digits, blanks and - _ / . :")


def label(value: object) -> str:
    """Accept a tag: any text but none; clients have never been strict about tags."""
    checked = text(value)
    if not 1 <= len(checked) <= LONGEST_NAME:
        raise ValueError(f"must be 1 to {LONGEST_NAME} characters")
    return checked


_path = _matching(PATH, "a path that begins with /")


def folder_path(value: object) -> str:
    """Accept an absolute path of one line; slashes at its end do not count."""
    return _path(value).rstrip("/") or "/"


def boolean(value: object) -> bool:
    """Accept true and false."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def whole(least: int = 0) -> Callable[[object], int]:
    """Make the rule for a whole number from `least` to what 64 bits hold."""

    def rule(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= LARGEST_WHOLE:
            raise ValueError(f"must be a whole number of at least {least}")
        return value

    return rule


def number(value: object) -> float:
    """Accept a finite number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError("must be a number")
    try:
        converted = float(value)
    except OverflowError:
        converted = math.inf
    if not math.isfinite(converted):
        raise ValueError("must be a finite number")
    return converted


def instant(value: object) -> int:
    """Accept a date-time; kept as microseconds since 1970."""
    return parse_instant(value)


def choice(*choices: str) -> Callable[[object], str]:
    """Make the rule for one word of a closed list."""

    def rule(value: object) -> str:
        if not isinstance(value, str) or value not in choices:
            raise ValueError(f"must be one of: {', '.join(choices)}")
        return value

    return rule


def optional(rule: Rule) -> Rule:
    """Make a rule accept null as well."""
    return lambda value: None if value is None else rule(value)


def document(value: object) -> dict[str, object]:
    """Accept a JSON object; null counts as an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("must be an object")
    return value


def _list_of(rule: Callable[[object], str]) -> Callable[[object], list[str]]:
    def list_rule(value: object) -> list[str]:
        if not isinstance(value, list):
            raise ValueError("must be a list")
        # A repeated entry says nothing new; order is kept.
        return list(dict.fromkeys(rule(item) for item in value))

    return list_rule


label_list = _list_of(label)
identifiers = _list_of(text)


def read_body(body: bytes) -> object:
    """Decode a JSON body; none at all and null count as an empty object. Raises the 422."""
    if not body:
        return {}
    try:
        value = from_json(body)
    except ValueError as error:
        raise Problems.refuse(["body"], f"must be JSON: {error}") from error
    return {} if value is None else value


def read_members(
    value: object,
    rules: Mapping[str, Rule],
    *,
    required: Sequence[str] = (),
    place: Sequence[str | int] = ("body",),
    problems: Problems | None = None,
) -> dict[str, object]:
    """Apply the rule of every member present; unknown members are ignored. Raises the 422.

    With `problems` given, what is wrong is noted there and the caller raises.
    """
    found = problems or Problems()
    accepted: dict[str, object] = {}
    if isinstance(value, dict):
        for key in required:
            if key not in value:
                found.add([*place, key], "must be given", kind="missing")
        for key in rules.keys() & value.keys():
            try:
                accepted[key] = rules[key](value[key])
            except ValueError as error:
                found.add([*place, key], str(error))
    else:
        found.add(place, "must be an object")
    if problems is None:
        found.refuse_any()
    return accepted

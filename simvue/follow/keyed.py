"""Lines that name their values: JSON objects, and `key=value` or `key: value` anywhere in a line.

Pure. Tests: tests/follow/test_keyed.py.
"""

import json
import re
from collections.abc import Iterator

import orjson

from simvue.follow.found import Facts, Tally, Values
from simvue.follow.selection import Cell, Selection

__all__ = ["JsonLines", "KeyValues"]

_DEEPEST = 8
_PAIR = re.compile(r"""([^\W\d][\w./%\[\]()-]*)\s*[=:]\s*("[^"]*"|'[^']*'|[^\s,;]+)""")


class JsonLines:
    """Reads JSON objects, one a line; members of members are named with a dot between."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection

    def restart(self) -> None:
        """Begin with another file."""

    def read(self, line: str, number_of_line: int, tally: Tally) -> list[Values | Facts]:
        """Return what an object holds; a line that is none is counted."""
        text = line.strip()
        if not text:
            return []
        try:
            try:
                value = orjson.loads(text)
            except orjson.JSONDecodeError:
                value = json.loads(text)  # takes NaN and Infinity, as Python writes them
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            tally.skip(text, number_of_line, "JSON object")
            return []
        pairs = list(_flat(value, "", 0))
        return self._selection.found(
            tuple(name for name, _ in pairs), [cell for _, cell in pairs], number_of_line, tally
        )

    def finish(self, tally: Tally) -> list[Values | Facts]:
        """Return what is left, which is nothing."""
        del tally
        return []


class KeyValues:
    """Reads every pair of a key and a value that a line holds."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection

    def restart(self) -> None:
        """Begin with another file."""

    def read(self, line: str, number_of_line: int, tally: Tally) -> list[Values | Facts]:
        """Return what a line holds; a key that comes twice makes two rows."""
        rows: list[dict[str, str]] = [{}]
        for key, value in _PAIR.findall(line):
            if key in rows[-1]:
                rows.append({})
            rows[-1][key] = value.strip("\"'")
        found: list[Values | Facts] = []
        for row in rows:
            if row:
                found += self._selection.found(tuple(row), list(row.values()), number_of_line, tally)
        return found

    def finish(self, tally: Tally) -> list[Values | Facts]:
        """Return what is left, which is nothing."""
        del tally
        return []


def _flat(value: dict[str, object], prefix: str, depth: int) -> Iterator[tuple[str, Cell]]:
    for key, member in value.items():
        if isinstance(member, dict) and depth < _DEEPEST:
            yield from _flat(member, f"{prefix}{key}.", depth + 1)
        elif isinstance(member, str):
            yield prefix + key, member
        elif isinstance(member, int | float) and not isinstance(member, bool):
            yield prefix + key, _double(member)


def _double(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")

"""Fortran namelists: `&group a = 1.0, b(2) = 3*0.5, name = 'text' /`, on one line or many.

Pure. Tests: tests/follow/test_namelists.py.
"""

import re

from simvue.follow.found import Facts, Tally, Values
from simvue.follow.selection import Cell, Selection

__all__ = ["Namelists"]

_LONGEST_GROUP = 1 << 20
_START = re.compile(r"^\s*[&$](\w+)(?=[\s,]|$)\s*")
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>'(?:[^']|'')*'|"(?:[^"]|"")*")
      | (?P<name>[A-Za-z][\w%]*(?:\([\d:,\s-]*\))?(?:%\w+(?:\([\d:,\s-]*\))?)*)\s*=(?!=)
      | (?P<complex>(?:\d+\*)?\([^()]*\))
      | (?P<end>/|[&$]end\b)
      | (?P<comma>,)
      | (?P<item>[^\s,/'"=!]+)
      | (?P<comment>![^\n]*)
      | (?P<other>.)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_REPEAT = re.compile(r"(\d+)\*(.*)")
_INDEX = re.compile(r"(.+)\((\d+)\)")
_MOST_REPEATS = 10_000


class Namelists:
    """Reads namelist groups; a group is taken when its end is there.

    A variable is named as it is written, in lower case, since Fortran knows no case; elements of an array are
    `name(1)`, `name(2)`. Logicals and complex numbers are taken as text.
    """

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self.restart()

    def restart(self) -> None:
        """Begin with another file; a group that was not at its end is gone."""
        self._held: list[str] = []
        self._size = 0

    def read(self, line: str, number_of_line: int, tally: Tally) -> list[Values | Facts]:
        """Return what a group holds, with the line that ends it."""
        start = _START.match(line)
        if start is not None and start[1].lower() != "end":
            self.restart()
            line = line[start.end() :]
        elif not self._held:
            return []
        self._held.append(line)
        self._size += len(line)
        if self._size > _LONGEST_GROUP:
            tally.skip(self._held[0], number_of_line, "namelist of a size that can be held")
            self.restart()
            return []
        if not _ends(line):
            return []
        pairs = _pairs("\n".join(self._held))
        if pairs is None:  # the sign of the end was inside of a text that spans lines
            return []
        self.restart()
        return self._selection.found(tuple(pairs), list(pairs.values()), number_of_line, tally)

    def finish(self, tally: Tally) -> list[Values | Facts]:
        """Return what is left: a group without an end is none."""
        del tally
        self.restart()
        return []


def _ends(line: str) -> bool:
    return "/" in line or "&" in line or "$" in line


def _pairs(text: str) -> dict[str, Cell] | None:
    """Return the variables of a group; None if its end is missing."""
    values: dict[str, list[str | None]] = {}
    name, was_comma = "", True
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "end":
            return _named(values)
        if kind == "name":
            name = re.sub(r"\s", "", token["name"]).lower()
            values[name] = []
            was_comma = True
        elif kind == "comma":
            if was_comma and name:
                values[name].append(None)  # a null value leaves the element as it was
            was_comma = True
        elif kind in ("string", "item", "complex") and name:
            values[name] += _items(token[0].strip(), is_text=kind == "string")
            was_comma = False
    return None


def _items(text: str, *, is_text: bool) -> list[str | None]:
    if is_text:
        quote = text[0]
        return [text[1:-1].replace(quote * 2, quote)]
    repeated = _REPEAT.fullmatch(text)
    if repeated is None:
        return [text]
    return [repeated[2] or None] * min(int(repeated[1][:9]), _MOST_REPEATS)


def _named(values: dict[str, list[str | None]]) -> dict[str, Cell]:
    named: dict[str, Cell] = {}
    for name, items in values.items():
        if len(items) == 1:
            named[name] = items[0]
            continue
        first = _INDEX.fullmatch(name)
        stem, offset = (first[1], int(first[2][:9])) if first else (name, 1)
        for index, item in enumerate(items, offset):
            named[f"{stem}({index})"] = item
    return named

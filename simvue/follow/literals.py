"""The text that a line has to hold if a regular expression is to match it.

Most lines of a log are dull. To look for a text in thousands of lines at once costs a tenth of trying an
expression on each of them. In doubt there is no such text. Pure. Tests: tests/follow/test_literals.py.
"""

import re

__all__ = ["required_text"]

_SHORTEST = 3
_CLASSES = frozenset("AbBdDsSwWZ")
_REPEAT = re.compile(r"\{\d*(?:,\d*)?\}")


def required_text(regex: re.Pattern[str]) -> str | None:
    """Return a text that is part of everything that the expression matches; None if none is sure."""
    pattern = regex.pattern
    if regex.flags & (re.IGNORECASE | re.VERBOSE) or "(?#" in pattern:
        return None
    runs, depth, place = [""], 0, 0
    while place < len(pattern):
        character = pattern[place]
        length, is_literal = 1, False
        if character == "\\":
            length, escaped = 2, pattern[place + 1]
            if escaped.isalnum() and escaped not in _CLASSES:  # \x41, \1, \N{...}: of some length
                return None
            character, is_literal = escaped, not escaped.isalnum()
        elif character == "[":
            length = _class_length(pattern, place)
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif character == "|" and depth == 0:
            return None
        elif character in "*?{":  # what is before need not be there
            repeat = _REPEAT.match(pattern, place)
            length = len(repeat[0]) if repeat else 1
            runs[-1] = runs[-1][:-1]
        else:
            is_literal = character not in ".^$+|"
        if is_literal and depth == 0 and character not in "\r\n\0":
            runs[-1] += character
        else:
            runs.append("")
        place += length
    best = max(runs, key=len)
    return best if len(best) >= _SHORTEST else None


def _class_length(pattern: str, start: int) -> int:
    """Return how long a class of characters is, from bracket to bracket."""
    place = start + 1
    if pattern[place] == "^":
        place += 1
    if pattern[place] == "]":
        place += 1
    while pattern[place] != "]":
        place += 2 if pattern[place] == "\\" else 1
    return place + 1 - start

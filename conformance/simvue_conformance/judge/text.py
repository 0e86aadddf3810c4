"""The step *text*: from the bytes of a line to the members of one object, or what keeps them from being one.

`json` has the grammar; what it lets pass (duplicate names, halves of surrogate pairs, NUL, NaN, numbers too long)
is collected by its hooks. Requirements: FRM-001, FRM-005, FRM-020 to FRM-029.
Tests: tests/conformance/judge/test_text.py.
"""

import json
import math
import re
from typing import Any

from simvue_conformance.judge.judgement import Breach

__all__ = ["parse"]

_MAX_DEPTH = 32  # FRM-025
_DEPTH_OF_JSON = 200  # what `json` can read without running out of stack
_MAX_NUMBER = 40  # FRM-027, characters
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.DOTALL)
_LIKE_A_NUMBER = re.compile(r"[0-9+\-*]|\.(?![a-z])|(?:nan|inf|infinity)(?![A-Za-z0-9_])", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[0-9][ \t\r]*,[ \t\r]*\Z")
_HALF_OF_A_PAIR = re.compile(r"\\u[dD][89a-fA-F]")


def parse(body: bytes) -> tuple[dict[str, Any] | None, list[Breach]]:
    """Return the members of the object that `body` is, and no breach; or None and each breach that was seen.

    `body` is a line without its LF and the blanks around it. The first breach is the one to name.
    """
    if body.startswith(_BYTE_ORDER_MARK):
        return None, [Breach("FRM-005", "a byte order mark begins the line: write UTF-8 without one")]
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, [Breach("FRM-020", f"byte {error.start} of the line is not UTF-8: write text in UTF-8")]
    depth = _depth(text)
    if depth <= _MAX_DEPTH:
        return _Parser().parse(text)
    others = _Parser().parse(text)[1] if depth < _DEPTH_OF_JSON else _suspected(text)
    return None, [Breach("FRM-025", f"nested deeper than {_MAX_DEPTH}: flatten it"), *others]


def _depth(text: str) -> int:
    deepest = depth = 0
    for character in _STRINGS.sub("", text):
        if character in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "}]":
            depth -= 1
    return deepest


def _suspected(text: str) -> list[Breach]:
    """What a text that is no JSON may break besides the grammar; without a grammar more cannot be said."""
    found = []
    strings = [_decoded(token) for token in _STRINGS.findall(text)]
    if len(set(strings)) < len(strings):
        found.append(Breach("FRM-021", "a name stands twice in one object"))
    if "\\u0000" in text:
        found.append(Breach("FRM-023", "a string holds U+0000"))
    if _HALF_OF_A_PAIR.search(text):
        found.append(Breach("FRM-022", "a string holds half of a surrogate pair"))
    return found


def _decoded(token: str) -> str:
    try:
        return str(json.loads(token, strict=False))
    except json.JSONDecodeError:
        return token


class _Parser:
    """One reading of one text; `breaches` in the order in which `json` comes to them."""

    def __init__(self) -> None:
        self.breaches: list[Breach] = []
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._members,
            parse_int=self._integer,
            parse_float=self._number,
            parse_constant=self._constant,
        )

    def parse(self, text: str) -> tuple[dict[str, Any] | None, list[Breach]]:
        if not text.startswith("{"):
            return None, [Breach("FRM-001", "the line is no JSON object: write one object on each line")]
        try:
            value, end = self._decoder.raw_decode(text)
        except json.JSONDecodeError as error:
            return None, [_breach_of_grammar(text, error), *self.breaches, *_suspected(text)]
        if text[end:]:
            message = f"something follows the object at character {end + 1}: end each record with a line feed"
            return None, [Breach("FRM-029", message), *self.breaches, *_suspected(text)]
        self._examine(value)
        members: dict[str, Any] = value
        return (None if self.breaches else members), self.breaches

    def _break(self, requirement: str, message: str) -> None:
        self.breaches.append(Breach(requirement, message))

    def _members(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            self._break("FRM-021", f"the name {twice!a} stands twice in one object: leave one out")
        return members

    def _integer(self, token: str) -> int:
        return int(token) if self._is_short(token) else 0

    def _number(self, token: str) -> float:
        value = float(token) if self._is_short(token) else 0.0
        if math.isinf(value):
            self._break("FRM-028", f'{token} overflows a double: write "Infinity", or a smaller number')
        return value

    def _is_short(self, token: str) -> bool:
        if len(token) <= _MAX_NUMBER:
            return True
        self._break("FRM-027", f"a number of {len(token)} characters: write {_MAX_NUMBER} at most")
        return False

    def _constant(self, token: str) -> float:
        self._break("FRM-026", f'{token} is no JSON number: write "{token}", in quotes')
        return 0.0

    def _examine(self, value: Any) -> None:
        """Look into every string, names included."""
        if isinstance(value, str):
            self._examine_text(value)
        elif isinstance(value, list):
            for element in value:
                self._examine(element)
        elif isinstance(value, dict):
            for name, member in value.items():
                self._examine_text(name)
                self._examine(member)

    def _examine_text(self, text: str) -> None:
        if "\0" in text:
            self._break("FRM-023", "a string holds U+0000: leave it out")
        if any("\ud800" <= character <= "\udfff" for character in text):
            self._break("FRM-022", "half of a surrogate pair: write the character in UTF-8, or both halves")


def _breach_of_grammar(text: str, error: json.JSONDecodeError) -> Breach:
    """Tell FRM-024 and FRM-026 from any other breach of the grammar."""
    place = f"at character {error.pos + 1}"
    if error.msg.startswith("Invalid control character"):
        return Breach("FRM-024", f"a raw control character in a string {place}: write it as an escape, such as \\t")
    if _is_bad_number(text, error):
        return Breach("FRM-026", f'no JSON number {place}: write it like -1.5e-3, or "NaN", "Infinity", "-Infinity"')
    return Breach("FRM-001", f"no JSON {place}: {error.msg}")


def _is_bad_number(text: str, error: json.JSONDecodeError) -> bool:
    if error.msg == "Expecting value":
        return _LIKE_A_NUMBER.match(text, error.pos) is not None
    if error.msg.startswith("Expecting ','"):
        # A number ended here, and what follows at once belongs to no other token: 01, 1., 1.5f.
        is_after_number = text[error.pos - 1].isdigit()
        return is_after_number and text[error.pos : error.pos + 1] not in ("", '"', "{", "[", ":", "]", "}")
    if error.msg.startswith("Expecting property name"):
        return text[error.pos : error.pos + 1].isdigit() and _DECIMAL_COMMA.search(text[: error.pos]) is not None
    return False

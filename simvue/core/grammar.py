"""RFC 8259 token by token, with the limits of this format: what is wrong with a line, and where.

Slow and exact, without recursion. It judges the lines that the fast decoder refused, to name the requirement,
and the few that counting could not clear. Values are not built: orjson does that. Tests:
tests/core/test_grammar.py.
"""

import re
from enum import Enum, auto
from math import isinf
from typing import NamedTuple

import orjson

__all__ = ["MAX_DEPTH", "MAX_NUMBER", "Problem", "first_problem"]

MAX_DEPTH = 32
"""Objects and arrays within each other, the record itself counting as 1 (FRM-025)."""
MAX_NUMBER = 40
"""Characters of the longest number (FRM-027)."""


class Problem(NamedTuple):
    """A requirement that a line breaks, and how, in words without the remedy."""

    requirement: str
    message: str


class _Expected(Enum):
    VALUE = auto()
    VALUE_OR_END = auto()  # after [
    NAME = auto()  # after a comma in an object
    NAME_OR_END = auto()  # after {
    COLON = auto()
    COMMA_OR_END = auto()
    NOTHING = auto()


_BLANKS = re.compile(rb"[ \t\r]*+")
# Possessive: an unterminated string of a MiB fails in one pass.
_STRING = re.compile(rb'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*+"')
_PLAIN_PART = re.compile(rb'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*+')
_WORD = re.compile(rb'[^ \t\r,:"\[\]{}]++')
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?")
# Elements of an array, all plain and without an exponent: long tensors are passed over in one step.
_PLAIN_NUMBERS = re.compile(rb"(?:(?![0-9.-]{41})-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+[ \t\r]*+,[ \t\r]*+)++")
_MEANT_AS_NUMBER = re.compile(rb"[0-9+\-*]|\.(?![a-z])|(?:nan|inf(?:inity)?)(?![a-z0-9_])", re.IGNORECASE)
_ESCAPE = re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|.)")
_VALUES = (_Expected.VALUE, _Expected.VALUE_OR_END)
_NAMES = (_Expected.NAME, _Expected.NAME_OR_END)


def first_problem(line: bytes) -> Problem | None:
    """Return the first requirement of framing and text that `line` breaks as one JSON object, else None.

    `line` is valid UTF-8 and has no blanks around it.
    """
    if not line.startswith(b"{"):
        return _not_an_object(line)
    return _Scan(line).run()


def _not_an_object(line: bytes) -> Problem:
    """Tell another JSON value from what is no JSON at all."""
    if line.startswith((b"[", b'"')) or _NUMBER.fullmatch(line) or line in (b"true", b"false", b"null"):
        return Problem("FRM-001", "a record is a JSON object, and this line is not")
    return Problem("FRM-001", f"not a JSON object: the line begins with {_shown(line)}")


class _Scan:
    """One pass over the tokens of a line. Mutable, and gone when the pass is over."""

    def __init__(self, line: bytes) -> None:
        self.line = line
        self.position = 0
        self.expected = _Expected.VALUE
        self.names: list[set[str] | None] = []  # one for each open container; None for an array
        self.last_word = b""  # the value before the last comma, where it was a bare word

    def run(self) -> Problem | None:
        while self.expected is not _Expected.NOTHING:
            self._pass_blanks()
            problem = self._token()
            if problem is not None:
                return problem
        self._pass_blanks()
        if self.position < len(self.line):
            rest = _shown(self.line[self.position :])
            return Problem("FRM-029", f"something follows the record at {self._place()}: {rest}")
        return None

    def _pass_blanks(self) -> None:
        blanks = _BLANKS.match(self.line, self.position)
        self.position = blanks.end() if blanks else self.position

    def _token(self) -> Problem | None:
        byte = self.line[self.position : self.position + 1]
        if not byte:
            return Problem("FRM-001", "the record is cut off: the line ends before its last brace")
        match byte:
            case b"{" | b"[" if self.expected in _VALUES:
                return self._open(byte)
            case b"}" | b"]":
                return self._close(byte)
            case b'"' if self.expected in _VALUES or self.expected in _NAMES:
                return self._string()
            case b":" if self.expected is _Expected.COLON:
                self.expected = _Expected.VALUE
            case b"," if self.expected is _Expected.COMMA_OR_END:
                self.expected = _Expected.VALUE if self.names[-1] is None else _Expected.NAME
            case _:
                return self._word()
        self.position += 1
        return None

    def _open(self, byte: bytes) -> Problem | None:
        if len(self.names) == MAX_DEPTH:
            return Problem("FRM-025", f"nested deeper than {MAX_DEPTH} at {self._place()}")
        self.names.append(set() if byte == b"{" else None)
        self.expected = _Expected.NAME_OR_END if byte == b"{" else _Expected.VALUE_OR_END
        self.position += 1
        return None

    def _close(self, byte: bytes) -> Problem | None:
        if self.expected in (_Expected.NAME, _Expected.VALUE) and self.line[: self.position].rstrip(b" \t\r").endswith(
            b","
        ):
            return Problem("FRM-001", f"a comma stands before {byte.decode()} at {self._place()}")
        ends = _Expected.NAME_OR_END if byte == b"}" else _Expected.VALUE_OR_END
        is_open = self.names and (self.names[-1] is not None) == (byte == b"}")
        if not is_open or self.expected not in (ends, _Expected.COMMA_OR_END):
            return Problem("FRM-001", f"{byte.decode()} is out of place at {self._place()}")
        self.names.pop()
        self.last_word = b""
        self._value_done()
        self.position += 1
        return None

    def _value_done(self) -> None:
        self.expected = _Expected.COMMA_OR_END if self.names else _Expected.NOTHING

    def _string(self) -> Problem | None:
        found = _STRING.match(self.line, self.position)
        if found is None:
            return self._broken_string()
        raw = found[0]
        problem = _escapes(raw, self._place()) if b"\\" in raw else None
        if problem is not None:
            return problem
        names = self.names[-1] if self.names else None
        if self.expected in _NAMES and names is not None:
            name = orjson.loads(raw)
            if name in names:
                return Problem("FRM-021", f"{_shown(raw)} is named twice in one object, at {self._place()}")
            names.add(name)
            self.expected = _Expected.COLON
        else:
            self.last_word = b""
            self._value_done()
        self.position = found.end()
        return None

    def _broken_string(self) -> Problem:
        good = _PLAIN_PART.match(self.line, self.position)
        stop = good.end() if good else self.position
        byte = self.line[stop : stop + 1]
        if not byte:
            return Problem("FRM-001", "the record is cut off inside a string")
        self.position = stop
        if byte < b" ":
            return Problem("FRM-024", f"bare control character 0x{byte[0]:02x} in a string at {self._place()}")
        return Problem("FRM-001", f"not an escape of JSON at {self._place()}: {_shown(self.line[stop : stop + 6])}")

    def _word(self) -> Problem | None:
        found = _WORD.match(self.line, self.position)
        word = found[0] if found else self.line[self.position : self.position + 1]
        if self.expected in _VALUES and found:
            numbers = _PLAIN_NUMBERS.match(self.line, self.position) if self.names[-1] is None else None
            if numbers:
                self.position, self.expected = numbers.end(), _Expected.VALUE
                return None
            problem = self._value_word(word)
            if problem is None:
                self.last_word = word if word[-1:].isdigit() else b""  # null,5 is no decimal comma
                self._value_done()
                self.position = found.end()
            return problem
        if self.expected is _Expected.NAME and self.last_word and word[:1].isdigit():
            whole = f"{self.last_word.decode()},{_text(word)}"
            return Problem("FRM-026", f"{whole} is not a number of JSON, at {self._place()}")
        wanted = {
            _Expected.COLON: "a colon",
            _Expected.COMMA_OR_END: "a comma or the end of the object or array",
            _Expected.NAME: "a member's name in double quotes",
            _Expected.NAME_OR_END: "a member's name in double quotes",
        }.get(self.expected, "a value")
        return Problem("FRM-001", f"{_shown(word)} stands where {wanted} belongs, at {self._place()}")

    def _value_word(self, word: bytes) -> Problem | None:
        if word in (b"true", b"false", b"null"):
            return None
        if _NUMBER.fullmatch(word) is None:
            if _MEANT_AS_NUMBER.match(word):
                return Problem("FRM-026", f"{_shown(word)} is not a number of JSON, at {self._place()}")
            return Problem("FRM-001", f"{_shown(word)} is not a value of JSON, at {self._place()}")
        if len(word) > MAX_NUMBER:
            return Problem("FRM-027", f"a number of {len(word)} characters at {self._place()}")
        if isinf(float(word)):
            return Problem("FRM-028", f"{_shown(word)} overflows a double, at {self._place()}")
        return None

    def _place(self) -> str:
        return f"byte {self.position + 1}"


def _escapes(string: bytes, place: str) -> Problem | None:
    """Return what is wrong with the Unicode escapes of a string: U+0000, half of a surrogate pair."""
    high = ""
    end_of_high = -1
    for escape in _ESCAPE.finditer(string):
        code = int(escape[1], 16) if escape[1] else -1
        if high and not (0xDC00 <= code <= 0xDFFF and escape.start() == end_of_high):
            break
        if code == 0:
            return Problem("FRM-023", f"U+0000 in a string at {place}")
        if high:
            high = ""
        elif 0xD800 <= code <= 0xDBFF:
            high, end_of_high = _text(escape[0]), escape.end()
        elif 0xDC00 <= code <= 0xDFFF:
            return Problem("FRM-022", f"{_text(escape[0])} is half of a surrogate pair, at {place}")
    return Problem("FRM-022", f"{high} is half of a surrogate pair, at {place}") if high else None


def _shown(raw: bytes) -> str:
    return _text(raw[:24] + b"..." if len(raw) > 24 else raw)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")

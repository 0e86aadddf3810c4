"""From the bytes of a line to a JSON object, so strictly that no two readers see two meanings.

orjson decides most of it: UTF-8, number grammar, overflow, surrogates, control characters. What it lets pass
(members named twice, U+0000, deep nesting, long numbers) is looked for here, by counting where that proves
the line innocent, and token by token in `grammar` where it does not. Meaning is left to `records`.
Tests: tests/core/test_text.py.
"""

import re
from typing import Any

import orjson

from simvue.core.framing import BYTE_ORDER_MARK
from simvue.core.grammar import MAX_DEPTH, MAX_NUMBER, Problem, first_problem

__all__ = ["decode", "suspicion_of"]

_NUMBER_BYTES = bytes(0x30 if chr(byte) in "0123456789+-.eE" else 0x20 for byte in range(256))
_LONG_NUMBER = b"0" * (MAX_NUMBER + 1)
_BLANK_BEFORE_COLON = re.compile(rb'"[ \t\r]+:')


def suspicion_of(data: bytes) -> bool:
    """Whether any record in `data` may hold U+0000 (FRM-023) or a number that is too long (FRM-027).

    orjson lets both pass, and only a look at each token settles it.
    """
    if b"\\" in data and b"\\u0000" in data:
        return True
    return _LONG_NUMBER in data.translate(_NUMBER_BYTES)


def decode(line: bytes, *, suspicious: bool | None = None) -> dict[str, Any] | Problem:
    """Return the object in `line` (which has no blanks around it), or the first requirement that it breaks.

    Nothing is raised, whatever the bytes. `suspicious` is `suspicion_of` a stretch that contains the line.
    """
    try:
        record = orjson.loads(line)
    except (ValueError, RecursionError, MemoryError) as error:
        return _why_not(line, str(error))
    if type(record) is not dict:
        return Problem("FRM-001", f"a record is a JSON object, this is {_named(record)}")
    if suspicious or (suspicious is None and suspicion_of(line)) or not _is_plain(line, record):
        return first_problem(line) or record
    return record


def _why_not(line: bytes, reason: str) -> Problem:
    """Name the requirement behind a line that orjson refused."""
    if line.startswith(BYTE_ORDER_MARK):
        return Problem("FRM-005", "the line begins with a byte order mark")
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return Problem("FRM-020", f"byte {error.start + 1} of the line is not UTF-8: {error.reason}")
    # orjson refused what the grammar of RFC 8259 finds whole: never accept on the word of one of the two.
    return first_problem(line) or Problem("FRM-001", f"not a JSON object: {reason}")


def _is_plain(line: bytes, record: dict[str, Any]) -> bool:
    r"""Whether counting alone proves that no object names a member twice and nothing is nested too deep.

    With no blank before any colon, every member shows as `":` in the raw bytes. Strings can hold more of
    them, but only after a backslash; and a name can end in a backslash only as `\\":`. So, where there
    is no such name, the raw members are counted exactly, and fewer in the decoded object means a name twice.
    """
    depth, members = _extent(record)
    if depth > MAX_DEPTH:
        return False
    seen = line.count(b'":')
    if b"\\" in line:
        if b'\\\\":' in line:
            return False
        seen -= line.count(b'\\":')
    if b" :" in line or b"\t" in line or b"\r" in line:
        return seen == members and _BLANK_BEFORE_COLON.search(line) is None
    return seen == members


def _extent(record: dict[str, Any]) -> tuple[int, int]:
    """Return how deep a decoded record is nested, itself counting as 1, and how many members it has in all."""
    depth = members = 0
    level: list[Any] = [record]
    while level and depth <= MAX_DEPTH:
        depth += 1
        below: list[Any] = []
        for container in level:
            if type(container) is dict:
                members += len(container)
                container = container.values()  # noqa: PLW2901 - from here on, both kinds hold values
            below.extend(value for value in container if type(value) is dict or type(value) is list)
        level = below
    return depth, members


def _named(value: Any) -> str:
    match value:
        case list():
            return "an array"
        case str():
            return "a string"
        case bool() | None:
            return "a literal"
    return "a number"

"""The bytes of one line: where it ends, which bytes are blanks, how long it may be.

What stands in a line is judged by `text` and `records`; which verdict a line gets is decided in `reading`.
Tests: tests/core/test_framing.py.
"""

import re
from zlib import crc32

__all__ = [
    "BLANKS",
    "BYTE_ORDER_MARK",
    "KEPT_OF_OVERLONG",
    "LF",
    "MAX_LINE",
    "NUL",
    "RECORD_START",
    "checksum_problem",
    "seal",
]

LF = b"\n"
NUL = b"\0"
BLANKS = b" \t\r"
MAX_LINE = 1 << 20
"""Bytes of the longest line, its LF included (FRM-010)."""
KEPT_OF_OVERLONG = 1024
"""Bytes that are kept of the start of a longer line, so that a person can see what it was."""
RECORD_START = b'{"kind":"'
"""The first bytes of a record by a careful writer (FRM-009)."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_SEAL = re.compile(rb',"crc":"([0-9a-f]{8})"\}\Z')
_SEAL_LENGTH = len(',"crc":"00000000"}')


def seal(body: bytes) -> bytes:
    """Return a record with its checksum, given its bytes up to, not including, the last brace (FRM-031)."""
    return b'%b,"crc":"%08x"}' % (body, crc32(body))


def checksum_problem(record: bytes) -> tuple[str, str] | None:
    """Return the requirement that a declared checksum breaks, with a message; None if it is right.

    `record` is without the blanks around it, and known to be a JSON object: only then are its last bytes the
    object's own member, and not part of a string.
    """
    found = _SEAL.search(record, max(len(record) - _SEAL_LENGTH, 0))
    if found is None:
        return "FRM-030", 'the header declares "crc", and the record does not end in ,"crc":"xxxxxxxx"}'
    computed = b"%08x" % crc32(record[:-_SEAL_LENGTH])
    if computed != found[1]:
        return "FRM-031", f"checksum is {found[1].decode()}, the bytes give {computed.decode()}"
    return None

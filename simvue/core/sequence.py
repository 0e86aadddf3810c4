"""The number of a record: next, after a gap, written twice, or out of order (SEQ).

Replays are told by comparing whole records, so the last 64 accepted ones are remembered: their bytes within
one pass, their digests between passes. Tests: tests/core/test_sequence.py.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

from simvue.core.grammar import Problem

__all__ = ["MAX_SEQ", "REMEMBERED", "Recent", "digest_of", "next_after", "number_of"]

MAX_SEQ = 9_007_199_254_740_991
REMEMBERED = 64
"""Accepted records whose repetition is recognised (SEQ-006)."""
_DIGEST_SIZE = 12  # bytes; no record is that short, so a digest is never mistaken for one


def digest_of(record: bytes) -> bytes:
    """Return what stands for a record's bytes, without the blanks around it, in a stored state (SEQ-008)."""
    return blake2b(record, digest_size=_DIGEST_SIZE).digest()


def number_of(record: dict[str, Any]) -> int | Problem:
    """Return the `seq` of a record in a journal that declares it, or how it breaks SEQ-001."""
    number = record.get("seq")
    if type(number) is float and number.is_integer():
        number = int(number)  # REC-008: 1.0 is an integer
    if number is None:
        return Problem("SEQ-001", 'the header has "seq", this record has none')
    if type(number) is not int or not 1 <= number <= MAX_SEQ:
        return Problem("SEQ-001", f'"seq" is {str(number)[:24]}, not an integer from 1 to {MAX_SEQ}')
    return number


def next_after(last: int, number: int) -> Problem | None:
    """Say how `number` departs from the one expected after `last`; None where it does not."""
    if number == last + 1:
        return None
    if number > last:
        missing = number - last - 1
        lost = "1 record is" if missing == 1 else f"{missing} records are"
        return Problem("SEQ-002", f"seq {last} is followed by {number}: {lost} missing")
    return Problem("SEQ-007", f"seq {number} follows {last}, and no record accepted before has these bytes")


class Recent:
    """The last accepted records of a journal, by number. Belongs to one pass."""

    def __init__(self, remembered: Iterable[tuple[int, bytes]] = ()) -> None:
        self._records: deque[tuple[int, bytes]] = deque(remembered, maxlen=REMEMBERED)

    def add(self, number: int, record: bytes) -> None:
        """Remember an accepted record."""
        self._records.append((number, record))

    def add_run(self, first: int, records: Sequence[bytes]) -> None:
        """Remember accepted records with consecutive numbers."""
        kept = records[-REMEMBERED:]
        first += len(records) - len(kept)
        self._records.extend(enumerate(kept, first))

    def has(self, number: int, record: bytes) -> bool:
        """Whether a record is a replay of one of the last accepted ones (SEQ-006)."""
        for known, bytes_or_digest in self._records:
            if known == number:
                if len(bytes_or_digest) == _DIGEST_SIZE:
                    return digest_of(record) == bytes_or_digest
                return record == bytes_or_digest
        return False

    def digests(self) -> tuple[tuple[int, bytes], ...]:
        """Return them as a state stores them."""
        return tuple(
            (number, record if len(record) == _DIGEST_SIZE else digest_of(record)) for number, record in self._records
        )

"""Records that wait in memory because their journal cannot be written, and what of them is given up.

It keeps order, counts bytes and remembers what it dropped. When to write again is decided in
`simvue.journal.writer`. Tests: tests/core/test_backlog.py.
"""

from collections import deque
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

__all__ = ["Backlog", "Entry", "Lost", "Worth"]


class Worth(IntEnum):
    """How dearly a record is kept: metrics are dropped first, the story of the run never (WRT-015, WRT-017)."""

    METRICS = 0
    OTHER = 1
    NEVER_DROPPED = 2


class Entry(NamedTuple):
    """One record, as it will be written; a tuple, since one is made for each record."""

    sequence: int
    line: bytes
    worth: Worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """What was dropped: the facts of a `lost` record (REC-120, REC-121)."""

    count: int
    first: int
    last: int


class Backlog:
    """Records in the order of their numbers, in bounded memory."""

    def __init__(self, limit: int) -> None:
        """Keep `limit` bytes of records at most, apart from those that are never dropped."""
        self.lost: Lost | None = None
        self._limit = limit
        self._size = 0
        self._queues: tuple[deque[Entry], ...] = tuple(deque() for _ in Worth)

    def __len__(self) -> int:
        return sum(map(len, self._queues))

    def add(self, entry: Entry) -> None:
        """Put a record last, dropping older ones if memory is short: metrics before anything else."""
        self._queues[entry.worth].append(entry)
        self._size += len(entry.line)
        if entry.worth is Worth.NEVER_DROPPED:  # small and few; and nothing may be lost after an end record
            return
        for worth in (Worth.METRICS, Worth.OTHER):
            while self._size > self._limit and self._queues[worth]:
                self._drop(self._queues[worth].popleft())

    def put_back(self, entries: list[Entry]) -> None:
        """Put records first that have to be written again; they are older than all that wait."""
        for entry in reversed(entries):
            self._queues[entry.worth].appendleft(entry)
            self._size += len(entry.line)

    def waiting(self) -> list[Entry]:
        """Return the records that wait, oldest first."""
        return sorted(entry for queue in self._queues for entry in queue)

    def first(self) -> Entry:
        """Return the record that has to be written next; IndexError if there is none."""
        heads = [queue[0] for queue in self._queues if queue]
        if not heads:
            raise IndexError("no record waits")
        return min(heads, key=lambda entry: entry.sequence)

    def remove(self, entry: Entry) -> None:
        """Forget a record that `first` returned and that is written now."""
        self._queues[entry.worth].popleft()
        self._size -= len(entry.line)

    def _drop(self, entry: Entry) -> None:
        self._size -= len(entry.line)
        first, last, count = entry.sequence, entry.sequence, 1
        if self.lost is not None:
            first, last = min(first, self.lost.first), max(last, self.lost.last)
            count += self.lost.count
        self.lost = Lost(count=count, first=first, last=last)

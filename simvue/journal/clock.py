"""The time of records: different for each record of a journal, and cheap to write.

It reads two clocks: that of the wall for `at`, the one nobody sets for the seconds since the start.
Tests: tests/journal/test_clock.py.
"""

from collections import OrderedDict
from time import gmtime, monotonic_ns, time_ns

__all__ = ["Clock", "format_second"]

_REMEMBERED = 1024


def format_second(second: int) -> bytes:
    """Return a second since 1970 as the beginning of an RFC 3339 date-time in UTC (REC-002), with the point."""
    parts = gmtime(second)[:6]
    return b"%04d-%02d-%02dT%02d:%02d:%02d." % (*parts[:5], min(parts[5], 59))  # 60 is a leap second (REC-003)


class Clock:
    """Gives each record of a process its own microsecond, in ascending order (WRT-033).

    The wall clock is read again in each second. Where it was set back, time goes on by single microseconds
    until it is reached again. Not safe for threads: the writer holds its lock.
    """

    __slots__ = ("_base", "_given", "_last", "_offset", "_turn", "_written", "origin")

    def __init__(self, origin: int | None = None) -> None:
        """Count seconds from now, or from the `origin` of another clock of this machine."""
        self.origin = monotonic_ns() if origin is None else origin
        self._last = 0
        self._turn = 0  # the moment from which the text of the second is no longer right
        self._given: OrderedDict[int, None] = OrderedDict()
        self._next_second(monotonic_ns())

    def tick(self) -> tuple[bytes, int, float]:
        """Return the time of a new record as its second, written, and its microsecond; then `elapsed`."""
        ticks = monotonic_ns()
        moment = (ticks + self._offset) // 1000
        if moment <= self._last:
            moment = self._last + 1
        if moment >= self._turn:
            moment = self._next_second(ticks)
        self._last = moment
        return self._written, moment - self._base, (ticks - self.origin) / 1e9

    def now(self) -> bytes:
        """Return the `at` of a new record."""
        return b"%b%06dZ" % self.tick()[:2]

    def elapsed(self) -> float:
        """Return the seconds since this clock was made."""
        return (monotonic_ns() - self.origin) / 1e9

    def place(self, moment: int) -> int:
        """Return the moment of a record as its caller knows it, moved by microseconds from any like it."""
        while moment in self._given or moment == self._last:
            moment += 1
        self._given[moment] = None
        if len(self._given) > _REMEMBERED:
            self._given.popitem(last=False)
        if self._last < moment <= time_ns() // 1000:
            self._last = moment
        return moment

    def _next_second(self, ticks: int) -> int:
        self._offset = time_ns() - monotonic_ns()
        moment = max((ticks + self._offset) // 1000, self._last + 1)
        second = moment // 1_000_000
        self._base, self._written = second * 1_000_000, format_second(second)
        self._turn = self._base + 1_000_000
        return moment

"""What a writer has to tell the user: remembered while locks are held, said when none is.

Tests: tests/journal/test_writer_faults.py, tests/run/test_refuge.py.
"""

from collections import deque
from contextlib import suppress

from simvue.journal.warning import warn

__all__ = ["Notices"]


class Notices:
    """Lines that wait to be said."""

    def __init__(self) -> None:
        self.waiting: deque[str] = deque()
        """What is to be said; looked at after each record, so not through a method."""
        self._has_warned = False
        self._withheld: str | None = None

    def add(self, line: str) -> None:
        """Have a line said."""
        self.waiting.append(line)

    def problem(self, line: str) -> None:
        """Have it said what went wrong, the first time (WRT-014)."""
        if not self._has_warned:
            self._has_warned = True
            self.add(line)

    def withhold(self, line: str) -> None:
        """Keep a problem back that may be over before it is worth a word; a later one takes its place."""
        self._withheld = line

    def release(self) -> None:
        """Have it said after all."""
        if self._withheld is not None:
            self.problem(self._withheld)

    def clear(self) -> None:
        """Forget what is not said: it is somebody else's."""
        self.waiting.clear()
        self._withheld = None

    def say(self) -> None:
        """Say the first of them."""
        with suppress(IndexError):  # another thread was faster
            warn(self.waiting.popleft())

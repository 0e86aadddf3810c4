"""The thread that looks after a journal while the program computes.

What is due is decided in `simvue.journal.writer.Writer.tend`; here is only the waiting.
Tests: tests/journal/test_writer_keeper.py.
"""

import threading
from collections.abc import Callable
from contextlib import suppress

__all__ = ["Keeper"]

_SOON = 0.05


class Keeper:
    """Calls a function again and again, until stopped; the interpreter never waits for it."""

    def __init__(self, tend: Callable[[], bool], interval: float) -> None:
        """Call `tend` every `interval` seconds; soon again when it returns True: there is more to do."""
        self._stopped = threading.Event()
        self._tend, self._interval = tend, interval
        thread = threading.Thread(target=self._keep, name="simvue-keeper", daemon=True)
        with suppress(RuntimeError):  # no more threads are allowed, or the interpreter ends: go without
            thread.start()

    def stop(self) -> None:
        """Let the thread end; it is not waited for, since it may be held up by a device."""
        self._stopped.set()

    def _keep(self) -> None:
        wait = self._interval
        while not self._stopped.wait(wait):
            wait = _SOON if self._tend() else self._interval

"""Threads that work for one service, and that no program waits for when it ends.

A `ThreadPoolExecutor` takes no work while the interpreter ends, and makes it wait for what is under way; a program
that has done its work must not hang for a server that does not answer. Tests: tests/delivery/test_service.py.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue

__all__ = ["Hands"]

_Work = Callable[[], Exception | None]


class Hands:
    """So many daemon threads; each keeps its connections, so it lives as long as the service."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._queue: SimpleQueue[tuple[Future[Exception | None], _Work] | None] = SimpleQueue()
        for number in range(count):
            threading.Thread(target=self._work, name=f"simvue-delivery-{number + 1}", daemon=True).start()

    def submit(self, work: _Work, /) -> "Future[Exception | None]":
        """Have it done by the next thread that is free."""
        future: Future[Exception | None] = Future()
        self._queue.put((future, work))
        return future

    def close(self) -> None:
        """Let the threads end when they have done what they were given."""
        for _ in range(self._count):
            self._queue.put(None)

    def _work(self) -> None:
        while (given := self._queue.get()) is not None:
            future, work = given
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - whoever waits for the future has to know of it
                future.set_exception(error)

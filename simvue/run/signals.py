"""Signals that end a program: its runs are ended first, then the signal does what it does.

Only signals are taken that the program leaves to the system; its own handlers, what it ignores and Ctrl-C, which
Python turns into KeyboardInterrupt, stay as they are. The work is done in a thread, since a signal may strike
while its thread holds a lock. A handler runs when Python code does: a signal that comes during a long call of a
compiled library acts when that returns. What an end means for the records is left to `simvue.run.context`.
Tests: tests/run/test_signals.py.
"""

import os
import signal
from _thread import allocate_lock, start_new_thread
from collections.abc import Callable
from contextlib import suppress
from time import sleep
from types import FrameType

__all__ = ["install", "uninstall"]

_SIGNALS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP, signal.SIGINT)
_MOMENT = 0.3
"""Seconds for which the program is held before it may release what the thread is waiting for."""
_LONGEST = 20.0
"""Seconds after which the program ends, whatever the thread is waiting for."""

_end_runs: list[Callable[[str], None]] = []
_end_rest: list[Callable[[], None]] = []
_under_way: list[int] = []
"""The signal that is ending the program."""


def install(end_runs: Callable[[str], None], end_rest: Callable[[], None]) -> None:
    """From now on call `end_runs` with a signal's name, then `end_rest`, before a signal ends the program.

    When `end_runs` returns, nothing can be lost any more; `end_rest` may take some seconds. Only the main
    thread can ask for this; in another, nothing happens.
    """
    _end_runs[:], _end_rest[:] = [end_runs], [end_rest]
    with suppress(ValueError):
        for number in _SIGNALS:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _handle)


def uninstall() -> None:
    """Leave the signals to the system again."""
    with suppress(ValueError):  # in another thread; the handler without runs does the same
        for number in _SIGNALS:
            if signal.getsignal(number) is _handle:
                signal.signal(number, signal.SIG_DFL)


def wait_for_end() -> None:
    """Hold a program that comes to its own end while a signal is ending it, so that it ends by the signal."""
    if _under_way:
        sleep(_LONGEST)


def _handle(number: int, _: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)  # another one ends the program at once
    _under_way.append(number)
    ended, over = allocate_lock(), allocate_lock()
    ended.acquire()
    over.acquire()

    def end() -> None:
        try:
            for end_run in _end_runs:
                end_run(signal.Signals(number).name)
            ended.release()
            for end_rest in _end_rest:
                end_rest()
        finally:
            os.kill(os.getpid(), number)
            over.release()

    def insist() -> None:
        sleep(_LONGEST)
        os.kill(os.getpid(), number)

    try:
        start_new_thread(insist, ())  # those of `threading` take locks that the interrupted code may hold
        start_new_thread(end, ())
    except RuntimeError:  # there are no more threads
        end()
    if ended.acquire(timeout=_MOMENT):
        over.acquire()

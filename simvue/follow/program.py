"""The other program: one that is started here, or one that runs already and is only watched.

A program that is started gets the signals that reach this process, and may have its output followed. How its end
becomes the run's status is left to `simvue.follow.session`. Tests: tests/follow/test_program.py.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from types import FrameType
from typing import Self

from simvue.follow.tail import PipeTail, is_ready

__all__ = ["Signals", "Started", "Stuck", "Watched"]

_PASSED_ON = ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
_ENDING = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT}
_TICK = 0.5
"""Seconds between two looks, after a signal asked for the end, whether the reading still gets on."""
_OUTPUT_AFTER_END = 2.0  # seconds; a process that outlives its parent may hold the pipe open for ever


class Started:
    """A program that is started now.

    Args:
        command: The program and its arguments.
        is_followed: Read its standard output and standard error, and pass them on to ours.

    Raises:
        OSError: It cannot be started.
    """

    def __init__(self, command: Sequence[str], *, is_followed: bool) -> None:
        self.name = command[0]
        pipe = subprocess.PIPE if is_followed else None
        self._process = subprocess.Popen(command, stdout=pipe, stderr=pipe)
        self.pid = self._process.pid
        self.pipes: list[PipeTail] = []
        for path, stream, onward in (("stdout", self._process.stdout, 1), ("stderr", self._process.stderr, 2)):
            if stream is not None:
                self.pipes.append(PipeTail(path, os.dup(stream.fileno()), onward))
                stream.close()
        self._ended_at: float | None = None
        self._kill_at: float | None = None

    @property
    def status(self) -> int | None:
        """The exit status, negative for the number of the signal that ended it; None while it runs."""
        return self._process.poll()

    def is_over(self) -> bool:
        """Whether it has ended and its output is complete; kills it if it was told to end long ago."""
        if self.status is None:
            if self._kill_at is not None and monotonic() >= self._kill_at:
                self._process.kill()
            return False
        if self._ended_at is None:
            self._ended_at = monotonic()
        return all(pipe.is_over for pipe in self.pipes) or monotonic() - self._ended_at > _OUTPUT_AFTER_END

    def wait(self, seconds: float) -> None:
        """Wait for output or for its end, at most so long."""
        waiting = [pipe.descriptor for pipe in self.pipes if not pipe.is_over]
        if waiting:
            is_ready(*waiting, seconds=seconds)
            return
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def send(self, number: int) -> None:
        """Send it a signal; nothing happens if it has ended."""
        self._process.send_signal(number)

    def end(self, patience: float) -> None:
        """Tell it to end, and kill it after some seconds."""
        if self._kill_at is None:
            self._process.terminate()
            self._kill_at = monotonic() + patience


class Watched:
    """A process that runs already, given by its number; one that is gone by now has just ended."""

    def __init__(self, pid: int) -> None:
        import psutil  # noqa: PLC0415 - only needed for this

        self.pid = pid
        self._is_gone = (psutil.NoSuchProcess,)
        self._zombie = psutil.STATUS_ZOMBIE
        try:
            self._process: psutil.Process | None = psutil.Process(pid)
        except self._is_gone:
            self._process = None

    @property
    def was_there(self) -> bool:
        """Whether there was such a process at the beginning."""
        return self._process is not None

    def is_over(self) -> bool:
        """Whether it has ended, also if its number is another process's by now."""
        if self._process is None:
            return True
        try:
            return not self._process.is_running() or self._process.status() == self._zombie
        except self._is_gone:
            return True


class Stuck(Exception):  # noqa: N818 - the state of the reading
    """The end was asked for, and the reading does not get on: an expression may take for ever on a line."""


class Signals:
    """While this is active, signals are noted, and passed on to a program that was started.

    Ctrl-C on a terminal reaches the program by itself. A signal that is ignored stays ignored.
    """

    def __init__(self) -> None:
        self.program: Started | None = None
        self.progress: Callable[[], object] | None = None
        """While logs are read, tells how far; where that stays the same after the end was asked for, and the program
        has ended, `Stuck` is raised, out of the matching of an expression as well."""
        self._reached: object = None
        self.ending: int | None = None
        """The first signal that asked for the end."""
        self._before: list[tuple[int, object]] = []

    def __enter__(self) -> Self:
        for name in _PASSED_ON:
            number = getattr(signal, name)
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before.append((number, signal.signal(number, self._arrived)))
        self._before.append((signal.SIGALRM, signal.signal(signal.SIGALRM, self._look)))
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._before:
            signal.signal(number, handler)  # type: ignore[arg-type] # as it was given

    def _arrived(self, number: int, _: FrameType | None) -> None:
        if number in _ENDING and self.ending is None:
            self.ending = number
            signal.setitimer(signal.ITIMER_REAL, _TICK, _TICK)
        if self.program is not None and not (number in (signal.SIGINT, signal.SIGQUIT) and _is_from_terminal()):
            self.program.send(number)

    def _look(self, _: int, __: FrameType | None) -> None:
        before = self._reached
        self._reached = None if self.progress is None else self.progress()
        is_free = self.program is None or self.program.status is not None
        if is_free and before is not None and self._reached == before:
            self.progress = None  # once
            raise Stuck


def _is_from_terminal() -> bool:
    """Whether a terminal sends its interrupts to this process group, and so to the program, too."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)

"""Reads logs while others write them: files that come late, are renamed, truncated or written anew, and pipes.

It gives bytes, and says where other content begins; what they mean is left to `simvue.follow.parser`. Only new
bytes are read, and never more than a piece is in memory. Tests: tests/follow/test_tail.py.
"""

import errno
import fcntl
import os
import select
import stat
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from time import monotonic, sleep
from typing import Final, Literal

__all__ = ["PIECE", "RESTART", "FileTail", "PipeTail", "Restart", "is_ready"]

PIECE = 128 << 10
_PIPE = 1 << 20
_KNOWN = 64  # bytes before the position that are compared: other ones mean that the file was written anew
_PATIENCE = 10.0  # seconds for which NULs, and a log that was renamed, may still become something


class Restart(Enum):
    """The mark between two contents of a log."""

    RESTART = "restart"


RESTART: Final = Restart.RESTART


class FileTail:
    """Follows a path: whatever file has that name, from where it has been read.

    Args:
        path: The log; it may not exist yet.
        from_end: Skip what a file holds that is there already.
        clock: Seconds, for what is waited for.
    """

    def __init__(self, path: str, *, from_end: bool = False, clock: Callable[[], float] = monotonic) -> None:
        self.path, self._clock = path, clock
        self.problem: str | None = None
        """Why the log cannot be read now; None if it can, or is not there yet."""
        self._descriptor = -1
        self._position, self._known, self._waiting_since = 0, b"", -1.0
        self._seen: tuple[int, int] | None = None
        self._is_plain = self.was_there = False
        if from_end:
            self._open()
            if self._is_plain:
                with suppress(OSError):
                    self._position = _last_line_end(self._descriptor)

    @property
    def identity(self) -> tuple[int, int] | None:
        """Device and inode of the file that is open; None while there is none."""
        if self._descriptor < 0:
            return None
        status = os.fstat(self._descriptor)
        return status.st_dev, status.st_ino

    def read(self, *, final: bool = False) -> bytes | Literal[Restart.RESTART] | None:
        """Return the next bytes, RESTART before those of another content, None if there is nothing now.

        Args:
            final: Nothing more will be written, so there is nothing to wait for.
        """
        if self._descriptor < 0 and not self._open():
            return None
        try:
            data = self._next(final=final)
            if data is not None or not self._is_replaced(final=final):
                return data
        except BlockingIOError:
            return None
        except OSError as error:
            self._forget(error)
            return None
        with suppress(OSError):
            data = self._next(final=True)  # what was written between the last look and the renaming
            if data is not None:
                return data
        self.close()
        self._open()
        return RESTART

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _open(self) -> bool:
        try:
            self._descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
            mode = os.fstat(self._descriptor).st_mode
        except FileNotFoundError:
            return False
        except OSError as error:
            self.problem = error.strerror
            return False
        if stat.S_ISDIR(mode):
            self.close()
            self.problem = os.strerror(errno.EISDIR)
            return False
        self.problem, self.was_there = None, True
        self._is_plain = stat.S_ISREG(mode)
        if stat.S_ISFIFO(mode):
            with suppress(OSError, AttributeError):  # what cannot be is only slower
                fcntl.fcntl(self._descriptor, fcntl.F_SETPIPE_SZ, _PIPE)
        self._position, self._known, self._seen, self._waiting_since = 0, b"", None, -1.0
        return True

    def _next(self, *, final: bool) -> bytes | Literal[Restart.RESTART] | None:
        if not self._is_plain:
            return os.read(self._descriptor, PIECE) or None
        status = os.fstat(self._descriptor)
        seen = (status.st_size, status.st_mtime_ns)
        if status.st_size < self._position:
            return self._again()
        if seen == self._seen and status.st_size == self._position:
            return None
        before = len(self._known)
        data = os.pread(self._descriptor, before + PIECE, self._position - before)
        if data[:before] != self._known:
            return self._again()
        fresh = data[before:]
        if b"\0" in fresh and not final:
            fresh = self._without_hole(fresh)
        if not fresh:
            if status.st_size == self._position:
                self._seen = seen
            return None
        self._position += len(fresh)
        known = (self._known + fresh[-_KNOWN:])[-_KNOWN:]
        self._known = known[known.rfind(b"\0") + 1 :]  # a hole may be filled yet, and is no other content
        return fresh

    def _without_hole(self, data: bytes) -> bytes:
        """Return the bytes before the first NUL; a shared filesystem shows a size before the content.

        After a while the NULs are content: of a file that was truncated under a program which did not notice.
        """
        start = data.find(b"\0")
        if start > 0:
            self._waiting_since = -1.0
            return data[:start]
        if self._waiting_since < 0:
            self._waiting_since = self._clock()
        if self._clock() - self._waiting_since < _PATIENCE:
            return b""
        rest = data.lstrip(b"\0")
        hole = len(data) - len(rest)
        if rest:
            self._waiting_since = -1.0
        return data[:hole]

    def _again(self) -> Literal[Restart.RESTART]:
        self._position, self._known, self._seen, self._waiting_since = 0, b"", None, -1.0
        return RESTART

    def _is_replaced(self, *, final: bool) -> bool:
        """Whether the path has become that of another file, to which something was written."""
        if not self._is_plain:
            return False
        try:
            status = os.stat(self.path)  # noqa: PTH116 - a string is at hand
        except OSError:  # renamed, and no new one yet
            return False
        is_other = (status.st_dev, status.st_ino) != self.identity
        return is_other and (status.st_size > 0 or final)

    def _forget(self, error: OSError) -> None:
        """Open the file again next time, at the same place: a shared filesystem may have lost it (ESTALE)."""
        position, known = self._position, self._known
        self.close()
        if self._open():
            self._position, self._known = position, known
        self.problem = error.strerror


class PipeTail:
    """Follows a pipe that is open already, such as the output of a program, and passes it on.

    Args:
        descriptor: The end to read; it is closed with this.
        onward: Where the bytes are written besides; None is nowhere.
    """

    def __init__(self, path: str, descriptor: int, onward: int | None = None) -> None:
        self.path, self._onward = path, onward
        self.problem: str | None = None
        self.descriptor = descriptor
        self.is_over = False
        """Whether every writer has closed its end."""
        self.is_mid_line = False
        """Whether what was read last is a line without an end."""

    @property
    def identity(self) -> tuple[int, int] | None:
        """A pipe is found by no path."""
        return None

    def read(self, *, final: bool = False) -> bytes | Literal[Restart.RESTART] | None:
        """Return the next bytes, None if there are none now."""
        del final
        if self.is_over or not is_ready(self.descriptor):
            return None
        try:
            data = os.read(self.descriptor, PIECE)
        except OSError:
            data = b""
        if not data:
            self.is_over = True
            return None
        self.is_mid_line = not data.endswith(b"\n")
        self._pass_on(data)
        return data

    def wait(self, seconds: float = 1.0) -> None:
        """Wait until there is something to read, or until it is over; then so long."""
        if self.is_over:
            sleep(seconds)
        else:
            is_ready(self.descriptor, seconds=seconds)

    def close(self) -> None:
        """Close the pipe."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor, self.is_over = -1, True

    def _pass_on(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest and self._onward is not None:
            try:
                rest = rest[os.write(self._onward, rest) :]
            except BlockingIOError:
                _wait_writable(self._onward)
            except OSError:  # nobody reads our output any more; the program goes on
                self._onward = None


def is_ready(*descriptors: int, seconds: float = 0.0) -> bool:
    """Wait until one of the descriptors can be read or is at its end; whether one is."""
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _wait_writable(descriptor: int) -> None:
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    poll.poll(1000)


def _last_line_end(descriptor: int) -> int:
    """Return where the line begins that is being written, or the end of the file."""
    size = os.fstat(descriptor).st_size
    start = max(size - PIECE, 0)
    last = os.pread(descriptor, size - start, start).rfind(b"\n")
    return start + last + 1 if last >= 0 or start == 0 else size

"""One journal as a file: created once, appended to by single writes, never touched otherwise.

It knows what a failed write means for the next one. What to do with a record that failed is left to
`simvue.journal.writer`. Tests: tests/journal/test_writer_faults.py.
"""

import errno
import os
from contextlib import suppress
from fcntl import F_DUPFD_CLOEXEC, fcntl
from threading import get_ident

__all__ = ["JournalFile", "ShortWrite", "make_durable", "make_name_durable"]

_fdatasync = getattr(os, "fdatasync", os.fsync)
_UNSUPPORTED = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP}

# Read as well: what its name no longer leads to can be put back.
_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_STANDARD_STREAMS = 3
_PIECE = 1 << 20


class ShortWrite(OSError):  # noqa: N818 - the event; the errno comes with the next write
    """The operating system took a part of the bytes."""


class JournalFile:
    """A journal that this process has created, and the only one who appends to it (JRN-030)."""

    __slots__ = ("descriptor", "identity", "is_torn", "path", "size")

    def __init__(self, descriptor: int, path: str, identity: str) -> None:
        self.descriptor, self.path, self.identity = descriptor, path, identity
        self.size = 0
        self.is_torn = False

    @classmethod
    def create(cls, path: str, identity: str, header: bytes) -> "JournalFile":
        """Create a journal, exclusively (JRN-031), with its header.

        Raises:
            OSError: It could not be created, or took no whole header and was removed again: a reader leaves
                a journal alone that begins with anything else.
        """
        journal = cls(_opened(path), path, identity)
        try:
            journal.append(header)
        except BaseException:
            journal.close()
            with suppress(OSError):
                os.unlink(path)  # noqa: PTH108 - pathlib is not loaded for this
            raise
        return journal

    def append(self, line: bytes) -> None:
        """Append a record in one write (WRT-002), after a guard LF where the last one failed (WRT-010).

        Raises:
            OSError: Nothing, or a part of it (`ShortWrite`), is in the journal; append the same line again.
        """
        if self.is_torn:
            self._write(b"\n")
        self._write(line)

    @property
    def is_removed(self) -> bool:
        """Whether somebody has removed it: writing to it goes on well, and nobody reads it."""
        with suppress(OSError):
            return os.fstat(self.descriptor).st_nlink == 0
        return False

    @property
    def is_elsewhere(self) -> bool:
        """Whether it has another name than `path` by now: who looks there finds nothing, or something else."""
        try:
            here, there = os.fstat(self.descriptor), os.stat(self.path)  # noqa: PTH116
        except FileNotFoundError:
            return True
        except OSError:  # a file server that does not answer as it should
            return False
        return (here.st_dev, here.st_ino) != (there.st_dev, there.st_ino)

    def begin_copy(self, path: str, size: int) -> "JournalFile":
        """Copy so many bytes, durably, to where nobody finds them; others may append to the journal meanwhile.

        `finish_copy` or `discard` is to follow, in the same thread.

        Raises:
            OSError: It could not be read or written, or there is something else of that name; nothing is left there.
        """
        _refuse_taken(path)  # before anything is copied, and again when the copy gets its name
        temporary = _temporary(path)
        with suppress(FileNotFoundError):
            os.unlink(temporary)  # noqa: PTH108
        copy = JournalFile(_opened(temporary), path, self.identity)
        try:
            copy.take(self, size)
            os.fsync(copy.descriptor)
        except BaseException:
            copy.discard()
            raise
        return copy

    def finish_copy(self, copy: "JournalFile", size: int) -> None:
        """Copy what came since, up to `size`, and let it be found; else it is discarded. Raises OSError."""
        try:
            copy.take(self, size)
            _publish(_temporary(copy.path), copy.path)
        except BaseException:
            copy.discard()
            raise
        copy.is_torn = self.is_torn

    def take(self, source: "JournalFile", size: int) -> None:
        """Append what another has more, up to `size`. Raises OSError."""
        while self.size < size:
            self._write(source.read(self.size, min(_PIECE, size - self.size)))

    def discard(self) -> None:
        """Forget a copy that was begun."""
        self.close()
        with suppress(OSError):
            os.unlink(_temporary(self.path))  # noqa: PTH108

    def read(self, offset: int, size: int) -> bytes:
        """Return bytes, at least one; raises OSError."""
        piece = os.pread(self.descriptor, size, offset)
        if not piece:
            raise OSError(errno.EIO, f"it ends after {offset} of {self.size} bytes", self.path)
        return piece

    def whole_size(self) -> int:
        """Return how many bytes there are up to the last LF; raises OSError."""
        end = self.size
        while end > 0:
            start = max(0, end - _PIECE)
            found = os.pread(self.descriptor, end - start, start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
        return 0

    def close(self) -> None:
        """Close the descriptor, once; the kernel writes what it has.

        Its number may belong to anything of the program's a moment later, so it is forgotten first.
        """
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            with suppress(OSError):
                os.close(descriptor)

    def _write(self, data: bytes) -> None:
        self.is_torn = True  # also if a signal handler raises in here
        written = os.write(self.descriptor, data)
        self.size += written
        if written < len(data):
            raise ShortWrite(errno.ENOSPC, f"{written} of {len(data)} bytes were taken")
        self.is_torn = False


def make_durable(descriptor: int) -> None:
    """Make the content of a file durable, where that is possible at all; raises OSError."""
    try:
        _fdatasync(descriptor)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise


def make_name_durable(path: str) -> None:
    """Make the name of a new file durable, by its directory, where that is possible."""
    with suppress(OSError):
        directory = os.open(os.path.dirname(path), os.O_RDONLY | os.O_CLOEXEC)  # noqa: PTH120
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def _temporary(path: str) -> str:
    """Return a name of this thread's that no reader looks at (JRN-003)."""
    directory, name = os.path.split(path)
    return os.path.join(directory, f".{name}.{get_ident()}.new")  # noqa: PTH118 - pathlib is not loaded for this


def _publish(temporary: str, path: str) -> None:
    """Give a file its name, unless something else has it."""
    _refuse_taken(path)
    os.rename(temporary, path)  # noqa: PTH104


def _refuse_taken(path: str) -> None:
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)


def _opened(path: str) -> int:
    """Create a file, exclusively, and return its descriptor."""
    descriptor = os.open(path, _FLAGS, 0o600)
    if descriptor < _STANDARD_STREAMS:  # where a program closed them, its output would come to us
        standard, descriptor = descriptor, fcntl(descriptor, F_DUPFD_CLOEXEC, _STANDARD_STREAMS)
        os.close(standard)
    return descriptor

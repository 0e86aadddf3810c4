"""One journal as a file: created once, appended to by single writes, never touched otherwise.

It knows what a failed write means for the next one. What to do with a record that failed is left to
`simvue.journal.writer`. Tests: tests/journal/test_writer_faults.py.
"""

import errno
import os
from contextlib import suppress
from fcntl import F_DUPFD_CLOEXEC, fcntl

__all__ = ["JournalFile", "ShortWrite", "fdatasync"]

fdatasync = getattr(os, "fdatasync", os.fsync)
"""Make the content of a file durable; where the system has no fdatasync, by its fsync."""

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_STANDARD_STREAMS = 3


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
        descriptor = os.open(path, _FLAGS, 0o600)
        if descriptor < _STANDARD_STREAMS:  # where a program closed them, its output would come to us
            standard, descriptor = descriptor, fcntl(descriptor, F_DUPFD_CLOEXEC, _STANDARD_STREAMS)
            os.close(standard)
        journal = cls(descriptor, path, identity)
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

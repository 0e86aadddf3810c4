"""Stream a file as the body of a request, raw or as a multipart form, in constant memory.

The length is known before the first byte is sent, and exactly that much is sent or reading fails: storages
refuse chunked bodies, also of empty files. Whether the content is the one that a record promised is
checked by whoever asks for the upload. Tests: ``tests/server/test_upload.py``.
"""

import errno
import os
import secrets
import stat
from types import TracebackType
from typing import BinaryIO, Self

from simvue.core.http import FileBody

__all__ = ["Upload", "frame"]

# A pipe must not block us, and a link must not lead elsewhere than the path that was checked.
_OPEN_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW


class Upload:
    """An opened file body with ``read`` and a length; use it as a context manager.

    Raises:
        OSError: on entering, the file cannot be opened, is no regular file or has another size; on reading,
            it has become shorter meanwhile.
    """

    def __init__(self, body: FileBody) -> None:
        self._body = body
        self._head, self._tail, self.content_type = frame(body.fields, body.file_name)
        self._left = body.size
        self._file: BinaryIO | None = None

    @property
    def length(self) -> int:
        """The number of bytes of the whole body."""
        return len(self._head) + self._body.size + len(self._tail)

    def __enter__(self) -> Self:
        descriptor = os.open(self._body.path, _OPEN_FLAGS)
        self._file = os.fdopen(descriptor, "rb", buffering=0)
        try:
            self._check(os.fstat(descriptor))
        except OSError:
            self._file.close()
            raise
        # The parts before and after the file are read like it, so that one pass delivers all three.
        self._pending = self._head
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def read(self, amount: int = 65536) -> bytes:
        """Return at most `amount` bytes, none at the end."""
        if self._pending:
            piece, self._pending = self._pending[:amount], self._pending[amount:]
            return piece
        if self._left == 0:
            piece, self._tail = self._tail[:amount], self._tail[amount:]
            return piece
        return self._read_file(min(amount, self._left))

    def _read_file(self, amount: int) -> bytes:
        assert self._file is not None  # noqa: S101 - for the type checker: read() is used while entered
        piece = self._file.read(amount)
        if not piece:
            raise OSError(errno.EIO, f"the file ended {self._left} bytes early while it was sent", self._body.path)
        self._left -= len(piece)
        return piece

    def _check(self, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", self._body.path)
        if status.st_size != self._body.size:
            problem = f"it holds {status.st_size} bytes where {self._body.size} were announced"
            raise OSError(errno.EIO, problem, self._body.path)


def frame(fields: tuple[tuple[str, str], ...], file_name: str) -> tuple[bytes, bytes, str | None]:
    """Return what comes before a content, what comes after it, and the content type: nothing without `fields`."""
    if not fields:
        return b"", b"", None
    boundary = secrets.token_hex(24)
    parts = [_part(boundary, f'name="{_quoted(name)}"') + value.encode() + b"\r\n" for name, value in fields]
    parts.append(_part(boundary, f'name="file"; filename="{_quoted(file_name)}"'))
    return b"".join(parts), f"\r\n--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _part(boundary: str, names: str) -> bytes:
    return f"--{boundary}\r\nContent-Disposition: form-data; {names}\r\n\r\n".encode()


def _quoted(name: str) -> str:
    """Return the name as browsers write it into a form, so that no name can forge a header."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")

"""Content of artifacts: what a file holds, and content put aside in the cache.

It reads user's files in pieces and writes nowhere but `<cache>/artifacts`. Which record comes of it is left
to `simvue.run.recording` and `simvue.run.objects`. Tests: tests/run/test_files.py, tests/run/test_objects.py.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from simvue.core.plain import Json
from simvue.errors import WriterError

__all__ = ["Content", "describe", "file_members", "keep", "put_aside"]

_PIECE = 1 << 20
_LONGEST_PATH = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What was read of a file: its size in bytes and its SHA-256 as hexadecimal digits (REC-084, REC-085)."""

    size: int
    sha256: str


def describe(path: Path) -> Content:
    """Read a file once, in pieces; raises OSError if that fails."""
    return _read(path, lambda _: None)


def put_aside(path: Path, artifacts: Path) -> Content:
    """Copy a file's content to `artifacts/<sha256>`, whole or not at all (REC-083, REC-088).

    The name appears when the content is durable. Content that is there already is kept if it is the same.

    Raises:
        OSError: The file cannot be read, or the copy cannot be written.
    """
    return _put(lambda copy: _read(path, copy.write), artifacts)


def keep(data: bytes, artifacts: Path) -> Content:
    """Put bytes aside as `put_aside` does with those of a file; raises OSError."""

    def write(copy: BinaryIO) -> Content:
        copy.write(data)
        return Content(size=len(data), sha256=sha256(data).hexdigest())

    return _put(write, artifacts)


def file_members(
    path: Path, media_type: str | None, artifacts: Path | None, report: Callable[[str], None]
) -> dict[str, Json]:
    """Return what an artifact record says of a file; with `artifacts`, its content is put aside there.

    Where it cannot be put aside, that is reported, and the file alone is recorded (WRT-014).

    Raises:
        WriterError: There is no such file, it cannot be read, or its path cannot be written in a record.
    """
    # A sender opens no link, and what a link leads to may change: what is hashed here is what it leads to now.
    place = os.path.realpath(path) if path.is_symlink() else os.path.abspath(path)  # noqa: PTH100 - the rest as given
    if not path.is_file():
        raise WriterError(f"there is no file {place}: save files that exist, and a directory file by file")
    members: dict[str, Json] = {"path": place, "mimetype": media_type or _guessed(path)}
    if str(members["mimetype"]).count("/") != 1:
        raise WriterError(f"file_type={media_type!r}: use a media type such as text/plain [REC-086]")
    if len(place) > _LONGEST_PATH or not _is_text(place):
        raise WriterError(f"{place!r}: a path is text of {_LONGEST_PATH} characters at most [REC-089]")
    content = None
    if artifacts is not None:
        try:
            content = put_aside(path, artifacts)
            members["stored"] = True
        except OSError as error:
            report(f"{place} is recorded, but its content could not be put aside in {artifacts}: {error.strerror}")
    try:
        content = content or describe(path)
    except OSError as error:
        raise WriterError(f"{place} cannot be read: {error.strerror}") from error
    return {**members, "size": content.size, "sha256": content.sha256}


def _guessed(path: Path) -> str:
    with suppress(OSError):  # a table cannot be read
        from mimetypes import guess_type  # noqa: PLC0415 - reads the system's tables

        return guess_type(path.name)[0] or "application/octet-stream"
    return "application/octet-stream"


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _put(write: Callable[[BinaryIO], Content], artifacts: Path) -> Content:
    artifacts.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = artifacts / f".{uuid4()}.new"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as copy:
            content = write(copy)
            copy.flush()
            os.fsync(copy.fileno())
        _publish(temporary, artifacts / content.sha256, content)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
    with suppress(OSError):  # some filesystems cannot synchronise directories
        directory = os.open(artifacts, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    return content


def _publish(temporary: Path, final: Path, content: Content) -> None:
    try:
        os.link(temporary, final)
    except FileExistsError:
        if describe(final) != content:  # damaged since: the name promises this content
            temporary.replace(final)
    except OSError:  # no hard links here; a rename is as whole
        temporary.replace(final)


def _read(path: Path, take: Callable[[bytes], object]) -> Content:
    digest, size = sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
            take(piece)
    return Content(size=size, sha256=digest.hexdigest())

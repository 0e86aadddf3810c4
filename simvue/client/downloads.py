"""Decide where the content of an artifact goes, and put it there whole or not at all.

Names come from whoever recorded the run, so they are not trusted to stay inside a directory: a slash at the
beginning is dropped, `..` is refused, and so is a link on the way that leads out. Fetching is left to the
caller. Tests: tests/client/test_downloads.py.
"""

import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from simvue.errors import SimvueError

__all__ = ["DownloadError", "place_for", "verify", "write_whole"]

_SHA256_DIGITS = 64


class DownloadError(SimvueError, RuntimeError):
    """The content of an artifact was not written: its name leads elsewhere, or it is not what was uploaded."""


def place_for(name: str, directory: Path) -> Path:
    """Return the path of an artifact below a directory; slashes in its name make directories.

    Raises:
        DownloadError: the path would lie outside of the directory, or is none.
    """
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if not parts or ".." in parts or "\0" in name or not _has_bytes(name):
        raise DownloadError(f"the artifact {name!r} is not written: its name is no path below {directory}")
    root = directory.resolve()
    target = root.joinpath(*parts)
    if not target.parent.resolve().is_relative_to(root):
        raise DownloadError(f"the artifact {name!r} is not written: a link below {directory} leads out of it")
    return target


def write_whole(target: Path, fetch: Callable[[BinaryIO], object], checksum: str | None) -> None:
    """Write a file beside its place, check it, and move it there; a file that is there is replaced.

    Args:
        target: Where it goes; directories on the way are made.
        fetch: Writes the content into the file that it is given.
        checksum: The SHA-256 of the content in hexadecimal digits; None if it is not known.

    Raises:
        DownloadError: the content has another checksum.
        OSError: it cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.parent / f".simvue-{secrets.token_hex(8)}"
    try:
        with temporary.open("x+b") as file:
            fetch(file)
            file.seek(0)
            verify(hashlib.file_digest(file, "sha256").hexdigest(), checksum, target.name)
        temporary.replace(target)  # a link in this place is replaced, not followed
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _has_bytes(name: str) -> bool:
    """Whether a filesystem can hold the name: JSON can escape half characters that no encoding has."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def verify(found: str, checksum: str | None, name: str) -> None:
    """Raise DownloadError if a checksum is known and another was found."""
    if checksum and len(checksum) == _SHA256_DIGITS and found != checksum.lower():
        raise DownloadError(f"the content of {name!r} is not what was uploaded: its SHA-256 differs; try again")

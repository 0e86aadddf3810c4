"""The bytes of artifacts: files in the data directory, or a dictionary.

Knows names and bytes; which name is whose is left to `artifacts`.
Tests: tests/conformance/server/test_artifacts.py.
"""

import os
from pathlib import Path
from typing import Protocol

__all__ = ["Blobs", "FileBlobs", "MemoryBlobs"]


class Blobs(Protocol):
    """Where the content of artifacts is kept."""

    def put(self, name: str, content: bytes) -> None:
        """Keep `content` under `name`, replacing what was there."""

    def get(self, name: str) -> bytes | None:
        """Return what is kept under `name`."""

    def delete(self, name: str) -> None:
        """Forget `name`, if it is known."""


class MemoryBlobs(dict[str, bytes]):
    """Content in memory, for servers that leave nothing behind."""

    def put(self, name: str, content: bytes) -> None:
        """Keep `content` under `name`."""
        self[name] = content

    def delete(self, name: str) -> None:
        """Forget `name`, if it is known."""
        self.pop(name, None)


class FileBlobs:
    """Content in files below `directory`; a file is either whole or absent."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def put(self, name: str, content: bytes) -> None:
        """Write a file beside and rename it over `name`."""
        beside = self._directory / f"{name}.part"
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._directory / name)

    def get(self, name: str) -> bytes | None:
        """Read the file, or return None if there is none."""
        path = self._directory / name
        return path.read_bytes() if path.exists() else None

    def delete(self, name: str) -> None:
        """Remove the file, if it is there."""
        (self._directory / name).unlink(missing_ok=True)

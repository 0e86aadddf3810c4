"""Watches the journals of a running program: what was there stays there, in the same file.

Tests: tests/conformance/writer/test_growth.py.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from simvue_conformance.results import Failure, NotTestable

__all__ = ["LARGEST", "Growth", "journals_in"]

LARGEST = 64 << 20  # bytes of a journal that is looked at; the largest of a scenario has some 2 MB


def journals_in(folder: Path) -> list[Path]:
    """Return the files of a folder that are called like journals and can be read: no FIFO, no directory.

    Raises:
        NotTestable: one is too large.
    """
    found = []
    for path in sorted(folder.glob("[!.]*.jsonl")):  # a temporary file may have a dot
        try:
            status = path.stat()
        except OSError:  # gone in this moment, or a link to nothing
            continue
        if stat.S_ISREG(status.st_mode):
            if status.st_size > LARGEST:
                raise NotTestable(f"{path.name} has {status.st_size >> 20} MiB; record what the scenario has, once")
            found.append(path)
    return found


class Growth:
    """The journals of one cache, as they were when they were looked at last."""

    def __init__(self, directory: Path) -> None:
        self._folder = directory / "journals"
        self._seen: dict[Path, bytes] = {}
        self._files: dict[Path, int] = {}  # inode numbers
        self._changed: dict[Path, int] = {}

    def look(self) -> None:
        """Compare every journal with what it held before."""
        for path in {*self._seen, *journals_in(self._folder)}:
            before = self._seen.get(path, b"")
            try:
                with path.open("rb") as file:
                    inode, now = os.fstat(file.fileno()).st_ino, file.read()
            except FileNotFoundError:
                inode, now = 0, b""
            if self._files.setdefault(path, inode) != inode and path not in self._changed:
                self._changed[path] = 0
            if not now.startswith(before) and path not in self._changed:
                self._changed[path] = next(
                    (at for at, (old, new) in enumerate(zip(before, now, strict=False)) if old != new), len(now)
                )
            self._seen[path] = now

    def failures(self) -> Iterator[Failure]:
        """Look once more, and report each journal that has changed other than by growing (WRT-001)."""
        self.look()
        for path, offset in self._changed.items():
            yield Failure(
                "WRT-001", f"{path.name}: changed from byte {offset} on while the program ran; append, and nothing else"
            )

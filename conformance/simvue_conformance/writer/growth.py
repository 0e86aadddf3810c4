"""Watches the journals of a running program: what was there stays there.

Tests: tests/conformance/writer/test_growth.py.
"""

from collections.abc import Iterator
from pathlib import Path

from simvue_conformance.results import Failure

__all__ = ["Growth"]


class Growth:
    """The journals of one cache, as they were when they were looked at last."""

    def __init__(self, directory: Path) -> None:
        self._folder = directory / "journals"
        self._seen: dict[Path, bytes] = {}
        self._changed: dict[Path, int] = {}

    def look(self) -> None:
        """Compare every journal with what it held before."""
        for path in {*self._seen, *self._folder.glob("*.jsonl")}:
            before = self._seen.get(path, b"")
            try:
                now = path.read_bytes()
            except FileNotFoundError:
                now = b""
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

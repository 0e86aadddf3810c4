"""The cache of a scene, and the journals that the scene writes into it, byte by byte.

What a sender makes of them is left to `scene`. Tests: tests/conformance/sender/test_cache.py.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

__all__ = ["BEGAN", "Cache", "Journal", "at"]

BEGAN = datetime(2026, 3, 1, 9, tzinfo=UTC)
STEP = timedelta(milliseconds=250)  # between two records: exact in binary, so times that are filled in compare


def at(number: int) -> str:
    """Return the time of a journal's record with this number."""
    return (BEGAN + number * STEP).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Journal:
    """A journal that grows as a scene wants it; `written` is all that was ever written to it."""

    def __init__(self, path: Path, *, run: str, identity: str, **header: Any) -> None:
        self.path = path
        self.run = run
        self.identity = identity
        self.written = b""
        self.records = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self.add("header", format="simvue-journal", version="1.0", journal=identity, run=run, writer={}, **header)

    @classmethod
    def of(cls, path: Path, data: bytes, *, run: str) -> "Journal":
        """Return the journal of a file that is there; records cannot be added to it."""
        found = cls.__new__(cls)
        found.path, found.run, found.identity, found.written, found.records = path, run, "", data, 0
        return found

    def line(self, kind: str, **members: Any) -> bytes:
        """Return the line of the next record."""
        record = {"kind": kind, "seq": self.records, "at": at(self.records), **members}
        return json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"

    def add(self, kind: str, **members: Any) -> "Journal":
        """Append a record; its time follows from its number."""
        line = self.line(kind, **members)
        self.records += 1
        return self.append(line)

    def append(self, data: bytes) -> "Journal":
        """Append bytes as they are. Where the journal was put away meanwhile, it is not made anew."""
        if not self.written or self.path.exists():
            with self.path.open("ab" if self.written else "xb") as file:
                file.write(data)
        self.written += data
        return self

    def metrics(self, first: int, count: int, name: str = "x") -> "Journal":
        """Append `count` records of one metric, the value being an eighth of the step."""
        lines = []
        for step in range(first, first + count):
            lines.append(self.line("metrics", values={name: step / 8}, step=step, time=step / 4))
            self.records += 1
        return self.append(b"".join(lines))

    def end(self, status: str | None = "completed", **members: Any) -> "Journal":
        """Append the end record."""
        return self.add("end", **({} if status is None else {"status": status}), records=self.records, **members)


class Cache:
    """A cache: the directory that a sender is given."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.journals: list[Journal] = []
        (directory / "journals").mkdir(mode=0o700, parents=True)

    def journal(self, name: str, *, run: str | None = None, below: str | None = None, **header: Any) -> Journal:
        """Begin a journal.

        Args:
            name: of the file, without `.jsonl`, and with `journal-` before it the identity.
            run: the run key; the name without one.
            below: the run key whose small cache below `online` it lies in, in place of the cache itself.
            header: further members of the header.
        """
        cache = self.directory if below is None else self.directory / "online" / below
        path = cache / "journals" / f"{name}.jsonl"
        made = Journal(path, run=run or name, identity=f"journal-{name}", **header)
        self.journals.append(made)
        return made

    def put(self, name: str, data: bytes, *, run: str) -> Journal:
        """Put a journal of these bytes there, header and all."""
        path = self.directory / "journals" / f"{name}.jsonl"
        path.write_bytes(data)
        made = Journal.of(path, data, run=run)
        self.journals.append(made)
        return made

    def run(self, key: str, **members: Any) -> Journal:
        """Begin a journal of a run of this name in the folder `/scene`, with its `run` record."""
        return self.journal(key).add("run", **{"name": key, "folder": "/scene", **members})

    def files(self) -> Iterator[tuple[Path, bytes]]:
        """Yield every regular file of the cache, wherever it lies, with its content."""
        for path in sorted(self.directory.rglob("*")):
            if path.is_file() and not path.is_symlink():
                try:
                    yield path, path.read_bytes()
                except FileNotFoundError:  # a sender is at work
                    continue

    def kept(self, journal: Journal) -> bool:
        """Whether the bytes of a journal are there, whole, under whatever name."""
        return any(content == journal.written for _, content in self.files())

"""Keep what the reader or the server refused: whole, named, countable, retryable (DLV-040).

One file for each journal, one JSON line for each dead letter. A pass that was interrupted may note one twice, so it
counts once by its offset. Showing and retrying them is left to the sender's commands.
Tests: tests/delivery/test_deadletters.py.
"""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

import orjson

from simvue.delivery.layout import Layout
from simvue.delivery.world import World
from simvue.errors import StateUnwritable

__all__ = ["DeadLetter", "keep", "letters"]

_KEPT = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A refused record. `requirement` is what it breaks, or empty where the server refused it (`reason`)."""

    journal: str
    run: str
    offset: int
    length: int
    line: int
    requirement: str
    reason: str
    raw: bytes
    by: str
    """`reader` or `server`."""
    index: int = 0
    """The default step of a `metrics` or `tensor` record."""
    state: str = "kept"
    """`kept`, `dropped` by a person, `retry` asked for by one, or `delivered` after all."""

    def to_json(self, at: str) -> dict[str, Any]:
        """Return the line that is kept."""
        return {
            "journal": self.journal,
            "run": self.run,
            "offset": self.offset,
            "length": self.length,
            "line": self.line,
            "by": self.by,
            "index": self.index,
            "requirement": self.requirement,
            "reason": self.reason,
            "at": at,
            "sha256": hashlib.sha256(self.raw).hexdigest(),
            "raw": base64.b64encode(self.raw[:_KEPT]).decode(),
            "state": self.state,
        }


def keep(world: World, layout: Layout, kept: list[DeadLetter]) -> None:
    """Append dead letters of one journal, durably.

    Raises:
        StateUnwritable: They could not be kept, so nothing may be accounted for by them (DLV-005).
    """
    if not kept:
        return
    path = layout.dead(kept[0].journal)
    at = world.now().isoformat()
    folder = path.rpartition("/")[0]
    lines = b"".join(orjson.dumps(letter.to_json(at)) + b"\n" for letter in kept)
    try:
        world.makedirs(folder)
        # The guard: a line that a killed sender left unfinished must not spoil these.
        world.append(path, b"\n" + lines)
        world.sync(path)
        world.sync_directory(folder)
    except OSError as error:
        raise StateUnwritable(path, error.strerror or str(error)) from error


def letters(world: World, layout: Layout, journal: str) -> list[DeadLetter]:
    """Return the dead letters of a journal by offset, each in its last state."""
    try:
        data = world.read(layout.dead(journal))
    except FileNotFoundError:
        return []
    found: dict[int, DeadLetter] = {}
    for line in data.split(b"\n"):
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue  # a guard, or a fragment that was written again behind one
        members = {name: row[name] for name in DeadLetter.__slots__ if name in row}
        found[row["offset"]] = DeadLetter(**members | {"raw": base64.b64decode(row["raw"])})
    return [found[offset] for offset in sorted(found)]

"""Records that wait for one journal, as they go into another one: with other numbers, and nothing said twice.

Which journal that is, and when, is decided in `simvue.journal`. Tests: tests/run/test_refuge.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from simvue.core.backlog import Entry, Lost
from simvue.core.encoding import renumbered

__all__ = ["Moving", "moving"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """What goes into another journal, behind its header and one record."""

    written: int
    """The number of the last record that stays in the old journal, or was counted as lost there."""
    entries: list[Entry]
    lost: Lost | None
    """What was dropped since `written`, by the numbers of the new journal."""
    sequence: int
    """The number of the last record there; none was made of it where it was dropped."""
    queued: int
    """How many records the `lost` records count that are not among `entries`: `lost` says the same."""


def moving(waiting: Sequence[Entry], lost: Lost | None, last: int) -> Moving:
    """Return what becomes of the records that wait, oldest first; `last` is the number of the last one made.

    A gap stays one, where records were dropped. `lost` and `end` records speak of the old journal's numbers; whoever
    writes the new one makes others.
    """
    queued = [_loss_in(entry) for entry in waiting if entry.line.startswith(b'{"kind":"lost"')]
    losses = [*queued, *([lost] if lost else [])]
    numbers = [*(entry.sequence for entry in waiting[:1]), *(loss.first for loss in losses)]
    written = min(numbers, default=last + 1) - 1
    shift = 1 - written
    entries: list[Entry] = []
    for entry in waiting:
        if entry.line.startswith((b'{"kind":"lost"', b'{"kind":"end"')):
            shift -= 1
            continue
        number = entry.sequence + shift
        entries.append(Entry(number, renumbered(entry.line, number), entry.worth))
    found = None
    if losses:
        first, final = min(loss.first for loss in losses), max(loss.last for loss in losses)
        found = Lost(count=sum(loss.count for loss in losses), first=first + 1 - written, last=final + 1 - written)
    queued_count = sum(loss.count for loss in queued)
    return Moving(written=written, entries=entries, lost=found, sequence=last + shift, queued=queued_count)


def _loss_in(entry: Entry) -> Lost:
    record = orjson.loads(entry.line)
    return Lost(count=record["count"], first=record["first_seq"], last=record["last_seq"])

"""What a program may see of the delivery of its journals: facts of runs, and what is left to be sent.

Values that are replaced as a whole, so that they are read without a lock, also in a process that was forked off.
Tests: tests/delivery/test_service.py.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from simvue.core.ledger import Ledger
from simvue.delivery.desk import has_work
from simvue.delivery.layout import Layout, is_journal_name
from simvue.delivery.world import World

__all__ = ["Backlog", "View", "backlog_of", "view_of"]

_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What is written and not accounted for: whole records and bytes, those that were set aside included."""

    records: int
    bytes: int
    aside: int
    """Of the records, those that were set aside and wait: for a file, for a newer version, or for a server's rule."""
    dead_letters: int
    """Of all records so far, those that were refused."""


class _Reached(NamedTuple):
    offset: int
    aside: int
    aside_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What was known at one moment; of runs and journals that are put away, what was known last."""

    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    reached: Mapping[str, _Reached] = field(default_factory=dict)
    """File name → how far it is accounted for."""
    dead_letters: Mapping[str, int] = field(default_factory=dict)
    troubles: tuple[str, ...] = ()
    has_work: bool = False
    """Whether something is to be delivered."""


def view_of(ledger: Ledger, before: View) -> View:
    """Return what a ledger says, and what was seen before and is put away now."""
    accounts = ledger.journals.values()
    gone = [run.gone for run in ledger.runs.values() if run.gone]
    return View(
        facts={**before.facts, **{run.run: deepcopy(run.facts) for run in ledger.runs.values()}},
        reached={
            account.file: _Reached(
                account.reader.offset, len(account.aside), sum(row["length"] for row in account.aside.values())
            )
            for account in accounts
        },
        dead_letters={**before.dead_letters, **{account.journal: account.dead_letters for account in accounts}},
        has_work=any(has_work(account) for account in accounts),
        troubles=(*gone, *(f"{account.file}: {account.trouble}" for account in accounts if account.trouble)),
    )


def backlog_of(world: World, layout: Layout, view: View) -> Backlog:
    """Count what the journals hold that is not accounted for."""
    records = size = aside = 0
    try:
        names = world.listdir(layout.journals)
    except OSError:  # something else is there now; what cannot be read cannot be waited for
        names = []
    for name in names:
        if not is_journal_name(name):
            continue
        reached = view.reached.get(name, _Reached(0, 0, 0))
        offset = reached.offset
        try:
            while piece := world.read(layout.journal(name), offset, _PIECE):
                records += piece.count(b"\n")
                offset += len(piece)
        except OSError:
            continue  # put away just now
        records += reached.aside
        aside += reached.aside
        size += offset - reached.offset + reached.aside_bytes
    return Backlog(records=records, bytes=size, aside=aside, dead_letters=sum(view.dead_letters.values()))

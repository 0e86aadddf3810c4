"""What every delivery of a pass works with, whether a journal still lives, and whether there is work in it.

Tests: tests/delivery/test_journals.py.
"""

from dataclasses import dataclass

from simvue.core.ledger import JournalAccount
from simvue.core.reading import Checker
from simvue.delivery.exchange import Exchange
from simvue.delivery.layout import Layout
from simvue.delivery.world import World

__all__ = ["Desk", "has_work", "is_dead"]


@dataclass(frozen=True, slots=True)
class Desk:
    """What every delivery of a pass works with."""

    world: World
    layout: Layout
    checker: Checker
    exchange: Exchange
    continued: frozenset[str] = frozenset()
    """Journals that another one continues, and which are dead by that."""


def is_dead(account: JournalAccount, desk: Desk, clock: float) -> bool:
    """Whether a journal will not grow any more (RDR-020)."""
    idle = clock - account.grown
    return account.reader.ended or account.journal in desk.continued or idle >= desk.exchange.policy.stale_after


def has_work(account: JournalAccount) -> bool:
    """Whether a turn could bring a journal further."""
    if account.trouble:
        return False
    unread = account.size != account.reader.offset  # a shorter one has to be looked at, too (DLV-008)
    return unread or account.window is not None or bool(account.aside)

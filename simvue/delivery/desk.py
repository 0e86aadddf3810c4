"""What every delivery of a pass works with, and whether a journal still lives.

Tests: tests/delivery/test_journals.py.
"""

from dataclasses import dataclass

from simvue.core.ledger import JournalAccount
from simvue.core.reading import Checker
from simvue.delivery.exchange import Exchange
from simvue.delivery.layout import Layout
from simvue.delivery.world import World

__all__ = ["Desk", "is_dead"]


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

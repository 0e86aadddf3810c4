"""What a writer asks of whoever knows another place for a run whose journal cannot be written any more.

When it is asked is decided in `simvue.journal.writer`; an online run has such a place (PTH-005), in
`simvue.run.online`. Tests: tests/run/test_refuge.py.
"""

from typing import NamedTuple, Protocol

from simvue.core.plain import Json
from simvue.journal.journal_file import JournalFile

__all__ = ["Entrance", "Refuge"]


class Entrance(NamedTuple):
    """How a run goes on."""

    directory: str
    """Where the new journal goes."""
    members: dict[str, Json]
    """Of the `run` record with which it begins."""
    is_taken: bool
    """Whether the journal that is left was taken along, so that nothing is appended to it any more."""


class Refuge(Protocol):
    """Another place for the records of one writer."""

    def prepare(self, failure: OSError) -> bool:
        """Make a place ready, which may take some seconds; return whether there is one."""

    def enter(self, journal: JournalFile | None, end: bytes) -> Entrance:
        """Return how the run goes on. Called after `prepare`, while nothing is recorded.

        Args:
            journal: What is left; None if none could be created.
            end: The `end` record that belongs behind what it holds.
        """

    def settle(self, *, has_moved: bool) -> None:
        """Do what is due afterwards; without `has_moved`, the journal could be written again in the last moment."""

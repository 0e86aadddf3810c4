"""Where things lie in a cache. Names only; nothing is opened here. Tests: tests/delivery/test_state.py."""

import re
from dataclasses import dataclass

__all__ = ["Layout", "is_journal_name"]

_JOURNAL = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,93}\.jsonl")


def is_journal_name(name: str) -> bool:
    """Whether a name in `journals` is one a sender looks at (JRN-001, JRN-003)."""
    return _JOURNAL.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of a cache (`spec/v1/journal.md`, "The cache")."""

    cache: str

    @property
    def journals(self) -> str:
        """Where writers write."""
        return f"{self.cache}/journals"

    @property
    def delivered(self) -> str:
        """Receipts, and delivered journals until their retention ends."""
        return f"{self.cache}/delivered"

    @property
    def sender(self) -> str:
        """The sender's own directory."""
        return f"{self.cache}/sender"

    @property
    def states(self) -> str:
        """The sender's notes, one file for each lease that wrote some."""
        return f"{self.sender}/state"

    @property
    def retention(self) -> str:
        """The note of when the next delivered journal may be deleted."""
        return f"{self.sender}/retention.json"

    def journal(self, name: str) -> str:
        """Return the path of a journal."""
        return f"{self.journals}/{name}"

    def receipt(self, journal: str) -> str:
        """Return the path of the receipt of a journal, by its identity."""
        return f"{self.delivered}/{journal}.receipt.json"

    def dead(self, journal: str) -> str:
        """Return the path of the dead letters of a journal, by its identity."""
        return f"{self.sender}/dead/{journal}.jsonl"

    def run(self, key: str) -> str:
        """Return the path of what is remembered of a run whose journals are all delivered."""
        return f"{self.sender}/runs/{key}.json"

    def control(self, key: str) -> str:
        """Return the path by which the sender speaks to the writers of a run."""
        return f"{self.cache}/control/{key}.json"

    def stored(self, sha256: str) -> str:
        """Return the path of content that a writer put aside."""
        return f"{self.cache}/artifacts/{sha256}"

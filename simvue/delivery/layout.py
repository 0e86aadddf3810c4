"""Where things lie in a cache. Names only; nothing is opened here. Tests: tests/delivery/test_state.py."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Layout", "is_journal_name"]

_RUN_KEY = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}")
_JOURNAL = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,93}\.jsonl")


def is_journal_name(name: str) -> bool:
    """Whether a name in `journals` is one a sender looks at (JRN-001, JRN-003)."""
    return _JOURNAL.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of a cache (`spec/v1/journal.md`, "The cache")."""

    cache: str
    parent: str = ""
    """The cache above, of a cache that belongs to one run which is, or was, online."""

    @classmethod
    def of_online_run(cls, path: str) -> "Layout":
        """Return the layout of a cache at `<cache>/online/<run key>`; one that lies elsewhere has none above."""
        folder, _, key = path.rstrip("/").rpartition("/")
        is_below = folder.endswith("/online") and _RUN_KEY.fullmatch(key)
        return cls(path.rstrip("/"), folder.removesuffix("/online") if is_below else "")

    @property
    def above(self) -> "Layout | None":
        """The cache above."""
        return Layout(self.parent) if self.parent else None

    @property
    def online(self) -> str:
        """Where the caches of online runs are, each under its run key."""
        return f"{self.cache}/online"

    def below(self, key: str) -> "Layout":
        """Return the layout of the cache of an online run."""
        return Layout(f"{self.online}/{key}", self.cache)

    def all_below(self, names: Iterable[str]) -> "list[Layout]":
        """Return the layouts of the caches of online runs, from the names that lie in `online`."""
        return [self.below(name) for name in names if _RUN_KEY.fullmatch(name)]

    @property
    def artifacts(self) -> str:
        """Where content lies that writers put aside."""
        return f"{self.cache}/artifacts"

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

    def moved(self, name: str) -> str:
        """Return where a journal lies that went on in another cache; no sender looks there (JRN-003)."""
        return self.journal(f".{name}.moved")

    def receipt(self, journal: str) -> str:
        """Return the path of the receipt of a journal, by its identity."""
        return f"{self.delivered}/{journal}.receipt.json"

    def dead(self, journal: str) -> str:
        """Return the path of the dead letters of a journal, by its identity."""
        return f"{self.sender}/dead/{journal}.jsonl"

    def run(self, key: str) -> str:
        """Return the path of what is remembered of a run whose journals are all delivered."""
        return f"{self.sender}/runs/{key}.json"

    def home(self, key: str) -> str:
        """Return the path of the note from where a run is created: from this cache, or from that of an online run."""
        return f"{self.sender}/homes/{key}.home"

    def control(self, key: str) -> str:
        """Return the path by which the sender speaks to the writers of a run."""
        return f"{self.cache}/control/{key}.json"

    def stored(self, sha256: str) -> str:
        """Return the path of content that a writer put aside."""
        return f"{self.artifacts}/{sha256}"

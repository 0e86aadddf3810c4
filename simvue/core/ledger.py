"""What a sender remembers of journals and runs between two passes: values, and the fold of the notes that make them.

A *note* is one JSON line of the sender's state. `Ledger.fold` takes notes in order; a note that was written twice
changes nothing, and notes of a later lease simply come later. Writing and reading the files is left to
`simvue.delivery.state`. Tests: tests/core/test_ledger.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from simvue.core.reading import START, ReaderState
from simvue.core.steps import Facts

__all__ = ["VERSION", "JournalAccount", "Ledger", "Note", "RunAccount", "Window", "merge"]

VERSION = 1
"""Of the state on disk; a sender leaves a newer one alone."""

Note = dict[str, Any]


def merge(facts: Facts, news: Facts) -> Facts:
    """Merge facts recursively: objects member by member, anything else replaced; return the first, changed.

    The news stay as they are, whatever is merged into the result later.
    """
    for name, value in news.items():
        if isinstance(value, dict):
            held = facts.get(name)
            facts[name] = merge(held if isinstance(held, dict) else {}, value)
        else:
            facts[name] = value
    return facts


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a journal in delivery: from the checkpoint to `end`, judged with the flags of the first time."""

    end: int
    dead: bool
    final: bool
    sha256: str = ""
    """Of the window's bytes: its requests are made again from the same ones, or not at all (DLV-011)."""


@dataclass(slots=True)
class JournalAccount:
    """How far a journal is delivered, and what is under way."""

    journal: str
    file: str
    run: str
    reader: ReaderState = START
    marker: str = ""
    """Hash of the bytes before the checkpoint (DLV-007)."""
    window: Window | None = None
    intents: dict[str, Note] = field(default_factory=dict)
    outcomes: dict[str, Note] = field(default_factory=dict)
    aside: dict[int, Note] = field(default_factory=dict)
    """Records by offset that wait without holding up others: parked ones, and artifacts without their file."""
    size: int = 0
    grown: float = 0.0
    """When the size was first seen, on the sender's own clock of passes."""
    known: float = 0.0
    dead_letters: int = 0
    refused_bytes: int = 0
    refused: int = 0
    findings: int = 0
    sent: dict[str, int] = field(default_factory=dict)
    trouble: str = ""
    """Why nobody reads on: rewritten, or held because of its header."""


@dataclass(slots=True)
class RunAccount:
    """What is known of a run on the server."""

    run: str
    facts: Facts = field(default_factory=dict)
    known: float = 0.0
    attempts: int = 0
    not_before: float = 0.0
    gone: str = ""


@dataclass(slots=True)
class Ledger:
    """All that the notes say."""

    clock: float = 0.0
    """Seconds of watching: the time between passes, no pause counting for more than a quarter of an hour."""
    passed: str = ""
    journals: dict[str, JournalAccount] = field(default_factory=dict)
    runs: dict[str, RunAccount] = field(default_factory=dict)

    def fold(self, note: Note) -> None:
        """Take one note into account; notes of a kind or a journal that is not known say nothing."""
        handler = _FOLDS.get(note["note"])
        if handler:
            handler(self, note)

    def notes(self) -> Iterator[Note]:
        """Yield notes that make an equal ledger: what compaction writes."""
        yield {"note": "pass", "clock": self.clock, "at": self.passed}
        # Before the runs: what outcomes taught about one is among its facts, if it was known by then.
        for account in self.journals.values():
            yield from _account_notes(account)
        for run in self.runs.values():
            yield {"note": "run", "run": run.run, "known": run.known, "facts": run.facts, "gone": run.gone}
            yield {"note": "wait", "run": run.run, "attempts": run.attempts, "until": run.not_before}


def _account_notes(account: JournalAccount) -> Iterator[Note]:
    journal = account.journal
    yield {
        "note": "journal",
        "journal": journal,
        "file": account.file,
        "run": account.run,
        "known": account.known,
    }
    yield checkpoint_note(account)
    yield {"note": "seen", "journal": journal, "size": account.size, "clock": account.grown}
    if account.window:
        window = account.window
        yield {
            "note": "window",
            "journal": journal,
            "end": window.end,
            "dead": window.dead,
            "final": window.final,
            "sha256": window.sha256,
        }
    yield from account.intents.values()
    yield from account.outcomes.values()
    if account.trouble:
        yield {"note": "trouble", "journal": journal, "why": account.trouble}


def checkpoint_note(account: JournalAccount) -> Note:
    """Return the note that says how far a journal is accounted for."""
    return {
        "note": "checkpoint",
        "journal": account.journal,
        "reader": account.reader.to_json(),
        "marker": account.marker,
        "aside": list(account.aside.values()),
        "dead": account.dead_letters,
        "refused": account.refused,
        "refused_bytes": account.refused_bytes,
        "findings": account.findings,
        "sent": account.sent,
    }


def _pass(ledger: Ledger, note: Note) -> None:
    ledger.clock, ledger.passed = note["clock"], note["at"]


def _run(ledger: Ledger, note: Note) -> None:
    """Only a note that introduces a run begins an account: news that come late must not bring it back half known."""
    account = ledger.runs.get(note["run"])
    if account is None:
        if "known" not in note:
            return
        account = ledger.runs.setdefault(note["run"], RunAccount(note["run"], known=note["known"]))
    merge(account.facts, note.get("facts", {}))
    account.gone = note.get("gone", account.gone)


def _wait(ledger: Ledger, note: Note) -> None:
    account = ledger.runs.get(note["run"])
    if account:
        account.attempts, account.not_before = note["attempts"], note["until"]


def _journal(ledger: Ledger, note: Note) -> None:
    account = ledger.journals.get(note["journal"])
    if account is None:
        account = JournalAccount(note["journal"], note["file"], note["run"], known=note["known"], grown=note["known"])
        ledger.journals[note["journal"]] = account
    account.file = note["file"]


def _seen(account: JournalAccount, note: Note) -> None:
    account.size, account.grown = note["size"], note["clock"]


def _window(account: JournalAccount, note: Note) -> None:
    account.window = Window(note["end"], note["dead"], note["final"], note.get("sha256", ""))


def _intent(account: JournalAccount, note: Note) -> None:
    if note["key"] not in account.outcomes:  # what is done is done, whoever did not know of it
        account.intents[note["key"]] = note


def _clear(account: JournalAccount, note: Note) -> None:
    account.intents.pop(note["key"], None)


def _outcome(ledger: Ledger, note: Note) -> None:
    account = ledger.journals.get(note["journal"])
    if account:
        account.outcomes[note["key"]] = note
        account.intents.pop(note["key"], None)
    if "run_facts" in note:
        _run(ledger, {"run": note["run"], "facts": note["run_facts"]})


def _checkpoint(account: JournalAccount, note: Note) -> None:
    account.reader = ReaderState.from_json(note["reader"])
    account.marker = note["marker"]
    account.aside = {row["offset"]: row for row in note["aside"]}
    account.dead_letters, account.findings, account.sent = note["dead"], note["findings"], note["sent"]
    account.refused, account.refused_bytes = note["refused"], note["refused_bytes"]
    account.window = None
    # Operations of records that were set aside are still under way; all others are done with.
    waiting = tuple(f"{account.journal}/{offset}-" for offset in account.aside)
    account.intents = {key: value for key, value in account.intents.items() if key.startswith(waiting)}
    account.outcomes = {key: value for key, value in account.outcomes.items() if key.startswith(waiting)}


def _trouble(account: JournalAccount, note: Note) -> None:
    account.trouble = note["why"]


def _of_journal(fold: Any) -> Any:
    def find(ledger: Ledger, note: Note) -> None:
        account = ledger.journals.get(note["journal"])
        if account:
            fold(account, note)

    return find


def _finished(ledger: Ledger, note: Note) -> None:
    account = ledger.journals.pop(note["journal"], None)
    if account and not any(other.run == account.run for other in ledger.journals.values()):
        ledger.runs.pop(account.run, None)


_FOLDS = {
    "pass": _pass,
    "run": _run,
    "wait": _wait,
    "journal": _journal,
    "seen": _of_journal(_seen),
    "window": _of_journal(_window),
    "intent": _of_journal(_intent),
    "clear": _of_journal(_clear),
    "outcome": _outcome,
    "checkpoint": _of_journal(_checkpoint),
    "trouble": _of_journal(_trouble),
    "finished": _finished,
}

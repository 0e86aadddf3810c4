"""Find the journals of a cache and say what has changed since the last pass.

A file that is known by name costs one look at its size; a new one is identified by its header, since names, inodes and
times change when files are moved (`spec/v1/journal.md`). Reading records is left to `simvue.delivery`.
Tests: tests/sender/test_scan.py.
"""

import logging
from collections import Counter
from dataclasses import dataclass, field

from simvue.core.ledger import JournalAccount, Ledger, Note, RunAccount
from simvue.core.reading import START, Checker, Header, ReaderState, read
from simvue.delivery.homes import recalled, remembered
from simvue.delivery.layout import Layout, is_journal_name
from simvue.delivery.state import StateLog
from simvue.delivery.world import World

__all__ = ["Scan", "runs_of", "scan"]

logger = logging.getLogger(__name__)

_USUALLY_ENOUGH, _ENOUGH_FOR_A_HEADER = 4096, 1024 * 1024 + 1
_BLANKS = b" \t\r\n"
_BEGINNINGS = b"{\0"
"""How a header begins; a shared filesystem may show zeros for a while."""


@dataclass(slots=True)
class Scan:
    """What a cache holds: the identities of journals that grew since the last pass, and what nobody can deliver."""

    grown: set[str] = field(default_factory=set)
    troubles: dict[str, str] = field(default_factory=dict)
    """File name → why it is left alone, for a person to see to."""
    incomplete: list[str] = field(default_factory=list)
    """Files whose header is not complete yet."""
    missing: set[str] = field(default_factory=set)
    """The identities of journals whose file is gone."""
    hidden: set[str] = field(default_factory=set)
    """Of those, the ones that somebody else delivers (PTH-005), or that wait for a person."""


def scan(world: World, layout: Layout, log: StateLog, checker: Checker) -> Scan:
    """Look at every journal once, and note what is new."""
    found = _Finder(world, layout, log, checker)
    found.look_at_all()
    return found.scan


class _Finder:
    """One scan: what it looks with, and what it has found so far."""

    def __init__(self, world: World, layout: Layout, log: StateLog, checker: Checker) -> None:
        self._world, self._layout, self._log, self._checker = world, layout, log, checker
        self.scan = Scan()
        self._all = set(world.listdir(layout.journals))
        self._names = sorted(name for name in self._all if is_journal_name(name))
        self._there = set(self._names)
        self._known = {account.file: account for account in log.ledger.journals.values()}

    def look_at_all(self) -> None:
        """Look at every name, and then at what is known and has no name any more."""
        for name in self._names:
            try:
                account = self._account_of(name)
                if account is not None:
                    self._measure(account)
            except OSError as error:
                self.scan.troubles[name] = f"cannot be read: {error.strerror or error}"
            except (ValueError, KeyError, TypeError) as error:
                # One damaged receipt must not keep the others from being delivered.
                self.scan.troubles[name] = f"what the sender remembers of it cannot be read: {error!r}"
        self._look_for_missing()

    def _account_of(self, name: str) -> JournalAccount | None:
        """Return the account of the journal in a file: the one known by its name, unless it was replaced."""
        account = self._known.get(name)
        if account is None or account.file != name or self._is_replaced(account):
            return self._identify(name)
        return account

    def _is_replaced(self, account: JournalAccount) -> bool:
        """Whether the file bears another identity now. What has not changed in size is not opened for that."""
        size = self._world.size(self._layout.journal(account.file))
        if size == account.size and not account.trouble:
            return False
        header = self._header_in(account.file)  # raises where it is not a plain file of ours any more
        return header is not None and header.journal != account.journal

    def _header_in(self, name: str) -> Header | None:
        """Return the header of a file; report why it has none."""
        data = self._world.read(self._layout.journal(name), 0, _USUALLY_ENOUGH)
        begun = len(data) - len(data.lstrip(_BLANKS))
        if b"\n" not in data[begun:]:
            data = self._world.read(self._layout.journal(name), 0, _ENOUGH_FOR_A_HEADER)
            begun = len(data) - len(data.lstrip(_BLANKS))
        line = data[: data.find(b"\n", begun) + 1]
        state: ReaderState = read(START, line, self._checker).state
        if state.header is None and not state.stopped:  # a header that broke off is written again (WRT-010)
            data = self._world.read(self._layout.journal(name), 0, _ENOUGH_FOR_A_HEADER)
            state = read(START, data[: data.rfind(b"\n") + 1], self._checker).state
        if state.stopped:
            self.scan.troubles[name] = (
                f"it is no journal that this version can read [{state.stopped}]: run simvue-validate on it"
            )
        elif state.header is None and data[begun:] and data[begun] not in _BEGINNINGS:
            self.scan.troubles[name] = "it is no journal, since it does not begin with a header [JRN-010]"
        elif state.header is None:
            self.scan.incomplete.append(name)
        return None if state.stopped else state.header

    def _identify(self, name: str) -> JournalAccount | None:
        """Read the header of a file that is not known by name; return its account, new or old."""
        header = self._header_in(name)
        if header is None:
            return None
        account = self._log.ledger.journals.get(header.journal)
        if account is not None and account.file != name and self._still_has(account):
            self.scan.troubles[name] = (
                f"it bears the identity of {account.file}, {header.journal} [JRN-014]; nothing is sent from it"
            )
            return None
        self._log.write(*self._introduction(name, header.journal, header.run))
        return self._log.ledger.journals[header.journal]

    def _still_has(self, account: JournalAccount) -> bool:
        """Whether the file by which a journal is known still holds it."""
        if account.file not in self._there:
            return False
        try:
            header = self._header_in(account.file)
        except OSError:
            return True
        return header is None or header.journal == account.journal

    def _introduction(self, name: str, journal: str, run: str) -> list[Note]:
        """Return the notes that begin an account: of a new journal, or of one that was delivered and has come back."""
        ledger = self._log.ledger
        notes: list[Note] = []
        if run not in ledger.runs:
            facts = remembered(self._world, self._layout, run)
            notes.append({"note": "run", "run": run, "known": ledger.clock, "facts": facts})
        notes.append({"note": "journal", "journal": journal, "file": name, "run": run, "known": ledger.clock})
        receipt = recalled(self._world, self._layout.receipt(journal)) if journal not in ledger.journals else {}
        if receipt:
            notes.append(receipt["checkpoint"])
        return notes

    def _measure(self, account: JournalAccount) -> None:
        size = self._world.size(self._layout.journal(account.file))
        if size == account.size:
            return
        if 0 < account.size < size:
            self.scan.grown.add(account.journal)
        clock = self._log.ledger.clock
        self._log.write({"note": "seen", "journal": account.journal, "size": size, "clock": clock})

    def _look_for_missing(self) -> None:
        """Account for journals whose file is gone: put away by a pass that was then killed, or removed by somebody."""
        accounts = list(self._log.ledger.journals.values())
        bearers = Counter(account.file for account in accounts)
        missing = [account for account in accounts if account.file not in self._there]
        usurped = [account for account in accounts if bearers[account.file] > 1 and not self._still_has(account)]
        delivered = set(self._world.listdir(self._layout.delivered)) if missing or usurped else set()
        for account in [*missing, *usurped]:
            if f"{account.journal}.jsonl" in delivered:
                self._log.write({"note": "finished", "journal": account.journal})
                continue
            name = account.file if account in missing else f"{account.file} ({account.journal})"
            what = "it has disappeared" if account in missing else "another journal has taken its place"
            hidden = self._layout.moved(account.file).rpartition("/")[2]
            if hidden in self._all:
                what = (
                    "its program went on with it in memory, since this disk failed, in a simvue-* in /dev/shm or the "
                    f"directory for temporary files of its machine. Remove {hidden} when that is delivered; if it is "
                    f"lost, rename it to {account.file}, and what was sent from memory is sent again"
                )
                self.scan.hidden.add(account.journal)
            self.scan.troubles[name] = f"{what}: {account.reader.judged} of {account.size} bytes were accounted for"
            self.scan.missing.add(account.journal)


def runs_of(ledger: Ledger, missing: set[str]) -> dict[str, tuple[RunAccount, list[JournalAccount]]]:
    """Return each run with its journals, but for those whose file is missing."""
    grouped: dict[str, tuple[RunAccount, list[JournalAccount]]] = {}
    for account in ledger.journals.values():
        if account.journal not in missing:
            grouped.setdefault(account.run, (ledger.runs[account.run], []))[1].append(account)
    return grouped

"""One journal in one pass: what is at hand of it, and what became of its records since the last checkpoint.

Dead letters and records that were set aside are gathered here and accounted for at once, when a window is done.
Delivering is left to `operations` and `batches`, reading to `windows`. Tests: tests/delivery/test_journals.py.
"""

import hashlib
import logging
from collections import Counter
from dataclasses import replace

from simvue.core.ledger import JournalAccount, Note, RunAccount, checkpoint_note
from simvue.core.reading import Entry, Header, ReaderState
from simvue.core.steps import Impossible, Place
from simvue.delivery.deadletters import DeadLetter, keep
from simvue.delivery.desk import Desk, is_dead
from simvue.delivery.terms import Refused

__all__ = ["Case"]

logger = logging.getLogger(__name__)


class Case:
    """Belongs to one thread, like the run it is of."""

    def __init__(self, desk: Desk, account: JournalAccount, run: RunAccount) -> None:
        self.desk, self.account, self.run = desk, account, run
        self.header: Header | None = account.reader.header
        self.entries: dict[int, Entry] = {}
        """What is being delivered, by offset."""
        self.buried: dict[int, DeadLetter] = {}
        self.aside: dict[int, Note] = {}
        self.is_continued = False
        """Whether another journal of the run, seen in this pass, continues this one."""

    @property
    def is_dead(self) -> bool:
        """Whether the journal will not grow any more (RDR-020)."""
        return self.is_continued or is_dead(self.account, self.desk, self.desk.exchange.log.ledger.clock)

    @property
    def path(self) -> str:
        """Where the journal lies."""
        return self.desk.layout.journal(self.account.file)

    def place(self) -> Place:
        """Return where the journal's records stand, as far as it is known now."""
        cwd = self.header.cwd if self.header else None
        return Place(journal=self.account.journal, run_key=self.run.run, run=self.run.facts, cwd=cwd)

    def trouble(self, why: str) -> None:
        """Stop with this journal for good, until a person has seen to it."""
        self.desk.exchange.log.write({"note": "trouble", "journal": self.account.journal, "why": why})
        logger.error("%s: %s", self.account.file, why)

    def hold(self, why: str) -> None:
        """Stop with this journal for this pass, and say so."""
        self.desk.exchange.tally.trouble(self.account.file, why)
        logger.warning("%s: %s", self.account.file, why)

    # What cannot be delivered.

    def is_settled(self, offset: int) -> bool:
        """Whether a record is a dead letter, or set aside, by now."""
        return offset in self.buried or offset in self.aside

    def refuse(self, entry: Entry, refusal: Refused | Impossible) -> None:
        """Make a record a dead letter that the server does not take, or that it cannot be asked to take."""
        requirement = "DLV-077" if isinstance(refusal, Impossible) else ""
        self.bury(entry, requirement, str(refusal.args[0]), by="server")

    def bury(self, entry: Entry, requirement: str, reason: str, *, by: str) -> None:
        """Make a record, or what should have been one, a dead letter."""
        self.buried[entry.offset] = self.letter(entry, requirement, reason, by=by)

    def letter(self, entry: Entry, requirement: str, reason: str, *, by: str, state: str = "kept") -> DeadLetter:
        """Return the dead letter that a record makes."""
        return DeadLetter(
            journal=self.account.journal,
            run=self.account.run,
            offset=entry.offset,
            length=entry.length,
            line=entry.line,
            requirement=requirement,
            reason=reason,
            raw=entry.raw,
            by=by,
            index=entry.index,
            state=state,
        )

    def set_aside(self, entry: Entry, why: str, detail: str) -> None:
        """Have a record wait without holding up those behind it (DLV-070, RDR-010)."""
        since = self.account.aside.get(entry.offset, {}).get("since", self.desk.exchange.log.ledger.clock)
        self.aside[entry.offset] = {
            "offset": entry.offset,
            "length": entry.length,
            "line": entry.line,
            "index": entry.index,
            "sha256": hashlib.sha256(entry.raw).hexdigest(),
            "why": why,
            "detail": detail,
            "since": since,
        }

    # Accounting.

    def settle(
        self, reader: ReaderState, marker: str, aside: dict[int, Note], delivered: "Counter[str]", findings: int = 0
    ) -> None:
        """Keep the dead letters, then write the checkpoint: a letter may be kept twice, but not lost (DLV-009)."""
        account, buried = self.account, list(self.buried.values())
        keep(self.desk.world, self.desk.layout, buried)
        for letter in buried:
            logger.warning("%s:%d: dead letter: %s", account.file, letter.line, letter.reason)
        refused = [letter for letter in buried if letter.by == "server"]
        new = replace(
            account,
            reader=reader,
            marker=marker,
            aside=aside,
            sent={**(Counter(account.sent) + delivered)},
            findings=account.findings + findings,
            dead_letters=account.dead_letters + len(buried),
            refused=account.refused + len(refused),
            refused_bytes=account.refused_bytes + sum(letter.length for letter in refused),
        )
        self.desk.exchange.log.write(checkpoint_note(new))
        self.desk.exchange.tally.add(delivered, len(buried), findings)
        self.buried, self.aside, self.entries = {}, {}, {}

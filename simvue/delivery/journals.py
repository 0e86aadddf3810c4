"""Deliver one journal, window by window, from its checkpoint to its end.

A killed sender leaves a window with some outcomes; the next one reads the same bytes, makes the same requests, and
sends those that have no outcome. The parts: `windows` reads, `operations` and `batches` send, `aside` tries again,
`case` accounts. Which journals there are is left to the sender's pass, their order within a run to
`simvue.delivery.runs`. Tests: tests/delivery/test_journals.py and test_simulation.py.
"""

import logging
from collections import Counter

from simvue.core.batching import Batch, plan
from simvue.core.framing import MAX_LINE
from simvue.core.ledger import JournalAccount, Note, RunAccount
from simvue.core.mapping import FINAL
from simvue.core.reading import Entry, Header, Verdict
from simvue.delivery.aside import retry_aside
from simvue.delivery.batches import Batches
from simvue.delivery.case import Case
from simvue.delivery.desk import Desk, is_dead
from simvue.delivery.operations import CREATION, Operations
from simvue.delivery.readback import look_for_run
from simvue.delivery.windows import Loaded, header_of, load, marker_after, marker_of

__all__ = ["Desk", "JournalDelivery", "is_dead", "marker_of"]

logger = logging.getLogger(__name__)


class JournalDelivery:
    """One journal in one pass."""

    def __init__(self, desk: Desk, account: JournalAccount, run: RunAccount) -> None:
        self.account, self.run = account, run
        self._case = Case(desk, account, run)
        self._exchange = desk.exchange
        self._operations = Operations(self._case)
        self._batches = Batches(self._case, self._operations)
        self._window: Loaded | None = None

    @property
    def header(self) -> Header | None:
        """The journal's header, if it can be seen. Raises OSError where the journal cannot be read."""
        return header_of(self._case)

    def end_by(self, continued: set[str]) -> None:
        """Take the journal for dead if it is among those that others continue (RDR-020)."""
        self._case.is_continued = self.account.journal in continued

    def load(self) -> bool:
        """Read and judge the next window, unless it is at hand; return whether there is one."""
        if self._window is None:
            self._window = load(self._case)
        return self._window is not None

    def release(self) -> None:
        """Forget the window at hand: a run may have more journals than fit into memory."""
        self._window = None

    # The run.

    @property
    def creation(self) -> str | None:
        """The key of the request that was to create the run from this journal, if there was one."""
        keys = [*self.account.intents, *self.account.outcomes]
        return next((key for key in keys if key.endswith(CREATION) and self._may_exist(key)), None)

    def _may_exist(self, key: str) -> bool:
        return self.account.outcomes.get(key, {}).get("result") != "refused"

    @property
    def run_record(self) -> Entry | None:
        """The first `run` record of the window at hand, or of the next."""
        return self._window.run_record if self.load() and self._window else None

    def create_run(self, entry: Entry | None) -> None:
        """Create the run from a `run` record, or with defaults (DLV-016, DLV-017, DLV-039)."""
        header = header_of(self._case)
        if header is not None:
            self._operations.create_run(entry, header)

    def resolve_creation(self, key: str) -> None:
        """Find out whether the run was created, where the record that asked for it cannot be read again."""
        look = look_for_run(self._exchange.ask, self.account.journal)
        facts = self._exchange.resolve(self.account, self.run, key, look)
        if facts is not None:
            known = {"id": facts["run"], "status": "running"}
            self._exchange.log.write({"note": "run", "run": self.run.run, "facts": known})

    # The records.

    def drain(self, *, hold_final: bool) -> bool:
        """Deliver all that can be read now; return whether it stopped before a final status (DLV-073).

        Raises:
            Deferred, RunGone, TimeUp: As `simvue.delivery.terms` describes them.
            Unauthorised, Unreachable, LeaseLost, StateUnwritable, ConfigurationError: The pass is over.
            OSError: The journal cannot be read.
        """
        while self.load() and self._window is not None:
            is_resumed = self.account.window is not None
            if self._deliver(self._window, hold_final=hold_final):
                self.release()
                return True
            size = len(self._window.data)
            self._account(self._window)
            self.release()
            # What a fast writer appends meanwhile is for the next pass: else a pass never catches up with it.
            if not is_resumed and not self._case.is_dead and size < self._exchange.policy.window - MAX_LINE:
                break
            self._exchange.check_time()
        retry_aside(self._case, self._operations, self._batches)
        return False

    def _deliver(self, window: Loaded, *, hold_final: bool) -> bool:
        state = window.reading.state
        for part in plan(window.reading.entries, window.header, bore_run=state.bore_run):
            self._note(window)
            if isinstance(part, Batch):
                self._batches.deliver(part)
            elif hold_final and self._is_final(part):
                return True
            else:
                self._operations.deliver(part)
        return False

    def _note(self, window: Loaded) -> None:
        """Note the window before the first request is made of it."""
        if self.account.window is None:
            note: Note = {"note": "window", "journal": self.account.journal, "end": window.reading.state.offset}
            note |= {"dead": window.dead, "final": window.final, "sha256": window.sha256}
            self._exchange.log.write(note)

    def _is_final(self, entry: Entry) -> bool:
        record = entry.record or {}
        return record.get("kind") in {"run", "status", "end"} and record.get("status") in FINAL

    def _account(self, window: Loaded) -> None:
        """Account for a window: its dead letters are kept, and the next one begins behind it (DLV-009)."""
        case, reading = self._case, window.reading
        delivered: Counter[str] = Counter()
        for entry in reading.entries:
            if entry.verdict is Verdict.ACCEPTED and entry.record:
                delivered[entry.record["kind"]] += not case.is_settled(entry.offset)
            elif entry.verdict in {Verdict.DEAD, Verdict.TORN, Verdict.HOLE}:
                case.bury(entry, entry.requirement or "", entry.message, by="reader")
            elif entry.verdict is Verdict.PARKED:
                case.set_aside(entry, "parked", entry.message)
        for finding in reading.findings:
            logger.warning("%s:%d: [%s] %s", self.account.file, finding.line, finding.requirement, finding.message)
        aside = self.account.aside | case.aside
        case.settle(reading.state, marker_after(case, window), aside, delivered, len(reading.findings))
        if reading.state.left_alone:
            case.trouble(f"nothing is read from line {reading.state.line} on [{reading.state.stopped}]")

"""Deliver one journal, window by window, from its checkpoint to its end.

A window is a stretch of the journal that is read, judged, cut into batches and operations, delivered and accounted for as a
whole. A killed sender leaves a window with some outcomes; the next one reads the same bytes, makes the same requests, and
sends those that have no outcome. Which journals there are is left to the sender's pass, their order within a run to
`simvue.delivery.runs`. Tests: tests/delivery/test_journals.py and test_simulation.py.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import orjson

from simvue.core.batching import Batch, Item, Series, operation_key, plan
from simvue.core.ledger import JournalAccount, Note, RunAccount, checkpoint_note
from simvue.core.mapping import FINAL, Facts, Impossible, Inspect, Place, Step, concluded, next_step
from simvue.core.reading import START, Checker, Entry, ReaderState, Reading, Verdict, read
from simvue.delivery.deadletters import DeadLetter, keep
from simvue.delivery.exchange import Exchange, Refused, RunGone
from simvue.delivery.files import NotReady, inspect
from simvue.delivery.layout import Layout
from simvue.delivery.readback import look_for_batch, look_for_run
from simvue.delivery.world import World

__all__ = ["Desk", "JournalDelivery", "is_dead", "marker_of"]

logger = logging.getLogger(__name__)

_MARKER = 64
_PACKED = "application/msgpack"


@dataclass(frozen=True, slots=True)
class Desk:
    """What every delivery of a pass works with."""

    world: World
    layout: Layout
    checker: Checker
    exchange: Exchange
    continued: frozenset[str] = frozenset()
    """Journals that another one continues, and which are dead by that."""


def marker_of(data: bytes) -> str:
    """Return the mark of the bytes before a checkpoint: how many, and their hash (DLV-007)."""
    tail = data[-_MARKER:]
    return f"{len(tail)}:{hashlib.sha256(tail).hexdigest()[:16]}"


def is_dead(account: JournalAccount, desk: Desk, clock: float) -> bool:
    """Whether a journal will not grow any more (RDR-020)."""
    idle = clock - account.grown
    return account.reader.ended or account.journal in desk.continued or idle >= desk.exchange.policy.stale_after


class JournalDelivery:
    """One journal in one pass."""

    def __init__(self, desk: Desk, account: JournalAccount, run: RunAccount) -> None:
        self.account, self.run = account, run
        self._desk, self._exchange = desk, desk.exchange
        self._path = desk.layout.journal(account.file)
        self._reading: Reading | None = None
        self._data = b""
        self._entries: dict[int, Entry] = {}
        self._buried: dict[int, DeadLetter] = {}
        self._aside: dict[int, Note] = {}
        self._run_checked = False

    # -- reading ---------------------------------------------------------------------------------------

    def load(self) -> bool:
        """Read and judge the next window, unless it is loaded; return whether there is one."""
        if self._reading is not None:
            return True
        account, policy = self.account, self._exchange.policy
        if not self._is_untouched():
            return False
        if account.window:
            window = account.window
            dead, final, size = window.dead, window.final, window.end - account.reader.offset
        else:
            dead, final, size = (
                is_dead(account, self._desk, self._exchange.log.ledger.clock),
                False,
                policy.window,
            )
        data = self._desk.world.read(self._path, account.reader.offset, size)
        if account.window:
            final = account.window.final
        elif dead and len(data) < size:
            final = True
        reading = read(account.reader, data, self._desk.checker, dead=dead, final=final)
        if reading.state.offset == account.reader.offset:
            return False
        self._data, self._reading = data[: reading.state.offset - account.reader.offset], reading
        self._entries = {entry.offset: entry for entry in reading.entries}
        self._flags = (dead, final)
        return True

    def _is_untouched(self) -> bool:
        """DLV-008: the bytes before the checkpoint are the ones that were delivered."""
        account = self.account
        if account.trouble:
            return False
        if account.marker:
            length = int(account.marker.partition(":")[0])
            before = self._desk.world.read(self._path, account.reader.offset - length, length)
            if marker_of(before) != account.marker:
                self._trouble("the journal was rewritten: bytes that were delivered have changed [DLV-008]")
                return False
        return True

    def _trouble(self, why: str) -> None:
        self._exchange.log.write({"note": "trouble", "journal": self.account.journal, "why": why})
        logger.error("%s: %s", self.account.file, why)

    def first_run_record(self) -> Entry | None:
        """Return the first `run` record of the window at hand."""
        if not self.load() or self._reading is None:
            return None
        for entry in self._reading.entries:
            if entry.verdict is Verdict.ACCEPTED and entry.record and entry.record["kind"] == "run":
                return entry
        return None

    # -- delivering ------------------------------------------------------------------------------------

    def create_run(self, entry: Entry | None) -> None:
        """Create the run from a `run` record, or with defaults (DLV-016, DLV-017, DLV-039)."""
        if entry is not None:
            self._deliver(entry)
            if "id" in self.run.facts:
                return
        header = self.account.reader.header or (self._reading.state.header if self._reading else None)
        record = {"kind": "run", "at": header.at if header else self._desk.world.now().isoformat()}
        self._deliver(Entry(Verdict.ACCEPTED, 0, 0, 0, record, b"", None, "", 0))

    def drain(self, *, hold_final: bool) -> bool:
        """Deliver all that can be read now; return whether it stopped before a final status (DLV-073).

        Raises:
            Deferred, RunGone, TimeUp: As `simvue.delivery.exchange` describes them.
            Unauthorised, Unreachable, LeaseLost, StateUnwritable: The pass is over.
        """
        while self.load():
            if self._deliver_window(hold_final=hold_final):
                return True
            self._checkpoint()
        self._retry_aside()
        return False

    def _deliver_window(self, *, hold_final: bool) -> bool:
        reading = self._reading
        if reading is None or reading.state.header is None:
            return False
        noted = self.account.window is not None
        for part in plan(reading.entries, reading.state.header, bore_run=reading.state.bore_run):
            if not noted:
                dead, final = self._flags
                note: Note = {"note": "window", "journal": self.account.journal, "end": reading.state.offset}
                self._exchange.log.write(note | {"dead": dead, "final": final})
                noted = True
            if isinstance(part, Batch):
                self._deliver_batch(part)
            elif hold_final and _is_final(part):
                return True
            else:
                self._deliver(part)
        return False

    def _deliver(self, entry: Entry) -> None:
        """Deliver a record that is an operation of its own, or bury it, or set it aside."""
        account, record = self.account, entry.record or {}
        done = operation_key(account.journal, entry, "done")
        prefix = done.removesuffix("done")
        if done in account.outcomes:
            return
        known: Facts = {}
        for key, outcome in account.outcomes.items():
            if key.startswith(prefix) and outcome["result"] == "applied":
                known |= outcome["facts"]
        try:
            place = self._place()
            if record["kind"] == "end" and self.run.facts.get("status") == record["status"]:
                known["done"] = True  # DLV-072: a `status` record said so already
            while step := next_step(record, place, known):
                known |= self._take(entry, step)
        except (Refused, Impossible) as refusal:
            self._refused(entry, refusal)
            return
        except NotReady as problem:
            self._set_aside(entry, "artifact", str(problem))
            return
        facts = concluded(record, place, known)
        # One note for both: between two, a death would leave a run that is known and a record that is not delivered.
        note: Note = {"note": "outcome", "journal": account.journal, "key": done, "result": "applied", "facts": {}}
        self._exchange.log.write(note | {"run": self.run.run, "run_facts": facts})

    def _take(self, entry: Entry, step: Step | Inspect) -> Facts:
        """Take one step of an operation and return what it taught."""
        if isinstance(step, Inspect):
            roots = self._exchange.policy.artifact_roots
            return {step.learns: inspect(self._desk.world, step, self._desk.layout, roots)}
        look = None
        if step.path == "/runs":
            look = look_for_run(self._exchange.ask, self.account.journal)
        key = operation_key(self.account.journal, entry, step.name)
        try:
            return self._exchange.perform(self.account, self.run, key, step, look)
        except Refused as refusal:
            if refusal.fresh:
                self._check_run()
                self._exchange.refuse(self.account, key, refusal.detail)
            raise

    def _place(self) -> Place:
        header = self.account.reader.header or (self._reading.state.header if self._reading else None)
        cwd = header.cwd if header else None
        return Place(journal=self.account.journal, run_key=self.run.run, run=self.run.facts, cwd=cwd)

    def _deliver_batch(self, batch: Batch) -> None:
        if batch.series is Series.TENSORS:
            kept = tuple(item for item in batch.items if self._has_grid(item))
            if not kept:
                return
            batch = Batch(batch.series, kept, batch.suffix)
        run_id = self.run.facts["id"]
        key = batch.key(self.account.journal)
        body = batch.body(run_id, self.run.facts.get("on_grid", {}))
        step = Step(name=batch.series, method="POST", path=batch.path(run_id), body=body, content_type=_PACKED)
        look = look_for_batch(self._exchange.ask, batch, run_id, lambda: list(self._items_before(batch)))
        try:
            facts = self._exchange.perform(self.account, self.run, key, step, look)
        except Refused as refusal:
            if refusal.fresh:
                self._check_run()
                self._exchange.refuse(self.account, key, refusal.detail, halved=len(batch.items) > 1)
            if len(batch.items) == 1:
                self._refused(self._entries[batch.items[0].offset], refusal)
                return
            facts = {"halved": True}
        if facts.get("halved"):
            for half in batch.halves():
                self._deliver_batch(half)
        elif "missing" in facts:
            self._deliver_batch(batch.missing([(position, names) for position, names in facts["missing"]]))

    def _has_grid(self, item: Item) -> bool:
        """Give the item's metric a grid of its own where it is on none (DLV-075); False if that was refused."""
        metric, entry = item.payload["metric"], self._entries[item.offset]
        if metric in self.run.facts.get("on_grid", {}):
            return True
        array = item.payload["array"]
        shape = [len(array[0]), len(array)] if isinstance(array[0], list) else [len(array)]
        record = {
            "kind": "grid",
            "name": metric,
            "labels": [f"axis_{axis}" for axis in range(len(shape))],
            "ticks": [[index / max(1, count - 1) for index in range(count)] for count in shape],
            "metrics": [metric],
        }
        self._deliver(entry._replace(record=record))
        return metric in self.run.facts.get("on_grid", {})

    def _items_before(self, batch: Batch) -> Iterator[Item]:
        """Yield the items of the batch's series that come before it in the journal and share a time stamp with it."""
        stamps = {item.payload["timestamp"] for item in batch.items}
        state, end = START, batch.items[0].offset
        while state.offset < end:
            size = min(self._exchange.policy.window, end - state.offset)
            data = self._desk.world.read(self._path, state.offset, size)
            reading = read(state, data, self._desk.checker, dead=True)
            if reading.state.offset == state.offset or reading.state.header is None:
                return
            for part in plan(reading.entries, reading.state.header, bore_run=True):
                if isinstance(part, Batch) and part.series is batch.series:
                    yield from (item for item in part.items if item.payload["timestamp"] in stamps)
            state = reading.state

    def _check_run(self) -> None:
        """A server that has lost the run refuses its records too: that makes no dead letters (DLV-033)."""
        if self._run_checked or "id" not in self.run.facts:
            return
        step = Step(name="look", method="GET", path=f"/runs/{self.run.facts['id']}")
        answer = self._exchange.ask(step)
        if answer.meaning.name == "NOT_FOUND":
            raise RunGone(answer.detail)
        self._run_checked = True

    # -- what could not be delivered -------------------------------------------------------------------

    def _refused(self, entry: Entry, refusal: Exception) -> None:
        requirement = "DLV-077" if isinstance(refusal, Impossible) else ""
        self._bury(entry, requirement, str(refusal.args[0]), by="server")

    def _bury(self, entry: Entry, requirement: str, reason: str, *, by: str) -> None:
        self._buried[entry.offset] = self._letter(entry, requirement, reason, by=by)

    def _letter(self, entry: Entry, requirement: str, reason: str, *, by: str, state: str = "kept") -> DeadLetter:
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

    def _set_aside(self, entry: Entry, why: str, detail: str) -> None:
        since = self.account.aside.get(entry.offset, {}).get("since", self._exchange.log.ledger.clock)
        self._aside[entry.offset] = {
            "offset": entry.offset,
            "length": entry.length,
            "line": entry.line,
            "why": why,
            "detail": detail,
            "since": since,
        }

    def _retry_aside(self) -> None:
        """Try again what was set aside: kinds that this sender knows by now, artifacts whose file is there by now."""
        account = self.account
        if not account.aside or "id" not in self.run.facts:
            return
        clock = self._exchange.log.ledger.clock
        policy = self._exchange.policy
        delivered: Counter[str] = Counter()
        for row in list(account.aside.values()):
            raw = self._desk.world.read(self._path, row["offset"], row["length"]).strip()
            record = orjson.loads(raw)
            if not self._desk.checker.known(record["kind"]):
                self._aside[row["offset"]] = row
                continue
            entry = Entry(
                Verdict.ACCEPTED, row["offset"], row["length"], row["line"], record, raw, None, "", row.get("index", 0)
            )
            self._entries[entry.offset] = entry
            problem = self._desk.checker.problem(record["kind"], record)
            if problem:
                self._bury(entry, problem.requirement, problem.message, by="reader")
                continue
            self._deliver_again(entry)
            if entry.offset not in self._aside and entry.offset not in self._buried:
                delivered[record["kind"]] += 1
                if row["why"] == "retry":
                    self._delivered_after_all(entry)
            waited = clock - row["since"] >= policy.adopt_after
            if entry.offset in self._aside and waited and is_dead(account, self._desk, clock):
                detail = self._aside.pop(entry.offset)["detail"]
                self._bury(entry, "DLV-070", detail, by="server")
        if self._aside.keys() != account.aside.keys():
            self._settle(account.reader, account.marker, self._aside, delivered, 0)
        self._aside = {}

    def _deliver_again(self, entry: Entry) -> None:
        """Deliver a record that was set aside, alone."""
        header = self.account.reader.header
        if header is None:
            return
        for part in plan([entry], header, bore_run=self.account.reader.bore_run):
            if isinstance(part, Batch):
                self._deliver_batch(part)
            else:
                self._deliver(part)

    def _delivered_after_all(self, entry: Entry) -> None:
        letter = self._letter(entry, "", "delivered after a retry", by="server", state="delivered")
        keep(self._desk.world, self._desk.layout, [letter])

    # -- accounting ------------------------------------------------------------------------------------

    def _checkpoint(self) -> None:
        """Account for the window: its dead letters are kept, and the next pass begins behind it (DLV-009)."""
        reading, account = self._reading, self.account
        if reading is None:
            return
        delivered: Counter[str] = Counter()
        for entry in reading.entries:
            if entry.verdict is Verdict.ACCEPTED and entry.record and entry.offset not in self._buried:
                delivered[entry.record["kind"]] += entry.offset not in self._aside
            elif entry.verdict in {Verdict.DEAD, Verdict.TORN, Verdict.HOLE}:
                self._bury(entry, entry.requirement or "", entry.message, by="reader")
            elif entry.verdict is Verdict.PARKED:
                self._set_aside(entry, "parked", entry.message)
        for finding in reading.findings:
            logger.warning("%s:%d: [%s] %s", account.file, finding.line, finding.requirement, finding.message)
        before = b""
        if len(self._data) < _MARKER:
            start = max(0, account.reader.offset - _MARKER)
            before = self._desk.world.read(self._path, start, account.reader.offset - start)
        marker = marker_of(before + self._data)
        self._settle(reading.state, marker, account.aside | self._aside, delivered, len(reading.findings))
        self._reading, self._data, self._entries, self._aside = None, b"", {}, {}
        if reading.state.stopped:
            self._trouble(f"nothing is read from line {reading.state.line} on [{reading.state.stopped}]")

    def _settle(
        self,
        reader: ReaderState,
        marker: str,
        aside: dict[int, Note],
        delivered: "Counter[str]",
        findings: int,
    ) -> None:
        """Keep the dead letters, then write the checkpoint: a letter may be kept twice, but not lost."""
        account = self.account
        keep(self._desk.world, self._desk.layout, list(self._buried.values()))
        for letter in self._buried.values():
            logger.warning("%s:%d: dead letter: %s", account.file, letter.line, letter.reason)
        refused = [letter for letter in self._buried.values() if letter.by == "server"]
        new = replace(
            account,
            reader=reader,
            marker=marker,
            aside=aside,
            sent={**(Counter(account.sent) + delivered)},
            findings=account.findings + findings,
            dead_letters=account.dead_letters + len(self._buried),
            refused=account.refused + len(refused),
            refused_bytes=account.refused_bytes + sum(letter.length for letter in refused),
        )
        self._exchange.log.write(checkpoint_note(new))
        self._exchange.tally.add(delivered, len(self._buried), findings)
        self._buried = {}


def _is_final(entry: Entry) -> bool:
    record = entry.record or {}
    return record.get("kind") in {"status", "end"} and record.get("status") in FINAL

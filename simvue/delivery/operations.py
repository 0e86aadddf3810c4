"""Deliver a record that is an operation of its own: one request after another, each once, from where it was left.

Which requests is decided by `simvue.core.mapping`; what the answers taught is in the outcomes of the journal's account.
A record that cannot be delivered becomes a dead letter or is set aside, in the case.
Tests: tests/delivery/test_journals.py.
"""

from typing import Any

from simvue.core.batching import operation_key
from simvue.core.mapping import concluded, next_step
from simvue.core.reading import Entry, Header, Verdict
from simvue.core.steps import Facts, Impossible, Inspect, Step
from simvue.delivery.case import Case
from simvue.delivery.files import NotReady, inspect
from simvue.delivery.readback import look_for_run
from simvue.delivery.terms import Refused

__all__ = ["CREATION", "Operations"]

CREATION = "/create"
"""How the key of the request that creates a run ends."""


class Operations:
    """The operations of one case."""

    def __init__(self, case: Case) -> None:
        self._case, self._exchange = case, case.desk.exchange

    def deliver(self, entry: Entry) -> None:
        """Deliver a record, or bury it, or set it aside."""
        try:
            self._complete(entry)
        except (Refused, Impossible) as refusal:
            self._case.refuse(entry, refusal)
        except NotReady as problem:
            self._case.set_aside(entry, "artifact", str(problem))

    def create_run(self, entry: Entry | None, header: Header) -> None:
        """Create the run from a `run` record, or with defaults (DLV-016, DLV-017, DLV-039)."""
        if entry is not None:
            self.deliver(entry)
            if "id" in self._case.run.facts:
                return
        record = {"kind": "run", "at": header.at, "name": self._case.run.run}
        try:
            self._complete(Entry(Verdict.ACCEPTED, 0, 0, 0, record, b"", None, "", 0))
        except Refused as refusal:
            why = f"the server refuses to create the run, even with defaults: {refusal.detail}"
            self._exchange.tally.trouble(f"run {self._case.run.run}", why)
            self._exchange.defer(self._case.run, why)

    def _complete(self, entry: Entry) -> None:
        case, record = self._case, entry.record or {}
        done = operation_key(case.account.journal, entry, "done")
        if done in case.account.outcomes:
            return
        known = self._taught(done.removesuffix("done"))
        place = case.place()
        while (step := next_step(record, place, known)) is not None:
            before = dict(known)
            known |= self._take(entry, step, known)
            if known == before:
                raise RuntimeError(f"a step of a {record['kind']} record taught nothing: {step}")
        # One note for both: between two, a death would leave a run that is known and a record that is not delivered.
        note = {"note": "outcome", "journal": case.account.journal, "key": done, "result": "applied", "facts": {}}
        self._exchange.log.write(note | {"run": case.run.run, "run_facts": concluded(record, place, known)})

    def _taught(self, prefix: str) -> Facts:
        """Return what the steps that are done have taught. Raises Refused if one was refused."""
        known: Facts = {}
        for key, outcome in self._case.account.outcomes.items():
            if not key.startswith(prefix):
                continue
            if outcome["result"] == "refused":
                raise Refused(outcome["detail"], fresh=False)
            facts = outcome["facts"]
            known = dict(facts) if "attempt" in facts else known | facts
        return known

    def _take(self, entry: Entry, step: Step | Inspect, known: Facts) -> Facts:
        """Take one step and return what it taught."""
        if isinstance(step, Inspect):
            return {step.learns: self._inspect(entry, step, known)}
        case = self._case
        look = look_for_run(self._exchange.ask, case.account.journal) if step.path == "/runs" else None
        key = operation_key(case.account.journal, entry, step.name)
        try:
            return self._exchange.perform(case.account, case.run, key, step, look)
        except Refused as refusal:
            if step.upload is not None:
                self._start_again(entry, known)
                raise NotReady(f"the storage did not take it: {refusal.detail}") from refusal
            if refusal.fresh and entry.length:  # defaults that are refused today may be taken tomorrow
                self._exchange.check_run(case.run)
                self._exchange.refuse(case.account, key, refusal.detail)
            raise

    def _inspect(self, entry: Entry, ask: Inspect, known: Facts) -> Facts:
        case = self._case
        try:
            return inspect(case.desk.world, ask, case.desk.layout, self._exchange.policy.artifact_roots)
        except NotReady:
            record: dict[str, Any] = entry.record or {}
            if ask.learns == "checked" and not record.keys() & {"size", "sha256"}:
                self._start_again(entry, known)  # the new content is as good as the old: nothing was said of it
            raise

    def _start_again(self, entry: Entry, known: Facts) -> None:
        """Forget an upload that cannot be finished, so that the next attempt gets an address of its own."""
        attempt = known.get("attempt", 0) + 1
        key = operation_key(self._case.account.journal, entry, f"again-{attempt}")
        self._exchange.conclude(self._case.account, key, {"attempt": attempt})

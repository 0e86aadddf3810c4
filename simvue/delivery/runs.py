"""Deliver one run: the run itself first, its journals in order, its final status last (DLV-016, DLV-017, DLV-073).

A turn ends when everything that could be seen is delivered, or when the run has to wait; runs do not know of each
other, and what goes wrong in one does not stop another (DLV-019). Tests: tests/delivery/test_runs.py and
test_simulation.py.
"""

import logging

import orjson

from simvue.core.answers import Answer, Meaning
from simvue.core.ledger import JournalAccount, RunAccount
from simvue.core.mapping import FINAL
from simvue.core.reading import Entry
from simvue.core.steps import Step
from simvue.core.timestamps import server_form
from simvue.delivery.homes import claim, facts_in, other_home, take
from simvue.delivery.journals import Desk, JournalDelivery
from simvue.delivery.terms import Deferred, RunGone, TimeUp
from simvue.errors import SimvueError, Unauthorised

__all__ = ["RunDelivery"]

logger = logging.getLogger(__name__)

_told: set[str] = set()
"""Runs of which it was said that their signs of life are refused."""
_FOR_THE_OTHER = 10.0
"""Seconds until a run is looked for again that is to be created from another cache."""


class RunDelivery:
    """One run in one pass."""

    def __init__(self, desk: Desk, run: RunAccount, accounts: list[JournalAccount]) -> None:
        self._desk, self._run, self._accounts = desk, run, accounts
        self._exchange = desk.exchange

    def turn(self) -> None:
        """Deliver what can be delivered now.

        Raises:
            Deferred, TimeUp: The run has to wait, or the pass is over.
            Unauthorised, Unreachable, LeaseLost, StateUnwritable, ConfigurationError: No run can be delivered.
        """
        try:
            self._look_for_gone_run()
            self._deliver()
        except RunGone as gone:
            why = f"the server does not know run {self._run.facts.get('id')} of {self._run.run} any more: {gone}"
            self._exchange.log.write({"note": "run", "run": self._run.run, "gone": why})
            logger.warning("%s", why)
        except (Deferred, TimeUp, SimvueError):
            raise
        except Exception as error:  # whatever it is, it is this run's, and the others go on
            why = f"its delivery failed, which is a fault of simvue_sender: {error!r}"
            logger.exception("run %s: %s", self._run.run, why)
            self._exchange.tally.trouble(f"run {self._run.run}", why)
            self._exchange.defer(self._run, why)

    def _look_for_gone_run(self) -> None:
        """Ask again for a run that was gone: it may be back, or was the address wrong (DLV-033). Raises RunGone."""
        if self._run.gone:
            self._exchange.check_run(self._run)
            self._exchange.log.write({"note": "run", "run": self._run.run, "gone": ""})

    def _deliver(self) -> None:
        deliveries = self._readable()
        if deliveries and self._exists(deliveries):
            if self._run.facts.get("told") != self._run.facts["id"]:
                self._tell_writers(aborted=False)
            self._drain(deliveries)

    def _readable(self) -> list[JournalDelivery]:
        """Return the journals that can be read, older before newer."""
        found: list[tuple[str, str, JournalDelivery]] = []
        continued: set[str] = set()
        for account in self._accounts:
            delivery = JournalDelivery(self._desk, account, self._run)
            try:
                header = delivery.header
            except OSError as error:
                self._unreadable(account, error)
                continue
            found.append((server_form(header.at) if header else "", account.file, delivery))
            if header and header.continues:
                continued.add(header.continues["journal"])
        for _, _, delivery in found:
            delivery.end_by(continued)
        return [delivery for _, _, delivery in sorted(found, key=lambda row: row[:2])]

    def _unreadable(self, account: JournalAccount, error: OSError) -> None:
        why = f"cannot be read: {error.strerror or error}"
        self._exchange.tally.trouble(account.file, why)
        logger.warning("%s: %s", account.file, why)

    # The run.

    def _exists(self, deliveries: list[JournalDelivery]) -> bool:
        """Return whether the run is on the server, after creating it if it is time to."""
        if "id" not in self._run.facts:
            self._finish_creation(deliveries)
        if "id" not in self._run.facts:
            self._create(deliveries)
        if len(deliveries) > 1:  # others are drained before the one that the run was created from
            for delivery in deliveries:
                delivery.release()
        return "id" in self._run.facts

    def _finish_creation(self, deliveries: list[JournalDelivery]) -> None:
        """A creation that was begun is finished from the same journal, or there would be two runs."""
        readable = {delivery.account.journal: delivery for delivery in deliveries}
        for account in self._accounts:
            delivery = readable.get(account.journal) or JournalDelivery(self._desk, account, self._run)
            key = delivery.creation
            if key is None:
                continue
            if key.startswith(f"{account.journal}/0-0/") and account.journal in readable:
                delivery.create_run(None)
            elif account.journal in readable and (entry := self._record_of(delivery)) is not None:
                delivery.create_run(entry)
            else:
                delivery.resolve_creation(key)

    def _create(self, deliveries: list[JournalDelivery]) -> None:
        for delivery in deliveries:
            entry = self._record_of(delivery)
            if entry is not None:
                if self._is_at_home():
                    delivery.create_run(entry)
                return
        if self._has_waited and self._is_at_home():
            deliveries[0].create_run(None)

    @property
    def _has_waited(self) -> bool:
        return self._exchange.log.ledger.clock - self._run.known >= self._exchange.policy.adopt_after

    def _is_at_home(self) -> bool:
        """Whether the run is created from this cache; if not, take what the other cache knows of it (PTH-008)."""
        world, layout, key = self._desk.world, self._desk.layout, self._run.run
        if claim(world, layout, key):
            return True
        other = other_home(layout, key)
        facts, clock, log = facts_in(world, other, key), self._exchange.clock, self._exchange.log
        if facts is not None and "id" in facts:
            log.write({"note": "run", "run": key, "facts": facts})
            return False
        since = self._run.facts.get("alone_since")
        if facts is None and since is not None and clock - since >= self._exchange.policy.adopt_after:
            take(world, layout, key)  # somebody has removed the journals that claimed it
            return True
        if (facts is None) != (since is not None):
            # A listing may be a minute old, so what is not known once may be; it has to stay so.
            log.write({"note": "run", "run": key, "facts": {"alone_since": clock if facts is None else None}})
        why = f"run {key} is created from {other.cache}: its journals come first"
        return self._exchange.defer(self._run, why, _FOR_THE_OTHER)

    def _record_of(self, delivery: JournalDelivery) -> Entry | None:
        try:
            entry = delivery.run_record
        except OSError as error:
            self._unreadable(delivery.account, error)
            return None
        if entry is None:
            delivery.release()
        return entry

    # The records.

    def _drain(self, deliveries: list[JournalDelivery]) -> None:
        held = [delivery for delivery in deliveries if self._drained(delivery, hold_final=len(deliveries) > 1)]
        for delivery in held:
            self._drained(delivery, hold_final=False)

    def _drained(self, delivery: JournalDelivery, *, hold_final: bool) -> bool:
        try:
            return delivery.drain(hold_final=hold_final)
        except OSError as error:
            delivery.release()
            self._unreadable(delivery.account, error)
            return False

    # Signs of life.

    @property
    def is_live(self) -> bool:
        """Whether the server has the run and it has no final status."""
        facts = self._run.facts
        return "id" in facts and not self._run.gone and facts.get("status") not in FINAL

    def heartbeat(self) -> None:
        """Tell the server that the run lives (DLV-050); what it answers changes nothing but the log."""
        self._sign(Step(name="heartbeat", method="PUT", path=f"/runs/{self._run.facts['id']}/heartbeat"))

    def watch_for_abort(self) -> None:
        """Pass on the server's wish that the run be aborted (DLV-052)."""
        path = f"/runs/{self._run.facts['id']}/abort"
        step = Step(name="abort", method="GET", path=path, learn=lambda answer: {"abort": bool(answer["status"])})
        answer = self._sign(step)
        wanted = answer is not None and answer.meaning is Meaning.APPLIED and answer.facts["abort"]
        if wanted and not self._run.facts.get("aborted"):
            self._tell_writers(aborted=True)

    def _sign(self, step: Step) -> Answer | None:
        """Send what is not about any record; without it, nothing is lost."""
        try:
            answer = self._exchange.ask(step)
        except Unauthorised as error:  # the records' own requests decide about the pass (DLV-032)
            self._tell_once(error)
            return None
        logger.info("%s of %s -> %s %s", step.name, self._run.run, answer.meaning.name, answer.detail)
        return answer

    def _tell_once(self, error: Unauthorised) -> None:
        """Say what a refused token means to a run that may have nothing else to send; once in a process."""
        if self._run.run not in _told:
            _told.add(self._run.run)
            why = f"the server shows no sign of life of the run {self._run.run}, and may call it lost"
            logger.warning("%s: %s. Set SIMVUE_TOKEN, or token in [server], to a valid one", why, error)

    def _tell_writers(self, *, aborted: bool) -> None:
        """Write the run's control file: what the server calls it, and whether it is to be aborted."""
        identifier = self._run.facts["id"]
        control = {
            "run": self._run.run,
            "server_id": identifier,
            "server": self._exchange.server.address,
            "abort": aborted,
        }
        path = self._desk.layout.control(self._run.run)
        try:
            self._desk.world.makedirs(path.rpartition("/")[0])
            self._desk.world.replace(path, orjson.dumps(control) + b"\n")
        except OSError as error:
            logger.warning("%s: %s", path, error)  # the next turn, or the next sign of life, tries again
            return
        facts = {"told": identifier, "aborted": aborted}
        self._exchange.log.write({"note": "run", "run": self._run.run, "facts": facts})

"""Deliver one run: its journals in order, the run itself first, its final status last (DLV-016, DLV-017, DLV-073).

A turn ends when everything that could be seen is delivered, or when the run has to wait; runs do not know of each other
(DLV-019). Tests: tests/delivery/test_runs.py and test_simulation.py.
"""

import logging

import orjson

from simvue.core.answers import Meaning
from simvue.core.ledger import JournalAccount, RunAccount
from simvue.core.mapping import FINAL, Step
from simvue.delivery.exchange import RunGone
from simvue.delivery.journals import Desk, JournalDelivery
from simvue.errors import NotOurs

__all__ = ["RunDelivery"]

logger = logging.getLogger(__name__)


class RunDelivery:
    """One run in one pass."""

    def __init__(self, desk: Desk, run: RunAccount, accounts: list[JournalAccount]) -> None:
        self._desk, self._run, self._accounts = desk, run, accounts

    def turn(self) -> None:
        """Deliver what can be delivered now.

        Raises:
            Deferred, TimeUp: The run has to wait, or the pass is over.
            Unauthorised, Unreachable, LeaseLost, StateUnwritable, ConfigurationError: No run can be delivered.
        """
        if self._run.gone:
            return
        try:
            deliveries = self._readable()
            if deliveries and self._exists(deliveries):
                self._drain(deliveries)
        except RunGone as gone:
            why = f"the server does not know run {self._run.facts.get('id')} of {self._run.run} any more: {gone}"
            self._desk.exchange.log.write({"note": "run", "run": self._run.run, "gone": why})
            logger.warning("%s", why)

    def _readable(self) -> list[JournalDelivery]:
        """Return the journals that can be read, those that bear the run last, older before newer."""
        deliveries = []
        for account in sorted(self._accounts, key=_order):
            delivery = JournalDelivery(self._desk, account, self._run)
            try:
                delivery.load()
            except (FileNotFoundError, NotOurs, OSError) as error:
                logger.warning("%s: cannot be read now: %s", account.file, error)
                continue
            deliveries.append(delivery)
        return deliveries

    def _exists(self, deliveries: list[JournalDelivery]) -> bool:
        """Return whether the run is on the server, after creating it if it is time to."""
        if "id" in self._run.facts:
            return True
        for delivery in deliveries:
            entry = delivery.first_run_record()
            if entry is not None:
                delivery.create_run(entry)
                break
        else:
            waited = self._desk.exchange.log.ledger.clock - self._run.known
            if waited < self._desk.exchange.policy.adopt_after:
                return False
            deliveries[0].create_run(None)
        self._tell_writers(aborted=False)
        return "id" in self._run.facts

    def _drain(self, deliveries: list[JournalDelivery]) -> None:
        held = [delivery for delivery in deliveries if delivery.drain(hold_final=len(deliveries) > 1)]
        for delivery in held:
            delivery.drain(hold_final=False)

    # -- signs of life ---------------------------------------------------------------------------------

    @property
    def is_live(self) -> bool:
        """Whether the server has the run and it has no final status."""
        facts = self._run.facts
        return "id" in facts and not self._run.gone and facts.get("status") not in FINAL

    def heartbeat(self) -> None:
        """Tell the server that the run lives (DLV-050); what it answers changes nothing but the log."""
        step = Step(name="heartbeat", method="PUT", path=f"/runs/{self._run.facts['id']}/heartbeat")
        answer = self._desk.exchange.ask(step)
        logger.info("heartbeat of %s -> %s %s", self._run.run, answer.meaning.name, answer.detail)

    def watch_for_abort(self) -> None:
        """Pass on the server's wish that the run be aborted (DLV-052)."""
        path = f"/runs/{self._run.facts['id']}/abort"
        step = Step(name="abort", method="GET", path=path, learn=lambda answer: {"abort": bool(answer["status"])})
        answer = self._desk.exchange.ask(step)
        if answer.meaning is Meaning.APPLIED and answer.facts["abort"] and not self._run.facts.get("aborted"):
            self._tell_writers(aborted=True)
            self._desk.exchange.log.write({"note": "run", "run": self._run.run, "facts": {"aborted": True}})

    def _tell_writers(self, *, aborted: bool) -> None:
        """Write the run's control file: what the server calls it, and whether it is to be aborted."""
        if "id" not in self._run.facts:
            return
        control = {
            "run": self._run.run,
            "server_id": self._run.facts["id"],
            "server": self._desk.exchange.server.address,
            "abort": aborted,
        }
        path = self._desk.layout.control(self._run.run)
        try:
            self._desk.world.makedirs(path.rpartition("/")[0])
            self._desk.world.replace(path, orjson.dumps(control) + b"\n")
        except OSError as error:
            logger.warning("%s: %s", path, error)  # the next sign of life writes it again


def _order(account: JournalAccount) -> tuple[bool, str, str]:
    header = account.reader.header
    return (account.reader.bore_run, header.at if header else "", account.file)

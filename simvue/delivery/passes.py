"""One bounded pass over a cache: scan, signs of life, runs in parallel, receipts.

It decides when; what and how are the modules beside it, and who goes first is `crew`. Taking the lease, and what an
error means to whom, is left to those who make passes: the sender, and `simvue.delivery.service` in a client.
Tests: tests/sender/test_passes.py, tests/delivery/test_service.py, and the simulation, test_simulation.py.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from threading import Event
from typing import Protocol

from simvue.core.ledger import JournalAccount, Ledger
from simvue.core.reading import Checker
from simvue.delivery.crew import Crew, More, Pool, Sign, Turn
from simvue.delivery.desk import Desk, has_work
from simvue.delivery.exchange import Exchange, Policy
from simvue.delivery.greeting import greet, guarantees
from simvue.delivery.layout import Layout
from simvue.delivery.lease import LeaseKeeper
from simvue.delivery.outcome import Outcome
from simvue.delivery.receipts import expire, finish, give_up, is_complete, is_due
from simvue.delivery.runs import RunDelivery
from simvue.delivery.scan import Scan, runs_of, scan
from simvue.delivery.state import StateLog
from simvue.delivery.world import World

__all__ = ["Pass", "Watch", "continued", "unwatched"]

_LONGEST_PAUSE = 900.0
_FOR_REQUESTS = 0.9
"""Share of a pass in which requests may begin; the rest is for receipts of journals that nobody writes to any more."""


class Watch(Protocol):
    """Told now and then how many runs are served, how many are left, and what is known of all."""

    def __call__(self, done: int, left: int, ledger: Ledger) -> None:
        """Take note of it."""


def unwatched(done: int, left: int, ledger: Ledger) -> None:
    """Take no note."""


def _never() -> bool:
    return False


def _nothing() -> None:
    return None


@dataclass(slots=True)
class Pass:
    """A pass by the holder of a lease.

    When `is_stopped`, the requests at hand are finished and the pass ends in order. Runs are served in the threads of
    a `pool`, or else `in_threads` of its own, or else one after the other in this one, where a request that outlasts
    the lease loses it. With `follow`, which wants a pool, it goes on looking for more until its time is over.
    """

    world: World
    layout: Layout
    checker: Checker
    policy: Policy
    lease: LeaseKeeper
    log: StateLog
    is_stopped: Callable[[], bool] = _never
    in_threads: bool = False
    pool: Pool | None = None
    follow: Callable[[Desk], More] | None = None
    on_served: Callable[[], None] = _nothing
    """Called when a run was served, before anything of it is put away and forgotten."""
    end: float = 0.0
    deadline: float = 0.0
    """When the last request may begin."""
    ending: Event = field(default_factory=Event)

    def make(self, outcome: Outcome, address: Callable[[], str], watch: Watch = unwatched) -> None:
        """Make the pass; what it did is in the outcome even if it ends by an error."""
        began = self.world.boottime()
        self.end, self.deadline = began + self.policy.seconds, began + _FOR_REQUESTS * self.policy.seconds
        self._tick()
        found = scan(self.world, self.layout, self.log, self.checker)
        outcome.incomplete = found.incomplete
        for journal in found.missing - found.hidden:
            give_up(self.world, self.layout, self.log, self.log.ledger.journals[journal], self.policy.stale_after)
        before = [(account, account.dead_letters) for account in self.log.ledger.journals.values()]
        exchange = None
        try:
            if self.log.ledger.journals or self.follow:
                exchange = self._connect(address())
                outcome.server, outcome.guarantee = exchange.server.address, guarantees(exchange.server)
                desk = Desk(self.world, self.layout, self.checker, exchange, continued(self.log.ledger))
                self._deliver(desk, found, outcome, watch)
                rest = [each for each in self.log.ledger.journals.values() if each.journal not in found.missing]
                outcome.finished += self._put_away(desk, rest)
        finally:
            if exchange is not None:
                tally = exchange.tally
                outcome.delivered = dict(tally.delivered)
                outcome.dead_letters, outcome.findings = tally.dead_letters, tally.findings
                outcome.troubles |= tally.troubles
            outcome.dead_letters_of = {
                account.journal: account.dead_letters - count
                for account, count in before
                if account.dead_letters > count
            }
            self._count(outcome, found)
        if is_due(self.world, self.layout):
            outcome.expired = expire(self.world, self.layout, self.policy.retention)

    def _tick(self) -> None:
        """Advance the sender's own clock; no pause, and no clock that jumps, counts for more than a quarter hour."""
        ledger, now = self.log.ledger, self.world.now()
        passed = (now - datetime.fromisoformat(ledger.passed)).total_seconds() if ledger.passed else 0.0
        clock = ledger.clock + min(max(passed, 0.0), _LONGEST_PAUSE)
        self.log.write({"note": "pass", "clock": clock, "at": now.isoformat()})

    def _connect(self, address: str) -> Exchange:
        server = greet(self.world, address, self.policy.request_timeout)
        return Exchange(self.world, self.log, self.lease, server, self.policy, self.deadline, self.ending.is_set)

    def _deliver(self, desk: Desk, found: Scan, outcome: Outcome, watch: Watch) -> None:
        """Give each run its signs of life, then its turns, until all are served or time is up."""
        ledger = self.log.ledger
        signs, turns = ([], []) if self.follow else self._work(desk, found)

        def put_away(key: str) -> None:
            self.on_served()
            # At once, and not only at the end: a cache that takes all the time of every pass would never shrink.
            accounts = runs_of(ledger, found.missing).get(key, (None, []))[1]
            outcome.finished += self._put_away(desk, accounts)

        told = partial(watch, ledger=ledger)
        crew = Crew(self.world, desk.exchange, self.deadline, self.is_stopped, self.ending, put_away, told)
        try:
            if self.pool is not None:
                crew.serve(signs, turns, self.pool, self.follow(desk) if self.follow else None)
            elif self.in_threads:
                with ThreadPoolExecutor(self.policy.connections) as pool:
                    crew.serve(signs, turns, pool)
            else:
                crew.serve_in_line(signs, turns)
        finally:
            outcome.waiting = dict(crew.deferred)
            outcome.troubles |= {f"run {key}": why for key, why in crew.failed.items()}

    def _work(self, desk: Desk, found: Scan) -> tuple[list[Sign], list[Turn]]:
        ledger = self.log.ledger
        signs: list[Sign] = []
        turns: list[Turn] = []
        for key, (run, accounts) in runs_of(ledger, found.missing).items():
            delivery = RunDelivery(desk, run, accounts)
            if delivery.is_live:
                if any(account.journal in found.grown for account in accounts):
                    signs.append(delivery.heartbeat)
                signs.append(delivery.watch_for_abort)
            if any(has_work(account) for account in accounts):
                wait = max(0.0, run.not_before - ledger.clock)
                turns.append(Turn(self.world.boottime() + wait, key, delivery))
        return signs, turns

    def _put_away(self, desk: Desk, accounts: list[JournalAccount]) -> int:
        """Leave a receipt for each of the journals that is complete, while there is time; return how many."""
        ledger, finished = self.log.ledger, 0
        for account in accounts:
            is_over = self.is_stopped() and not self.follow  # a service has few journals, and its program ends
            if is_over or self.world.boottime() >= self.end:
                break
            if account.journal in ledger.journals and is_complete(desk, account, ledger.clock):
                desk.exchange.keep_lease()
                run = ledger.runs[account.run]
                finished += finish(desk, self.log, account, run, self.policy.retention)
        return finished

    def _count(self, outcome: Outcome, found: Scan) -> None:
        """Say what is left."""
        ledger = self.log.ledger
        outcome.journals = len(ledger.journals)
        outcome.waiting_bytes = sum(
            max(0, account.size - account.reader.judged) for account in ledger.journals.values()
        )
        troubled = {
            account.file: account.trouble
            for account in ledger.journals.values()
            if account.trouble and account.journal not in found.missing
        }
        gone = {f"run {run.run}": run.gone for run in ledger.runs.values() if run.gone}
        outcome.troubles = found.troubles | outcome.troubles | troubled | gone


def continued(ledger: Ledger) -> frozenset[str]:
    """Return the journals that others continue."""
    headers = [account.reader.header for account in ledger.journals.values()]
    return frozenset(header.continues["journal"] for header in headers if header and header.continues)

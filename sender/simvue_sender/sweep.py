"""One bounded pass over a cache: lease, scan, signs of life, runs in parallel, receipts.

It decides when; what and how are `simvue.delivery`, and who goes first is `crew`. It returns a `Summary` whatever
happens, for `cli` to print. Tests: tests/sender/test_passes.py, and the simulation, tests/delivery/test_simulation.py.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from simvue.core.answers import Answer, Meaning, judge
from simvue.core.http import Request
from simvue.core.ledger import JournalAccount, Ledger
from simvue.core.reading import Checker
from simvue.core.steps import Step
from simvue.delivery.exchange import Exchange, Policy, Server
from simvue.delivery.journals import Desk
from simvue.delivery.layout import Layout
from simvue.delivery.lease import Busy, LeaseKeeper
from simvue.delivery.runs import RunDelivery
from simvue.delivery.state import StateLog
from simvue.delivery.world import World
from simvue.errors import (
    ConfigurationError,
    LeaseLost,
    NoAnswer,
    StateUnwritable,
    TlsFailure,
    Unauthorised,
    Unreachable,
)
from simvue_sender.crew import FATAL, Crew, Turn
from simvue_sender.receipts import expire, finish, give_up, is_complete, is_due
from simvue_sender.report import Exit, Summary
from simvue_sender.scan import Scan, runs_of, scan

__all__ = ["Watch", "guarantees", "sweep", "unwatched"]

logger = logging.getLogger(__name__)

_LONGEST_PAUSE = 900.0
_FIRST_ANSWER = 5.0
"""Seconds for the server's first answer: with those for connecting, a pass without a server ends in ten (DLV-038)."""

_FOR_REQUESTS = 0.9
"""Share of a pass in which requests may begin; the rest is for receipts of journals that nobody writes to any more."""


class Watch(Protocol):
    """Told now and then how many runs are served, how many are left, and what is known of all."""

    def __call__(self, done: int, left: int, ledger: Ledger) -> None:
        """Take note of it."""


def unwatched(done: int, left: int, ledger: Ledger) -> None:
    """Take no note."""


def sweep(
    world: World,
    layout: Layout,
    checker: Checker,
    policy: Policy,
    address: Callable[[], str],
    watch: Watch = unwatched,
    is_stopped: Callable[[], bool] = lambda: False,
    *,
    in_threads: bool = False,
) -> Summary:
    """Make one pass and say what it did.

    `address` names the server; it is called only when there is something to send, and may raise ConfigurationError.
    When `is_stopped`, the requests at hand are finished and the pass ends in order. Without `in_threads`, runs are
    served one after the other, and a request that outlasts the lease loses it.
    """
    started = world.boottime()
    summary = Summary(layout.cache)
    lease = LeaseKeeper(world, layout.cache)
    try:
        held = lease.acquire()
        if isinstance(held, Busy):
            summary.busy = str(held)
            return summary
        log = StateLog(world, layout, held.epoch)
        work = _Pass(world, layout, checker, policy, lease, log, is_stopped, in_threads=in_threads)
        work.make(summary, address, watch)
        log.sync()
    except FATAL as error:
        _explain(summary, error)
    except OSError as error:
        _explain(summary, StateUnwritable(str(error.filename or layout.cache), error.strerror or str(error)))
    except Exception as error:
        logger.exception("the pass failed")
        summary.exit, summary.failure = Exit.DEFECT, f"this is a defect of simvue_sender, please report it: {error!r}"
    _release(lease)
    summary.seconds = world.boottime() - started
    return summary


def _release(lease: LeaseKeeper) -> None:
    """Give the lease back, so that the next sender need not wait for it."""
    try:
        lease.release()
    except (LeaseLost, StateUnwritable, OSError) as error:
        logger.warning("the lease could not be released: %s", error)


def _explain(summary: Summary, error: Exception) -> None:
    codes = {
        StateUnwritable: Exit.STATE_UNWRITABLE,
        LeaseLost: Exit.LEASE_LOST,
        TlsFailure: Exit.CONFIGURATION,
        Unreachable: Exit.UNREACHABLE,
        Unauthorised: Exit.CONFIGURATION,
        ConfigurationError: Exit.CONFIGURATION,
    }
    summary.exit = next(code for kind, code in codes.items() if isinstance(error, kind))
    summary.failure = str(error)
    logger.error("%s", error)


@dataclass(slots=True)
class _Pass:
    """The parts of a pass that share what it works with."""

    world: World
    layout: Layout
    checker: Checker
    policy: Policy
    lease: LeaseKeeper
    log: StateLog
    is_stopped: Callable[[], bool]
    in_threads: bool
    end: float = 0.0
    deadline: float = 0.0
    """When the last request may begin."""

    def make(self, summary: Summary, address: Callable[[], str], watch: Watch) -> None:
        """Make the pass; what it did is in the summary even if it ends by an error."""
        began = self.world.boottime()
        self.end, self.deadline = began + self.policy.seconds, began + _FOR_REQUESTS * self.policy.seconds
        self._tick()
        found = scan(self.world, self.layout, self.log, self.checker)
        summary.incomplete = found.incomplete
        for journal in found.missing:
            give_up(self.world, self.layout, self.log, self.log.ledger.journals[journal], self.policy.stale_after)
        before = [(account, account.dead_letters) for account in self.log.ledger.journals.values()]
        exchange = None
        try:
            if self.log.ledger.journals:
                exchange = self._connect(address())
                summary.server, summary.guarantee = exchange.server.address, guarantees(exchange.server)
                desk = self._desk(exchange)
                self._deliver(desk, found, summary, watch)
                rest = [each for each in self.log.ledger.journals.values() if each.journal not in found.missing]
                summary.finished += self._put_away(desk, rest)
        finally:
            if exchange is not None:
                tally = exchange.tally
                summary.delivered = dict(tally.delivered)
                summary.dead_letters, summary.findings = tally.dead_letters, tally.findings
                summary.troubles |= tally.troubles
            summary.dead_letters_of = {
                account.journal: account.dead_letters - count
                for account, count in before
                if account.dead_letters > count
            }
            self._count(summary, found)
        if is_due(self.world, self.layout):
            summary.expired = expire(self.world, self.layout, self.policy.retention)

    def _tick(self) -> None:
        """Advance the sender's own clock; no pause, and no clock that jumps, counts for more than a quarter hour."""
        ledger, now = self.log.ledger, self.world.now()
        passed = (now - datetime.fromisoformat(ledger.passed)).total_seconds() if ledger.passed else 0.0
        clock = ledger.clock + min(max(passed, 0.0), _LONGEST_PAUSE)
        self.log.write({"note": "pass", "clock": clock, "at": now.isoformat()})

    def _connect(self, address: str) -> Exchange:
        """Ask the server what it is, before anything is sent (DLV-020)."""
        request = Request(method="GET", path="/version", timeout=min(_FIRST_ANSWER, self.policy.request_timeout))
        step = Step(name="version", method="GET", path="/version", learn=lambda answer: {"said": answer | {}})
        try:
            answer = judge(step, self.world.request(request), self.world.now())
        except NoAnswer as error:
            raise Unreachable(f"{address} does not answer: {error}") from error
        if answer.meaning is not Meaning.APPLIED:
            raise _refusal(address, answer)
        said = answer.facts["said"]
        server = Server(
            address=address,
            version=str(said.get("version")),
            keyed=said.get("idempotency_key") is True,
            key_window=_number(said.get("idempotency_window")),
        )
        return Exchange(self.world, self.log, self.lease, server, self.policy, self.deadline)

    def _desk(self, exchange: Exchange) -> Desk:
        headers = [account.reader.header for account in self.log.ledger.journals.values()]
        continued = [header.continues["journal"] for header in headers if header and header.continues]
        return Desk(self.world, self.layout, self.checker, exchange, frozenset(continued))

    def _deliver(self, desk: Desk, found: Scan, summary: Summary, watch: Watch) -> None:
        """Give each run its signs of life, then its turns, until all are served or time is up."""
        ledger, by_run = self.log.ledger, runs_of(self.log.ledger, found.missing)
        turns: list[Turn] = []
        signs: list[Callable[[], None]] = []
        for key, (run, accounts) in by_run.items():
            delivery = RunDelivery(desk, run, accounts)
            if delivery.is_live:
                if any(account.journal in found.grown for account in accounts):
                    signs.append(delivery.heartbeat)
                signs.append(delivery.watch_for_abort)
            if any(_has_work(account) for account in accounts):
                wait = max(0.0, run.not_before - ledger.clock)
                turns.append(Turn(self.world.boottime() + wait, key, delivery))

        def put_away(key: str) -> None:
            # At once, and not only at the end: a cache that takes all the time of every pass would never shrink.
            summary.finished += self._put_away(desk, by_run[key][1])

        crew = Crew(self.world, desk.exchange, self.deadline, self.is_stopped, put_away, partial(watch, ledger=ledger))
        serve = crew.serve if self.in_threads else crew.serve_in_line
        try:
            serve(signs, turns)
        finally:
            summary.waiting = dict(crew.deferred)
            summary.troubles |= {f"run {key}": why for key, why in crew.failed.items()}

    def _put_away(self, desk: Desk, accounts: list[JournalAccount]) -> int:
        """Leave a receipt for each of the journals that is complete, while there is time; return how many."""
        ledger, finished = self.log.ledger, 0
        for account in accounts:
            if self.is_stopped() or self.world.boottime() >= self.end:
                break
            if account.journal in ledger.journals and is_complete(desk, account, ledger.clock):
                desk.exchange.keep_lease()
                run = ledger.runs[account.run]
                finished += finish(desk, self.log, account, run, self.policy.retention)
        return finished

    def _count(self, summary: Summary, found: Scan) -> None:
        """Say what is left, and choose the exit code; an error that ended the pass has the last word."""
        ledger = self.log.ledger
        summary.journals = len(ledger.journals)
        summary.waiting_bytes = sum(
            max(0, account.size - account.reader.judged) for account in ledger.journals.values()
        )
        troubled = {
            account.file: account.trouble
            for account in ledger.journals.values()
            if account.trouble and account.journal not in found.missing
        }
        gone = {f"run {run.run}": run.gone for run in ledger.runs.values() if run.gone}
        summary.troubles = found.troubles | summary.troubles | troubled | gone
        if summary.dead_letters:
            summary.exit = Exit.DEAD_LETTERS
        elif summary.waiting or self.is_stopped():
            summary.exit = Exit.BACKLOG


def _refusal(address: str, answer: Answer) -> Exception:
    """Return the error that says why this is no server to send to."""
    said = answer.detail or "nothing usable"
    if answer.meaning is Meaning.UNAUTHORISED:
        return Unauthorised(int(said[:3]), said[4:] or "the token is not accepted")
    if answer.meaning in {Meaning.IN_DOUBT, Meaning.NOT_APPLIED}:
        return Unreachable(f"{address} answered {said} when asked for its version")
    if answer.meaning is Meaning.MISDIRECTED:
        return ConfigurationError(
            f"{address} answered {said}: a redirection, which is not followed with a token; set the server's url "
            "to the address it redirects to, if you trust it"
        )
    return ConfigurationError(
        f"{address} is no Simvue server: asked for its version it answered {said}; check the server's url"
    )


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and value == value else 0.0  # noqa: PLR0124 - not NaN


def guarantees(server: Server) -> dict[str, str]:
    """Return the guarantee in force for each kind of request (DLV-026)."""
    series = server.guarantee
    again = "exactly-once/keyed" if server.keyed else "exactly-once/idempotent"
    return {"runs": series, "metrics": series, "events": series, "tensors": series, "everything else": again}


def _has_work(account: JournalAccount) -> bool:
    if account.trouble:
        return False
    unread = account.size != account.reader.offset  # a shorter one has to be looked at, too (DLV-008)
    return unread or account.window is not None or bool(account.aside)

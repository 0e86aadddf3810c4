"""One bounded pass over a cache: lease, scan, signs of life, runs in parallel, receipts.

It decides when; what and how are `simvue.delivery`. It returns a `Summary` whatever happens, for `cli` to print.
Tests: tests/sender/test_sweep.py, and the simulation, tests/delivery/test_simulation.py.
"""

import heapq
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime

from simvue.core.answers import Meaning, judge
from simvue.core.http import Request
from simvue.core.ledger import JournalAccount, Ledger
from simvue.core.mapping import Step
from simvue.core.reading import Checker
from simvue.delivery.exchange import Deferred, Exchange, Policy, Server, TimeUp
from simvue.delivery.journals import Desk
from simvue.delivery.layout import Layout
from simvue.delivery.lease import Busy, LeaseKeeper
from simvue.delivery.runs import RunDelivery
from simvue.delivery.state import StateLog
from simvue.delivery.world import World
from simvue.errors import (
    ConfigurationError,
    LeaseLost,
    StateUnwritable,
    TlsFailure,
    Unauthorised,
    Unreachable,
)
from simvue_sender.receipts import expire, finish, is_complete, is_due
from simvue_sender.report import Exit, Summary, news
from simvue_sender.scan import Scan, runs_of, scan

__all__ = ["Watch", "guarantees", "is_idle", "sweep"]

logger = logging.getLogger(__name__)

_LONGEST_PAUSE = 900.0
_PULSE = 0.5
_FATAL = (Unauthorised, Unreachable, LeaseLost, StateUnwritable, ConfigurationError)

Watch = Callable[[int, int, Ledger], None]
"""Told now and then how many runs are served, how many are left, and what is known of all."""


def is_idle(world: World, layout: Layout) -> bool:
    """Whether there is nothing to do at all, so that not even the lease is needed."""
    return not world.listdir(layout.journals) and not is_due(world, layout)


def sweep(
    world: World,
    layout: Layout,
    checker: Checker,
    policy: Policy,
    address: Callable[[], str],
    watch: Watch = lambda _done, _left, _ledger: None,
) -> tuple[Summary, list[str]]:
    """Make one pass; return its summary and the lines that a person should read.

    `address` names the server; it is called only when there is something to send, and may raise ConfigurationError.
    """
    started = world.boottime()
    summary = Summary(layout.cache)
    lines: list[str] = []
    lease = LeaseKeeper(world, layout.cache)
    log = None
    try:
        held = lease.acquire()
        if isinstance(held, Busy):
            summary.busy = str(held)
            return summary, lines
        log = StateLog(world, layout, held.epoch)
        _Pass(world, layout, checker, policy, lease, log).make(summary, address, watch)
    except _FATAL as error:
        _explain(summary, error)
    except OSError as error:
        summary.exit, summary.failure = Exit.STATE_UNWRITABLE, f"{layout.cache}: {error.strerror or error}"
    summary.seconds = world.boottime() - started
    if log is not None:
        lines = _leave(log, lease, summary)
    elif summary.failure:
        lines = [f"simvue_sender: {summary.failure}"]
    return summary, lines


def _leave(log: StateLog, lease: LeaseKeeper, summary: Summary) -> list[str]:
    """Say what there is to say, make the notes durable, and give the lease back."""
    lines, notes = news(summary, log.ledger)
    try:
        if notes:
            log.write(*notes)
        log.sync()
    except StateUnwritable as error:
        if not summary.failure:
            _explain(summary, error)
            lines.append(f"simvue_sender: {error}")
    try:
        lease.release()
    except (LeaseLost, StateUnwritable, OSError) as error:
        logger.warning("the lease could not be released: %s", error)
    return lines


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


class _Pass:
    """The parts of a pass that share what it works with."""

    def __init__(
        self,
        world: World,
        layout: Layout,
        checker: Checker,
        policy: Policy,
        lease: LeaseKeeper,
        log: StateLog,
    ) -> None:
        self._world, self._layout, self._checker, self._policy = world, layout, checker, policy
        self._lease, self._log = lease, log
        self._deadline = world.boottime() + policy.seconds
        self._deferred: dict[str, str] = {}

    def make(self, summary: Summary, address: Callable[[], str], watch: Watch) -> None:
        """Make the pass; what it did is in the summary even if it ends by an error."""
        self._tick()
        found = scan(self._world, self._layout, self._log, self._checker)
        summary.troubles = dict(found.troubles)
        exchange = None
        try:
            if self._log.ledger.journals:
                exchange = self._connect(address())
                summary.server, summary.guarantee = exchange.server.address, guarantees(exchange.server)
                desk = self._desk(exchange)
                self._deliver(desk, found, watch)
                summary.finished = self._put_away(desk)
        finally:
            if exchange is not None:
                tally = exchange.tally
                summary.delivered = dict(tally.delivered)
                summary.dead_letters, summary.findings = tally.dead_letters, tally.findings
            self._count(summary)
        if is_due(self._world, self._layout):
            summary.expired = expire(self._world, self._layout, self._policy.retention)

    def _tick(self) -> None:
        """Advance the sender's own clock; no pause, and no clock that jumps, counts for more than a quarter hour."""
        ledger, now = self._log.ledger, self._world.now()
        passed = (now - datetime.fromisoformat(ledger.passed)).total_seconds() if ledger.passed else 0.0
        clock = ledger.clock + min(max(passed, 0.0), _LONGEST_PAUSE)
        self._log.write({"note": "pass", "clock": clock, "at": now.isoformat()})

    def _connect(self, address: str) -> Exchange:
        """Ask the server what it is, before anything is sent (DLV-020)."""
        request = Request(method="GET", path="/version", timeout=self._policy.request_timeout)
        step = Step(name="version", method="GET", path="/version", learn=lambda answer: {"said": answer | {}})
        answer = judge(step, self._world.request(request), self._world.now())
        if answer.meaning is Meaning.UNAUTHORISED:
            raise Unauthorised(int(answer.detail[:3]), answer.detail[4:] or "the token is not accepted")
        if answer.meaning is Meaning.IN_DOUBT or answer.meaning is Meaning.NOT_APPLIED:
            raise Unreachable(f"{address} answered {answer.detail or 'nothing usable'} when asked for its version")
        if answer.meaning is not Meaning.APPLIED:
            raise ConfigurationError(
                f"{address} is no Simvue server: asked for its version it answered {answer.detail}"
            )
        said = answer.facts["said"]
        server = Server(
            address=address,
            version=str(said.get("version")),
            keyed=said.get("idempotency_key") is True,
            key_window=float(said.get("idempotency_window") or 0.0),
        )
        return Exchange(self._world, self._log, self._lease, server, self._policy, self._deadline)

    def _desk(self, exchange: Exchange) -> Desk:
        headers = [account.reader.header for account in self._log.ledger.journals.values()]
        continued = [header.continues["journal"] for header in headers if header and header.continues]
        return Desk(self._world, self._layout, self._checker, exchange, frozenset(continued))

    def _deliver(self, desk: Desk, found: Scan, watch: Watch) -> None:
        """Give each run its signs of life, then its turns, until all are served or time is up."""
        clock = self._log.ledger.clock
        turns: list[tuple[float, str, RunDelivery]] = []
        signs: list[Callable[[], None]] = []
        for key, (run, accounts) in runs_of(self._log.ledger).items():
            delivery = RunDelivery(desk, run, accounts)
            if delivery.is_live:
                if any(account.journal in found.grown for account in accounts):
                    signs.append(delivery.heartbeat)
                signs.append(delivery.watch_for_abort)
            if any(_has_work(account) for account in accounts):
                turns.append((self._world.boottime() + max(0.0, run.not_before - clock), key, delivery))
        crew = _Crew(self._world, desk.exchange, self._deadline)
        crew.serve(signs, turns, lambda done, left: watch(done, left, self._log.ledger))
        self._deferred = crew.deferred

    def _put_away(self, desk: Desk) -> int:
        """Leave a receipt for each journal that is complete; return how many."""
        ledger, finished = self._log.ledger, 0
        for account in list(ledger.journals.values()):
            if is_complete(desk, account, ledger.clock):
                run = ledger.runs[account.run]
                finished += finish(desk, self._log, account, run, self._policy.retention)
        return finished

    def _count(self, summary: Summary) -> None:
        """Say what is left, and choose the exit code; an error that ended the pass has the last word."""
        ledger = self._log.ledger
        summary.journals = len(ledger.journals)
        summary.waiting_bytes = sum(
            max(0, account.size - account.reader.judged) for account in ledger.journals.values()
        )
        summary.troubles |= {f"run {run.run}": run.gone for run in ledger.runs.values() if run.gone}
        summary.waiting = dict(self._deferred)
        if summary.dead_letters:
            summary.exit = Exit.DEAD_LETTERS
        elif self._deferred:
            summary.exit = Exit.BACKLOG


def guarantees(server: Server) -> dict[str, str]:
    """Return the guarantee in force for each kind of request (DLV-026)."""
    series = server.guarantee
    again = "exactly-once/keyed" if server.keyed else "exactly-once/idempotent"
    return {"runs": series, "metrics": series, "events": series, "tensors": series, "everything else": again}


def _has_work(account: JournalAccount) -> bool:
    if account.trouble:
        return False
    unread = account.size > account.reader.offset
    return unread or account.window is not None or bool(account.aside)


class _Crew:
    """Serves runs, several at once, each in its own thread while its turn lasts."""

    def __init__(self, world: World, exchange: Exchange, deadline: float) -> None:
        self._world, self._exchange, self._deadline = world, exchange, deadline
        self._done = 0
        self.deferred: dict[str, str] = {}
        """Runs with something left to send, and why."""

    def serve(
        self,
        signs: list[Callable[[], None]],
        turns: list[tuple[float, str, RunDelivery]],
        watch: Callable[[int, int], None],
    ) -> None:
        """Give signs of life first, then turns in order of their time; a run that has to wait gets another turn.

        Raises:
            Unauthorised, Unreachable, LeaseLost, StateUnwritable, ConfigurationError: The pass is over.
        """
        if self._exchange.policy.connections == 1:  # no threads: a simulator can kill between any two effects
            for sign in signs:
                self._give(sign)
            heapq.heapify(turns)
            while turns and self._is_in_time(turns):
                due, key, delivery = heapq.heappop(turns)
                self._world.sleep(max(0.0, due - self._world.boottime()))
                self._after(key, delivery, self._take(delivery), turns)
            self._leave(turns)
            return
        with ThreadPoolExecutor(self._exchange.policy.connections) as pool:
            try:
                self._serve_in_threads(pool, signs, turns, watch)
            except BaseException:
                self._exchange.stopped.set()  # the other threads end after the request they are in
                raise
        self._leave(turns)

    def _serve_in_threads(
        self,
        pool: ThreadPoolExecutor,
        signs: list[Callable[[], None]],
        turns: list[tuple[float, str, RunDelivery]],
        watch: Callable[[int, int], None],
    ) -> None:
        heapq.heapify(turns)
        running: dict[Future[Deferred | TimeUp | None], tuple[str, RunDelivery] | None] = {}
        for sign in signs:
            running[pool.submit(self._give, sign)] = None
        while running or (turns and self._is_in_time(turns)):
            now = self._world.boottime()
            while turns and turns[0][0] <= now and len(running) < self._exchange.policy.connections:
                _, key, delivery = heapq.heappop(turns)
                running[pool.submit(self._take, delivery)] = (key, delivery)
            if running:
                finished, _ = wait(running, timeout=_PULSE, return_when=FIRST_COMPLETED)
            else:
                finished = set()
                self._world.sleep(min(_PULSE, max(0.0, turns[0][0] - now)))
            self._exchange.keep_lease()
            for future in finished:
                whose, result = running.pop(future), future.result()
                if whose is not None:
                    self._after(*whose, result, turns)
            watch(self._done, len(turns) + len(running))

    def _is_in_time(self, turns: list[tuple[float, str, RunDelivery]]) -> bool:
        return max(turns[0][0], self._world.boottime()) < self._deadline

    def _give(self, sign: Callable[[], None]) -> Deferred | TimeUp | None:
        try:
            sign()
        except TimeUp:
            logger.info("no time left for signs of life")
        return None

    def _take(self, delivery: RunDelivery) -> Deferred | TimeUp | None:
        try:
            delivery.turn()
        except (Deferred, TimeUp) as why:
            return why
        return None

    def _after(
        self,
        key: str,
        delivery: RunDelivery,
        why: Deferred | TimeUp | None,
        turns: list[tuple[float, str, RunDelivery]],
    ) -> None:
        if isinstance(why, Deferred):
            self.deferred[key] = why.why
            heapq.heappush(turns, (self._world.boottime() + why.delay, key, delivery))
        elif why is None:
            self._done += 1
            self.deferred.pop(key, None)
        else:
            self.deferred[key] = "no time left in this pass"

    def _leave(self, turns: Iterable[tuple[float, str, RunDelivery]]) -> None:
        for _, key, _ in turns:
            self.deferred.setdefault(key, "its turn comes in a later pass")

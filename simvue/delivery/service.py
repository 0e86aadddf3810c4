"""Deliver one cache from a thread of the program that writes into it: the online mode (spec/v1/passthrough.md).

It makes the sender's own passes, one after the other, each of which follows the journals for some minutes; so a state
that lasts for days stays small, and whoever comes after a crash finds what a sender would have left. What a pass does
is `simvue.delivery.passes`, where its work comes from `following`. Tests: tests/delivery/test_service.py.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from simvue.core.answers import backoff
from simvue.core.http import Transport
from simvue.core.ledger import Ledger, Note
from simvue.delivery.crew import FATAL
from simvue.delivery.desk import Desk
from simvue.delivery.folding import fold, may_fold
from simvue.delivery.following import Following
from simvue.delivery.greeting import greet
from simvue.delivery.hands import Hands
from simvue.delivery.layout import Layout
from simvue.delivery.lease import Busy, LeaseKeeper
from simvue.delivery.os_world import OsWorld
from simvue.delivery.outcome import Outcome
from simvue.delivery.passes import Pass
from simvue.delivery.refuge import discard, give_back, take
from simvue.delivery.state import StateLog, load
from simvue.delivery.terms import Policy, Server
from simvue.delivery.view import Backlog, View, backlog_of, view_of
from simvue.errors import ConfigurationError, LeaseLost, TlsFailure, Unauthorised, Unreachable
from simvue.journal.schemas import checker

__all__ = ["ONLINE", "Backlog", "Service"]

logger = logging.getLogger(__name__)

ONLINE = Policy(seconds=300.0, connections=2, linger=0.2, longest_wait=15.0)
"""Limits of a pass of a service: it follows for five minutes, waits a fifth of a second for more records to a request,
and fifteen seconds at most before it tries again."""

_OTHERS = 1.0
"""Seconds after which a lease that another holds is looked at again."""
_OTHERS_STATE = 10.0
"""Seconds after which another's state is read again, unless somebody asks for what it says."""
_HOPELESS = 30.0
"""Seconds after which a server is asked again that refused the token, or proved to be none."""


@dataclass(slots=True)
class _Others:
    """When the state of whoever holds the lease was read, and whether somebody asked since."""

    read: float = -1e9
    is_asked: bool = False


class Service:
    """Delivers one cache from a thread of the program that writes into it (PTH-002).

    Its methods may be called from any thread, and none raises but `connect`. A process that was forked off has no such
    thread: there it delivers nothing, and answers from what was known before.
    """

    def __init__(self, cache: str, transport: Transport, address: str, policy: Policy | None = None) -> None:
        """Prepare to deliver the journals in `cache` to the server at `address`, which `transport` leads to."""
        self._layout, self._address, self._policy = Layout.of_online_run(cache), address, policy or ONLINE
        self._world = OsWorld(transport)
        self._process = os.getpid()
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._progress = threading.Condition()
        self._thread: threading.Thread | None = None
        self._hands: Hands | None = None
        self._view, self._others = View(), _Others()
        # One for all passes: a lease that expired while the machine slept is known for ours, and not waited for.
        self._lease = LeaseKeeper(self._world, self._layout.cache)
        self._log: StateLog | None = None
        self._is_anothers = False
        """Whether another had the lease when it was last asked for."""
        self._troubles: Mapping[str, str] = {}
        self._is_refused = False
        self._seen = -1
        self._failures = 0
        self._problem: str | None = None

    def connect(self) -> Server:
        """Ask the server once what it is.

        Raises:
            Unauthorised, Unreachable, TlsFailure, ConfigurationError: Nothing can be sent to it.
        """
        return greet(self._world, self._address, self._policy.request_timeout)

    def start(self) -> None:
        """Deliver from now on, until `stop`; also again."""
        if self._is_here and (self._thread is None or not self._thread.is_alive()):
            self._stopping.clear()
            self._hands = Hands(self._policy.connections)
            self._thread = threading.Thread(target=self._run, name="simvue-delivery", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """Say that something was written: it is sent earlier by up to a tenth of a second, a new journal by one."""
        if self._is_here:
            self._wake.set()

    def wait_for(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Return whether a condition holds, as soon as it does, after so many seconds at most."""
        end = time.monotonic() + timeout
        while not condition():
            left = end - time.monotonic()
            if left <= 0:
                return False
            if self._is_here:
                with self._progress:
                    self._progress.wait(min(left, 0.1))
            else:
                time.sleep(min(left, 0.1))
        return True

    def facts(self, run_key: str) -> Mapping[str, object]:
        """Return what is known of a run on the server: `id`, `status`, `alerts` (name to identifier), `aborted`.

        Nothing before the server has it.
        """
        self._others.is_asked = True
        return self._view.facts.get(run_key, {})

    def backlog(self) -> Backlog:
        """Return what is written and not accounted for yet."""
        self._others.is_asked = True
        return backlog_of(self._world, self._layout, self._view)

    @property
    def problem(self) -> str | None:
        """Why the last attempt could not deliver, in words for a person; None when all is well."""
        return self._problem

    @property
    def is_refused(self) -> bool:
        """Whether the server refused the token or a run for good, or proved to be none: `problem` says which."""
        of_runs = any(name.startswith("run ") for name in list(self._troubles))
        return self._is_refused or of_runs or bool(self._view.troubles)

    def stop(self, timeout: float) -> None:
        """Finish the requests at hand, give the lease back and end the thread, within so many seconds.

        What is not delivered then is left to a sender; wait for an empty `backlog` before, to leave nothing. A request
        that lasts longer goes on while the program does.
        """
        if self._thread is None or not self._is_here:
            return
        self._stopping.set()
        self._wake.set()
        if self._thread is not threading.current_thread():
            self._thread.join(max(0.0, timeout))

    def take(self, file: str, size: int, *, is_removed: bool) -> list[Note] | None:
        """Give up a journal after `stop`: return the notes by which another cache goes on with it.

        Nobody finds it any more from then on, as nobody did before if it `is_removed`. None if its first `size` bytes
        are delivered, or this service may not have been the last that delivered from it: it stays where it is.
        """
        thread, log = self._thread, self._log
        if not self._is_here or log is None or (thread is not None and thread.is_alive()):
            return None
        if is_removed and self._is_anothers:  # the notes that say so may have been removed, too
            return None
        return take(self._world, self._layout, self._lease, log, file, size, is_removed=is_removed)

    def give_back(self, file: str) -> None:
        """Let a journal be found again that `take` hid."""
        give_back(self._world, self._layout, file)

    def discard(self, file: str, facts: Mapping[str, object]) -> None:
        """Remove a journal that `take` hid and that was delivered elsewhere; `facts` are what is known of its run."""
        discard(self._world, self._layout, self._lease, file, dict(facts))
        self._fold()

    @property
    def _is_here(self) -> bool:
        """Whether this is the process that has the thread."""
        return os.getpid() == self._process

    # In the thread.

    def _run(self) -> None:
        while not self._stopping.is_set():
            pause = self._attempt()
            self._tell()
            self._stopping.wait(pause)
        if self._hands is not None:
            self._hands.close()
        self._fold()

    def _fold(self) -> None:
        """Leave nothing behind if nothing is left to do; else, or if that is not possible now, a sender does it."""
        try:
            if may_fold(self._world, self._layout):
                fold(self._world, self._layout, checker())
        except Exception as error:  # noqa: BLE001 - whatever it is, a sender will meet it, too, and say so
            logger.info("%s is left to a sender: %s", self._layout.cache, error)

    def _attempt(self) -> float:
        """Make a pass, if nobody else does; return how long to wait before the next. No error leaves it."""
        try:
            self._pass()
        except _Taken:
            return _OTHERS
        except Exception as error:  # noqa: BLE001 - none may end the thread, and all are told
            return self._failed(error)
        self._failures, self._problem, self._is_refused = 0, None, False
        return 0.0

    def _failed(self, error: Exception) -> float:
        """Say what is wrong; return how long to wait."""
        self._failures += 1
        if isinstance(error, OSError):
            problem = f"cannot use {error.filename or self._layout.cache}: {error.strerror or error}"
        elif isinstance(error, FATAL):
            problem = str(error)
        else:
            logger.error("the delivery failed", exc_info=error)
            problem = f"the delivery failed, which is a fault of simvue: {error!r}"
        logger.info("%s: %s", self._layout.cache, problem)
        self._problem = problem
        if isinstance(error, LeaseLost):
            return _OTHERS
        self._is_refused = isinstance(error, Unauthorised | ConfigurationError | TlsFailure)
        if self._is_refused:
            return _HOPELESS
        least = 0.2 if isinstance(error, Unreachable) else 1.0
        return max(least, backoff(self._failures, self._world.random(), self._policy.longest_wait))

    def _pass(self) -> None:
        lease = self._lease
        lease.release()  # what the last pass could not give back: else we would wait for ourselves
        held = lease.acquire()
        self._is_anothers = isinstance(held, Busy)
        if isinstance(held, Busy):
            self._look_at_other()
            raise _Taken
        try:
            log = self._log = self._loaded(held.epoch)
            self._seen = -1

            def follow(desk: Desk) -> Following:
                self._troubles = desk.exchange.tally.troubles
                return Following(desk, self._wake, lambda waiting: self._publish(log, waiting))

            Pass(
                self._world,
                self._layout,
                checker(),
                self._policy,
                lease,
                log,
                self._stopping.is_set,
                pool=self._hands,
                follow=follow,
                on_served=lambda: self._served(log),
            ).make(Outcome(self._layout.cache), lambda: self._address)
            log.sync()
            self._publish(log, {})
        finally:
            self._release()

    def _loaded(self, epoch: int) -> StateLog:
        """Load the state; what this service knows is written again if somebody has removed the notes of it."""
        log, before = StateLog(self._world, self._layout, epoch, compact=True), self._log
        if before is None:
            return log
        known = before.ledger.journals
        put_away = set(self._world.listdir(self._layout.delivered)) if known.keys() - log.ledger.journals else set()
        if any(f"{journal}.receipt.json" not in put_away for journal in known.keys() - log.ledger.journals):
            logger.info("%s: the notes of what is delivered were removed, and are written again", self._layout.cache)
            log.write(*before.ledger.notes(), durable=True)
        return log

    def _release(self) -> None:
        try:
            self._lease.release()
        except Exception as error:  # noqa: BLE001 - the next pass tries again
            logger.info("the lease could not be released: %s", error)

    def _publish(self, log: StateLog, waiting: Mapping[str, str]) -> None:
        """Let others see what is known by now, and why something waits."""
        self._see(log)
        problem = next(iter([*waiting.values(), *self._view.troubles]), None)
        # What ended the last pass is over when something was delivered, or nothing is left to be.
        if problem or not self._failures or not self._view.has_work:
            self._problem = problem
        self._tell()

    def _served(self, log: StateLog) -> None:
        self._failures = 0
        self._publish(log, {})

    def _see(self, log: StateLog) -> None:
        if log.written != self._seen:
            self._seen = log.written
            self._view = log.read(lambda ledger: view_of(ledger, self._view))

    def _look_at_other(self) -> None:
        """Learn from the state of whoever delivers this cache what is known."""
        now, others = self._world.boottime(), self._others
        if now - others.read < (_OTHERS if others.is_asked else _OTHERS_STATE):
            return
        others.read, others.is_asked = now, False
        ledger: Ledger = load(self._world, self._layout)[0]
        self._view = view_of(ledger, self._view)
        self._problem = next(iter(self._view.troubles), None)

    def _tell(self) -> None:
        with self._progress:
            self._progress.notify_all()


class _Taken(Exception):  # noqa: N818 - no error
    """Another delivers this cache."""

"""Carry one request to its outcome, so that it is applied once however often it is interrupted.

Intent, request, outcome; in doubt, the same request again to a server that knows idempotency keys, or else a look at
what the server holds (DLV-010 to DLV-025). What to send is decided in `simvue.core`, what an answer means in
`simvue.core.answers`, how to look in `simvue.delivery.readback`; the words for what can come of it are in
`simvue.delivery.terms`. Tests: tests/delivery/test_exchange.py and the simulation, tests/delivery/test_simulation.py.
"""

import hashlib
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import NoReturn

from simvue.core.answers import Answer, Meaning, backoff, judge
from simvue.core.http import FileBody, Request
from simvue.core.ledger import JournalAccount, Note, RunAccount
from simvue.core.steps import Facts, Step
from simvue.delivery.lease import LeaseKeeper
from simvue.delivery.state import StateLog
from simvue.delivery.tally import Tally
from simvue.delivery.terms import Deferred, Found, Look, NoLook, Policy, Refused, RunGone, Server, TimeUp
from simvue.delivery.world import World
from simvue.errors import ConfigurationError, NoAnswer, TlsFailure, Unauthorised, Unreachable

__all__ = [
    "Deferred",
    "Exchange",
    "Found",
    "Look",
    "NoLook",
    "Policy",
    "Refused",
    "RunGone",
    "Server",
    "TimeUp",
]

logger = logging.getLogger(__name__)

_MEGABYTE = 1024 * 1024
_LONGEST_CHECK = 45.0
"""Seconds that the lease must last when a request begins; while longer ones run, it is renewed."""
_AFTER_DEADLINE = 0.1
"""The part of a pass that follows the deadline for beginning a request: the last one ends in it (DLV-038)."""
_LOST_CONNECTIONS = 2
"""Failures to connect, one after another, that end a pass; one says nothing about the server."""


class Exchange:
    """Sends the requests of one pass. Its methods may be called from several threads, a run in each."""

    def __init__(
        self,
        world: World,
        log: StateLog,
        lease: LeaseKeeper,
        server: Server,
        policy: Policy,
        deadline: float,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """Prepare for the requests of a pass; when `is_stopped`, none is begun any more."""
        self._world, self.log, self._lease, self._is_stopped = world, log, lease, is_stopped
        self.server, self.policy, self.deadline = server, policy, deadline
        self.tally = Tally()
        self._began = world.boottime()
        self._lost_connections = 0
        self._lease_lock = threading.Lock()

    @property
    def clock(self) -> float:
        """The sender's own seconds of watching, now (see `Ledger.clock`)."""
        return self.log.ledger.clock + self._world.boottime() - self._began

    def perform(
        self, account: JournalAccount, run: RunAccount, key: str, step: Step, look: Look | None = None
    ) -> Facts:
        """Return what the step's answer taught, after sending it if that is still to be done.

        The outcome of a batch of which only a part arrived has the member `missing` (DLV-025).

        Raises:
            Refused, RunGone, Deferred, TimeUp: As their descriptions say.
            Unauthorised, Unreachable, LeaseLost, StateUnwritable, ConfigurationError: The pass is over.
        """
        outcome = account.outcomes.get(key)
        if outcome is not None:
            if outcome["result"] == "refused":
                raise Refused(outcome["detail"], fresh=False)
            return dict(outcome["facts"])
        digest = hashlib.sha256(step.body).hexdigest()
        before, sent_as = account.intents.get(key), key
        if before is not None:
            same = before["sha256"] == digest
            # Another version of the sender may make other bytes of a record, and a key has one body.
            sent_as = before["as"] if same else f"{key}/{digest[:8]}"
            if look and not (same and self._is_remembered(before)):
                found = self._look_until_sure(run, before, look)
                if found:
                    return self._applied(account, run, key, found)
                before = None  # believed to be absent (DLV-024)
        note = {"note": "intent", "journal": account.journal, "key": key, "as": sent_as, "sha256": digest}
        return self._send(account, run, step, note, before)

    def _send(self, account: JournalAccount, run: RunAccount, step: Step, intent: Note, before: Note | None) -> Facts:
        """Note the intent, send, and note the outcome; `before` is the intent that is in doubt already."""
        key = intent["key"]
        request = self._request(step, intent["as"])
        if not step.is_lookup:
            now = self._world.now().isoformat()
            times = {"at": now, "first": before["first"] if before else now, "clock": self.clock}
            self.log.write(intent | times, durable=True)
        try:
            answer = self._attempt(step, request)
        except (TimeUp, Unauthorised, Unreachable, ConfigurationError):
            self._withdraw(account, step, key, before)
            raise
        logger.info("%s %s -> %s %s", step.method, step.path.partition("?")[0], answer.meaning.name, answer.detail)
        if answer.meaning is Meaning.APPLIED:
            return self._applied(account, run, key, Found(answer.facts), secret=step.keeps_secret)
        if answer.meaning is Meaning.REFUSED:
            raise Refused(answer.detail, fresh=True)
        if answer.meaning is Meaning.IN_DOUBT:
            self.defer(run, answer.detail, answer.retry_after)
        self._withdraw(account, step, key, before)
        if answer.meaning is Meaning.NOT_FOUND:
            self._not_found(run, step, answer)
        return self.defer(run, answer.detail, answer.retry_after)

    def _withdraw(self, account: JournalAccount, step: Step, key: str, before: Note | None) -> None:
        """This attempt was certainly not applied: what was in doubt before it still is, and nothing else."""
        if not step.is_lookup:
            self.log.write(before or {"note": "clear", "journal": account.journal, "key": key})

    def _not_found(self, run: RunAccount, step: Step, answer: Answer) -> None:
        """Tell a run that is gone, and a server without this address, from a record that names what is not there."""
        if _is_of_run(step):
            raise RunGone(answer.detail)
        if step.method != "POST":
            raise Refused(answer.detail, fresh=True)
        self.check_run(run)
        self.defer(run, f"the server has no {step.method} {step.path}: {answer.detail}")

    def check_run(self, run: RunAccount) -> None:
        """Ask whether the server has the run: one that lost it refuses its records (DLV-033). Raises RunGone."""
        if "id" in run.facts:
            answer = self.ask(Step(name="look", method="GET", path=f"/runs/{run.facts['id']}"))
            if answer.meaning is Meaning.NOT_FOUND:
                raise RunGone(answer.detail)

    def _attempt(self, step: Step, request: Request) -> Answer:
        """Send once, if the pass has the time; a failure that may pass becomes an answer, any other is raised."""
        timeout = self._may_begin(request.timeout, is_upload=step.upload is not None)
        try:
            response = self._world.request(replace(request, timeout=timeout))
        except NoAnswer as error:
            return Answer(meaning=Meaning.IN_DOUBT, facts={}, detail=str(error), answered=False)
        except Unreachable as error:
            if step.upload is None:  # a storage that cannot be reached says nothing about the server
                self._lost_connections += 1
                if isinstance(error, TlsFailure) or self._lost_connections >= _LOST_CONNECTIONS:
                    raise
            return Answer(meaning=Meaning.NOT_APPLIED, facts={}, detail=str(error), retry_after=1.0, answered=False)
        self._lost_connections = 0
        answer = judge(step, response, self._world.now())
        if answer.meaning is Meaning.UNAUTHORISED:
            raise Unauthorised(response.status, answer.detail)
        if answer.meaning is Meaning.MISDIRECTED:
            raise ConfigurationError(
                f"{self.server.address} answered {answer.detail}: a redirection, which is not followed with a token; "
                "set the server's url to the address it redirects to, if you trust it"
            )
        return answer

    def _applied(
        self, account: JournalAccount, run: RunAccount, key: str, found: Found, *, secret: bool = False
    ) -> Facts:
        """Note the outcome. An answer with a signed address is not kept: the request is repeated if need be."""
        facts = found.facts | ({"missing": list(found.missing)} if found.missing else {})
        if not secret:
            self.conclude(account, key, facts)
        if run.attempts:
            self.log.write({"note": "wait", "run": run.run, "attempts": 0, "until": 0.0})
        return dict(facts)

    def conclude(self, account: JournalAccount, key: str, facts: Facts) -> None:
        """Note that nothing is left to be done for a key, and what that taught."""
        note: Note = {"note": "outcome", "journal": account.journal, "key": key, "result": "applied"}
        self.log.write(note | {"facts": facts})

    def refuse(self, account: JournalAccount, key: str, detail: str) -> None:
        """Note that the server refused a request for good."""
        note: Note = {"note": "outcome", "journal": account.journal, "key": key, "result": "refused"}
        self.log.write(note | {"detail": detail})

    def resolve(self, account: JournalAccount, run: RunAccount, key: str, look: Look) -> Facts | None:
        """Settle a request in doubt that cannot be made again; None if it was not applied."""
        outcome = account.outcomes.get(key)
        if outcome is not None:
            return dict(outcome["facts"]) if outcome["result"] == "applied" else None
        found = self._look_until_sure(run, account.intents[key], look)
        if found:
            return self._applied(account, run, key, found)
        self.log.write({"note": "clear", "journal": account.journal, "key": key})
        return None

    def _is_remembered(self, intent: Note) -> bool:
        """Whether the server still knows the key of a request in doubt (DLV-022)."""
        age = (self._world.now() - datetime.fromisoformat(intent["first"])).total_seconds()
        # A clock that was set back tells no age.
        return self.server.keyed and 0.0 <= age < self.server.key_window - self.policy.settle

    def _look_until_sure(self, run: RunAccount, intent: Note, look: Look) -> Found | None:
        """DLV-024: whole is whole at once; a part or nothing is believed after the settle time, seen twice."""
        try:
            first = look()
            if first is not None and not first.missing:
                return first
            left = intent["clock"] + self.policy.settle - self.clock
            if left > 0:
                self.defer(run, "waiting until the server has settled", left)
            self._world.sleep(1.0)
            if look() != first:
                self.defer(run, "the server's answers still change")
        except NoLook as error:
            self.defer(run, str(error))
        return first

    def defer(self, run: RunAccount, why: str, wish: float | None = None) -> NoReturn:
        """Have the run wait: as long as wished, or longer with every failure in a row (DLV-035, DLV-036)."""
        attempts = run.attempts + 1
        delay = wish if wish is not None else backoff(attempts, self._world.random(), self.policy.longest_wait)
        self.log.write({"note": "wait", "run": run.run, "attempts": attempts, "until": self.clock + delay})
        raise Deferred(delay, why)

    def _may_begin(self, needed: float, *, is_upload: bool = False) -> float:
        """Return how long a request may take; none begins that the pass or the lease may not outlast.

        An upload takes as long as its size asks for: there is no other way to finish a large one.
        """
        left = self.check_time()
        with self._lease_lock:
            self._lease.renew_if_due()
            if not self._lease.check(min(needed, _LONGEST_CHECK)):
                raise TimeUp
        return needed if is_upload else min(needed, left + _AFTER_DEADLINE * self.policy.seconds)

    def check_time(self) -> float:
        """Return the seconds until the deadline; raises TimeUp when it has passed, or the pass is to end."""
        left = self.deadline - self._world.boottime()
        if self._is_stopped() or left <= 0:
            raise TimeUp
        return left

    def keep_lease(self) -> None:
        """Renew the lease if it is time: long uploads outlast it otherwise."""
        with self._lease_lock:
            self._lease.renew_if_due()

    def _request(self, step: Step, key: str) -> Request:
        if step.upload is not None:
            return self._upload(step.upload)
        return Request(
            method=step.method,
            path=step.path,
            query=step.query,
            headers=(("Content-Type", step.content_type),) if step.body else (),
            body=step.body,
            timeout=self.policy.request_timeout,
            key=None if step.is_lookup or not key else key,
        )

    def _upload(self, upload: Facts) -> Request:
        fields = tuple((str(name), str(value)) for name, value in (upload.get("fields") or {}).items())
        return Request(
            method="POST" if fields else "PUT",
            path=upload["url"],
            body=FileBody(path=upload["path"], size=upload["size"], fields=fields, file_name=upload["name"]),
            timeout=self.policy.request_timeout + upload["size"] // _MEGABYTE,
        )

    def ask(self, step: Step) -> Answer:
        """Send a request that only asks, outside of any record's delivery; what is no answer is one in doubt.

        Raises:
            Unauthorised, Unreachable, LeaseLost, StateUnwritable, ConfigurationError: The pass is over.
        """
        return self._attempt(step, self._request(step, ""))


def _is_of_run(step: Step) -> bool:
    return step.path.startswith("/runs/") and "/artifacts/" not in step.path and "/grids/" not in step.path

"""Carry one request to its outcome, so that it is applied once however often it is interrupted.

Intent, request, outcome; in doubt, the same request again to a server that knows idempotency keys, or else a look at
what the server holds (DLV-010 to DLV-025). What to send is decided in `simvue.core`, what an answer means in
`simvue.core.answers`, how to look in `simvue.delivery.readback`. Tests: tests/delivery/test_exchange.py and the
simulation, tests/delivery/test_simulation.py.
"""

import hashlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from simvue.core.answers import Answer, Meaning, backoff, judge
from simvue.core.http import FileBody, Request
from simvue.core.ledger import JournalAccount, Note, RunAccount
from simvue.core.mapping import Facts, Step
from simvue.delivery.lease import LeaseKeeper
from simvue.delivery.state import StateLog
from simvue.delivery.tally import Tally
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


class TimeUp(Exception):  # noqa: N818 - no error: the pass is over
    """The pass has no time for another request."""


class Deferred(Exception):  # noqa: N818 - no error: the run's turn comes later
    """The run has to wait `delay` seconds before its next request."""

    def __init__(self, delay: float, why: str) -> None:
        super().__init__(delay, why)
        self.delay, self.why = delay, why


class Refused(Exception):  # noqa: N818 - a verdict on a request
    """The server will never accept this request; `fresh` says that it said so just now."""

    def __init__(self, detail: str, *, fresh: bool) -> None:
        super().__init__(detail, fresh)
        self.detail, self.fresh = detail, fresh


class NoLook(Exception):  # noqa: N818 - the server did not say
    """A look at the server showed neither presence nor absence."""


class RunGone(Exception):  # noqa: N818 - a state of the server
    """The server does not know the run any more (DLV-033)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Limits of a pass, in seconds, and of what it reads at once, in bytes."""

    seconds: float = 50.0
    request_timeout: float = 10.0
    settle: float = 60.0
    adopt_after: float = 600.0
    stale_after: float = 24 * 3600.0
    retention: float = 7 * 24 * 3600.0
    connections: int = 4
    window: int = 2 * _MEGABYTE
    artifact_roots: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What the server said of itself (DLV-020)."""

    address: str
    version: str
    keyed: bool
    key_window: float

    @property
    def guarantee(self) -> str:
        """Which guarantee is in force for metrics and events (DLV-026)."""
        return "exactly-once/keyed" if self.keyed else "exactly-once/reconciled"


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at the server showed: everything, with its facts, or a part, with what is missing."""

    facts: Facts
    missing: tuple[tuple[int, list[str]], ...] = ()


Look = Callable[[], Found | None]
"""Asks the server whether a request in doubt was applied; None says that there is no trace of it."""


class Exchange:
    """Sends the requests of one pass. Its methods may be called from several threads, a run in each."""

    def __init__(
        self, world: World, log: StateLog, lease: LeaseKeeper, server: Server, policy: Policy, deadline: float
    ) -> None:
        self._world, self.log, self._lease = world, log, lease
        self.server, self.policy, self.deadline = server, policy, deadline
        self.tally = Tally()
        self._lease_lock = threading.Lock()
        self.stopped = threading.Event()
        """Set when the pass is to end: no request is begun any more."""

    def perform(
        self, account: JournalAccount, run: RunAccount, key: str, step: Step, look: Look | None = None
    ) -> Facts:
        """Return what the step's answer taught, after sending it if that is still to be done.

        The outcome of a batch of which only a part arrived has the member `missing` (DLV-025).

        Raises:
            Refused, RunGone, Deferred, TimeUp: As their descriptions say.
            Unauthorised, Unreachable, LeaseLost, StateUnwritable: The pass is over.
        """
        outcome = account.outcomes.get(key)
        if outcome is not None:
            if outcome["result"] == "refused":
                raise Refused(outcome["detail"], fresh=False)
            return dict(outcome["facts"])
        digest = hashlib.sha256(step.body).hexdigest()
        intent = account.intents.get(key)
        sent_as = key
        if intent is not None:
            if intent["sha256"] != digest:
                sent_as = f"{key}/{digest[:8]}"  # another sender's version froze other bytes: a key has one body
            if look and not (sent_as == key and self._is_remembered(intent)):
                found = self._look_until_sure(run, intent, look)
                if found:
                    return self._applied(account, run, key, found)
        return self._send(account, run, key, sent_as, step, digest)

    def _send(self, account: JournalAccount, run: RunAccount, key: str, sent_as: str, step: Step, digest: str) -> Facts:
        request = self._request(step, sent_as)
        self._may_begin(request.timeout)
        if not step.is_lookup:
            previous = account.intents.get(key, {})
            now = self._world.now().isoformat()
            note = {"note": "intent", "journal": account.journal, "key": key, "sha256": digest, "at": now}
            self.log.write(note | {"first": previous.get("first", now)}, durable=True)
            self._may_begin(request.timeout)  # making a note durable can take its time
        answer = self._attempt(run, step, request)
        logger.info("%s %s -> %s %s", step.method, step.path.partition("?")[0], answer.meaning.name, answer.detail)
        if answer.meaning is Meaning.APPLIED:
            return self._applied(account, run, key, Found(answer.facts), secret=step.keeps_secret)
        if answer.meaning is Meaning.REFUSED or (answer.meaning is Meaning.NOT_FOUND and not _is_of_run(step)):
            raise Refused(answer.detail, fresh=True)
        if answer.meaning is Meaning.NOT_FOUND:
            raise RunGone(answer.detail)
        if answer.meaning is Meaning.NOT_APPLIED and not step.is_lookup:
            self.log.write({"note": "clear", "journal": account.journal, "key": key})
        return self._defer(run, answer.retry_after, answer.detail)

    def _attempt(self, run: RunAccount, step: Step, request: Request) -> Answer:
        """Send once; a failure that may pass becomes an answer, any other ends the pass."""
        try:
            response = self._world.request(request)
        except NoAnswer as error:
            return Answer(meaning=Meaning.IN_DOUBT, facts={}, detail=str(error))
        except TlsFailure:
            raise
        except Unreachable as error:
            if run.attempts == 0:  # one lost connection says nothing about the server
                return Answer(meaning=Meaning.NOT_APPLIED, facts={}, detail=str(error), retry_after=1.0)
            raise
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
            note: Note = {"note": "outcome", "journal": account.journal, "key": key, "result": "applied"}
            self.log.write(note | {"facts": facts})
        if run.attempts:
            self.log.write({"note": "wait", "run": run.run, "attempts": 0, "until": 0.0})
        return dict(facts)

    def refuse(self, account: JournalAccount, key: str, detail: str, *, halved: bool = False) -> None:
        """Note that a request was refused; a batch that is then halved is not refused as a whole."""
        note: Note = {"note": "outcome", "journal": account.journal, "key": key, "detail": detail}
        self.log.write(note | ({"result": "applied", "facts": {"halved": True}} if halved else {"result": "refused"}))

    def _is_remembered(self, intent: Note) -> bool:
        """Whether the server still knows the key of a request in doubt (DLV-022)."""
        first = datetime.fromisoformat(intent["first"])
        age = (self._world.now() - first).total_seconds()
        return self.server.keyed and age < self.server.key_window - self.policy.settle

    def _look_until_sure(self, run: RunAccount, intent: Note, look: Look) -> Found | None:
        """DLV-024: whole is whole at once; a part or nothing is believed after the settle time, seen twice."""
        since = (self._world.now() - datetime.fromisoformat(intent["at"])).total_seconds()
        settled = since >= self.policy.settle
        try:
            return self._look_twice(run, look, settled=settled, since=since)
        except NoLook as error:
            self._defer(run, None, str(error))

    def _look_twice(self, run: RunAccount, look: Look, *, settled: bool, since: float) -> Found | None:
        self._may_begin(self.policy.request_timeout)
        first = look()
        if first is not None and not first.missing:
            return first
        if not settled:
            # A clock that was set back must not make this wait for ever: from now, at the most.
            self._defer(run, self.policy.settle - max(since, 0.0), "waiting until the server has settled")
        self._world.sleep(1.0)
        self._may_begin(self.policy.request_timeout)
        if look() != first:
            self._defer(run, None, "the server's answers still change")
        return first

    def _defer(self, run: RunAccount, wish: float | None, why: str) -> NoReturn:
        attempts = run.attempts + 1
        delay = wish if wish is not None else backoff(attempts, self._world.random())
        until = self.log.ledger.clock + delay
        self.log.write({"note": "wait", "run": run.run, "attempts": attempts, "until": until})
        raise Deferred(delay, why)

    def _may_begin(self, needed: float) -> None:
        """Begin no request that the pass, or the lease, may not outlast (DLV-001, DLV-038)."""
        if self.stopped.is_set() or self._world.boottime() >= self.deadline:
            raise TimeUp
        with self._lease_lock:
            self._lease.renew_if_due()
            if not self._lease.check(min(needed, _LONGEST_CHECK)):
                raise TimeUp

    def keep_lease(self) -> None:
        """Renew the lease if it is time: long uploads outlast it otherwise."""
        with self._lease_lock:
            self._lease.renew_if_due()

    def _request(self, step: Step, key: str) -> Request:
        timeout = self.policy.request_timeout
        if step.upload is not None:
            return self._upload(step)
        return Request(
            method=step.method,
            path=step.path,
            query=step.query,
            headers=(("Content-Type", step.content_type),) if step.body else (),
            body=step.body,
            timeout=timeout,
            key=None if step.is_lookup else key[:255],
        )

    def _upload(self, step: Step) -> Request:
        upload = step.upload or {}
        fields = tuple((str(name), str(value)) for name, value in (upload.get("fields") or {}).items())
        return Request(
            method="POST" if fields else "PUT",
            path=upload["url"],
            body=FileBody(path=upload["path"], size=upload["size"], fields=fields, file_name=upload["name"]),
            timeout=self.policy.request_timeout + upload["size"] // _MEGABYTE,
        )

    def ask(self, step: Step) -> Answer:
        """Send a request that only asks, outside of any record's delivery; the answer may be of any meaning."""
        self._may_begin(self.policy.request_timeout)
        try:
            return judge(step, self._world.request(self._request(step, "")), self._world.now())
        except NoAnswer as error:
            return Answer(meaning=Meaning.IN_DOUBT, facts={}, detail=str(error))


def _is_of_run(step: Step) -> bool:
    return step.path.startswith("/runs/") and "/artifacts/" not in step.path and "/grids/" not in step.path

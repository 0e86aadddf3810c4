"""The server's side of an online run: a small cache of the run's own, and the service that delivers it.

What is delivered, and how, is `simvue.delivery.service`; what the run makes of the answers, `simvue.run.life`.
Tests: tests/run/test_online.py, tests/run/test_online_faults.py.
"""

import errno
import logging
import shutil
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from time import monotonic
from typing import Any

import orjson

from simvue.config import Settings
from simvue.core.http import Request, Transport
from simvue.core.mapping import next_step
from simvue.core.steps import Place, Step
from simvue.delivery.layout import Layout
from simvue.delivery.refuge import caches_in_memory, carry_artifacts, make_cache, put_notes
from simvue.delivery.service import ONLINE, Backlog, Service
from simvue.errors import SimvueError, SimvueRunError, Unauthorised
from simvue.journal.journal_file import JournalFile
from simvue.journal.refuge import Entrance
from simvue.journal.schemas import checker
from simvue.journal.warning import warn

__all__ = ["Online"]

logger = logging.getLogger(__name__)

_FOR_CREATION = 30.0
"""Seconds within which the server has to have the run that `init` begins."""
_FOR_ALERT = 2.0
_FOR_NAME = 5.0
_PAGE = 100
_LAST = ("event", "status", "end")
"""Kinds whose checks are made ready at the beginning: code that is compiled while a program ends by Ctrl-C changes its
exit status."""
_TO_STOP = 2.0
"""Seconds for the requests at hand, when there is nothing else to wait for."""
_TO_LEAVE = 5.0
"""Seconds for the requests at hand, before a run goes on in another cache."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
"""Errors of a whole filesystem; others may be those of one file."""
_IN_MEMORY = replace(ONLINE, retention=0.0)
"""Limits for a cache in memory: what is delivered is not kept there for a week."""
_OFFLINE = "or record with mode='offline', and run simvue_sender where there is a network"


@dataclass(frozen=True, slots=True)
class _Former:
    """A cache in which the run was recorded before it moved."""

    cache: Path
    service: Service
    is_volatile: bool
    taken: str | None
    """The name of the journal that was taken along."""


class Online:
    """Delivers what one run of this process appends to its small cache, until it is finished.

    When that cannot be written any more, it finds another one: it is the writer's refuge (`simvue.journal.refuge`).
    """

    def __init__(self, settings: Settings, key: str, moved: Callable[[], None] = lambda: None) -> None:
        """Prepare; `moved` is called when the run has gone on in another cache."""
        self._settings, self._key, self._moved = settings, key, moved
        self._service: Service | None = None
        self._transport: Transport | None = None
        self.cache = Path(settings.cache, "online", key)
        """The small cache; `open` puts it elsewhere if it cannot be written."""
        self._is_volatile = False
        self._facts: Mapping[str, Any] = {}
        self._former: list[_Former] = []
        self._next, self._taken = self.cache, ""
        self._why = ""
        self._says_beside = True
        self._finishing = threading.Lock()

    def open(self) -> None:
        """Reach the server, and find a place for the journal.

        Raises:
            SimvueRunError: The server cannot be used; the text says what to do.
        """
        server = self._settings.server
        if server is None:
            raise SimvueRunError(f"no server is configured; {_OFFLINE}")
        self._transport = _transport(self._settings)
        is_new = not self.cache.exists()
        self._prepare()
        policy = _IN_MEMORY if self._is_volatile else None
        service = Service(str(self.cache), self._transport, server.url, policy)
        try:
            service.connect()
        except SimvueError as error:
            if is_new or self._is_volatile:
                shutil.rmtree(self.cache, ignore_errors=True)
            raise _refusal(error) from error
        self._service = service

    def begin(self, *, wait: bool) -> None:
        """Deliver from now on; with `wait`, return when the server has the run.

        Raises:
            SimvueRunError: It does not have it in time.
        """
        service = self._service
        if service is None:
            return
        service.start()
        service.wake()
        for kind in _LAST:
            checker().problem(kind, {})
        if wait:
            service.wait_for(lambda: "id" in self.facts() or service.is_refused, _FOR_CREATION)
        if wait and "id" not in self.facts():
            limit, later = "", "simvue_sender tries again, and keeps what is refused as dead letters"
            if not service.is_refused:
                limit, later = f" within {_FOR_CREATION:g} s", "simvue_sender delivers it"
            raise SimvueRunError(
                f"the server has not made the run{limit}: {service.problem or 'no answer'}. What "
                f"was recorded is in {self.cache}, and {later}; {_OFFLINE}"
            )

    def facts(self) -> Mapping[str, Any]:
        """Return what is known of the run on the server: `id`, `alerts` by name; nothing before it is there."""
        service = self._service
        return self._facts if service is None else {**self._facts, **service.facts(self._key)}

    def alert(self, name: str) -> str | None:
        """Return the server's identifier of an alert that is recorded, if it is known in a moment."""
        service = self._service
        if service is None or service.problem is not None:
            return None
        service.wake()
        service.wait_for(lambda: name in self.facts().get("alerts", {}), _FOR_ALERT)
        found = self.facts().get("alerts", {}).get(name)
        return None if found is None else str(found)

    def define_alert(self, members: Mapping[str, Any]) -> str:
        """Create an alert, or find the one that is like it; return its identifier. Raises SimvueRunError."""
        step = next_step({"kind": "alert", **members}, Place(journal="", run_key=self._key, run={}), {})
        if isinstance(step, Step) and self._transport is not None:
            headers = (("Content-Type", step.content_type),)
            request = Request(
                method=step.method, path=step.path, timeout=_FOR_NAME, query=step.query, headers=headers, body=step.body
            )
            with suppress(SimvueError, ValueError, TypeError, KeyError):
                answer = self._transport(request)
                if answer.status in (HTTPStatus.OK, HTTPStatus.CONFLICT):
                    return str(orjson.loads(answer.body)["id"])
        raise SimvueRunError(f"the server did not take the alert {members['name']!r}; define it later, or attach it")

    def alerts_named(self, names: list[str]) -> dict[str, str]:
        """Return the server's identifiers of alerts by their names; raises SimvueRunError if it does not answer."""
        found: dict[str, str] = {}
        start = 0
        while missing := [name for name in names if name not in found]:
            page = self.ask("/alerts", (("start", str(start)), ("count", str(_PAGE))))
            if page is None:
                raise SimvueRunError(f"the server did not say which alerts it has; {missing[0]!r} is not attached")
            rows = [row for row in page.get("data", []) if isinstance(row, dict)]
            found |= {str(row.get("name")): str(row.get("id")) for row in rows if row.get("name") in missing}
            start += len(rows)
            if len(rows) < _PAGE:
                break
        return found

    def ask(self, path: str, query: tuple[tuple[str, str], ...] = ()) -> Mapping[str, Any] | None:
        """Return the answer of a GET as an object; None if there is none within some seconds."""
        if self._transport is None:
            return None
        with suppress(SimvueError, ValueError):
            answer = self._transport(Request(method="GET", path=path, query=query, timeout=_FOR_NAME))
            content = orjson.loads(answer.body)
            if answer.status == HTTPStatus.OK and isinstance(content, dict):
                return content
        return None

    def put(self, path: str, body: Mapping[str, object]) -> bool:
        """Put an object, once; return whether the server took it."""
        if self._transport is None:
            return False
        headers = (("Content-Type", "application/json"),)
        request = Request(method="PUT", path=path, timeout=_FOR_NAME, headers=headers, body=orjson.dumps(body))
        with suppress(SimvueError):
            return self._transport(request).status == HTTPStatus.OK
        return False

    def finish(self, patience: float) -> None:
        """Wait for what is still to be delivered, `patience` seconds at most, and stop delivering.

        A request that is under way then gets two seconds more.
        """
        # A second caller may end the process when it returns; of a signal's thread, the first one is held up.
        if not self._finishing.acquire(timeout=patience):
            return
        try:
            service = self._service
            if service is None:
                return
            until = monotonic() + patience
            for one in self._services:
                one.wake()
            service.wait_for(
                lambda: all(_is_over(one, is_former=one is not service) for one in self._services), patience
            )
            self._facts = dict(self.facts())
            whys = [one.problem for one in self._services]  # a pass that is stopped ends without one
            for one in self._services:
                one.stop(max(_TO_STOP, until - monotonic()))
            self._tell_what_is_left(whys)
            self._service = None
            self._former.clear()
        finally:
            self._finishing.release()

    def _tell_what_is_left(self, whys: list[str | None]) -> None:
        """Say what is still to be delivered, and how; where that is nothing, leave nothing in memory."""
        caches = [*((each.cache, each.is_volatile) for each in self._former), (self.cache, self._is_volatile)]
        before = [None, *self._former]  # whose journal was taken along into the cache
        for (cache, is_volatile), former, service, why in zip(caches, before, self._services, whys, strict=True):
            backlog, because = service.backlog(), service.problem or why
            how = f"SIMVUE_OFFLINE_DIRECTORY={cache} simvue_sender" if is_volatile else "simvue_sender"
            if backlog.records:
                reason = f" ({because})" if because else ""
                place = f", recorded in {cache} before," if cache != self.cache else ""
                said = f"{backlog.records} records of the run {self._key}{place} are still to be delivered{reason}; "
                warn(f"{said}{how} does that")
            elif is_volatile and backlog.dead_letters:
                warn(f"{backlog.dead_letters} records of the run {self._key} were refused; {how} dead list shows them")
            elif is_volatile:
                shutil.rmtree(cache, ignore_errors=True)
                if former is not None and former.taken:
                    former.service.discard(former.taken, self._facts)

    # The writer's refuge.

    def prepare(self, failure: OSError) -> bool:
        """Make another cache ready, or this one for another journal; stop to deliver for the moment."""
        if self._service is None or "id" not in self.facts() or not self._finishing.acquire(blocking=False):
            return False
        self._why = failure.strerror or str(failure)
        is_usable = failure.errno not in _FULL and _takes(self.cache)
        place = self.cache if is_usable else next(caches_in_memory(), None)
        if place is None:
            self._finishing.release()
            return False
        self._next, self._taken = place, ""
        if place != self.cache:
            self._service.stop(_TO_LEAVE)
        return True

    def enter(self, journal: JournalFile | None, end: bytes) -> Entrance:
        """Take the journal along, if something of it is to be delivered and nobody else may do so."""
        facts = dict(self.facts())
        if self._next != self.cache:
            try:
                put_notes(Layout(str(self._next)), self._key, facts, [])
                if journal is not None:
                    self._take_along(journal, end)
            except Exception as error:  # noqa: BLE001 - it stays where it is, and the run goes on
                logger.info("%s is not taken along: %r", journal and journal.path, error)
        return Entrance(str(self._next / "journals"), {"server_id": str(facts["id"])}, bool(self._taken))

    def settle(self, *, has_moved: bool) -> None:
        """Deliver again: from the cache where the run goes on, and from where it was."""
        service, server, transport = self._service, self._settings.server, self._transport
        try:
            if self._next == self.cache or service is None or server is None or transport is None:
                if has_moved and self._says_beside:
                    self._says_beside = False
                    warn(f"the run goes on in another journal in {self.cache}/journals, since one failed: {self._why}")
                return
            service.start()
            if not has_moved:
                if self._taken:
                    service.give_back(self._taken)
                shutil.rmtree(self._next, ignore_errors=True)
                return
            self._facts = dict(self.facts())
            self._former.append(_Former(self.cache, service, self._is_volatile, self._taken or None))
            warn(
                f"the run cannot be recorded in {self.cache} any more: {self._why}. It goes on in {self._next}, and a "
                "crash of this machine loses what is not sent. Check free space, quota and permissions, or set "
                "SIMVUE_OFFLINE_DIRECTORY to another directory for the next run. If the program is killed, run "
                f"SIMVUE_OFFLINE_DIRECTORY={self._next} simvue_sender on this machine"
            )
            self.cache, self._is_volatile = self._next, True
            self._service = Service(str(self.cache), transport, server.url, _IN_MEMORY)
            self._service.start()
            self._moved()
        finally:
            self._finishing.release()

    def _take_along(self, journal: JournalFile, end: bytes) -> None:
        """Copy a journal to the new cache, and have it forgotten where it was; raises OSError, SimvueError."""
        service, name = self._service, Path(journal.path).name
        if service is None:
            return
        copy = journal.begin_copy(str(self._next / "journals" / name), journal.whole_size())
        size, notes = copy.size, None
        try:
            copy.append(end)
            notes = service.take(name, size, is_removed=journal.is_removed)
            if notes is not None:
                put_notes(Layout(str(self._next)), self._key, {}, notes)
                # Found only now: whoever delivers what a killed program left must know how far it is.
                journal.finish_copy(copy, copy.size)
                self._taken = name
                carry_artifacts(self.cache, self._next)
        finally:
            if self._taken:
                copy.close()
            else:
                copy.discard()
                if notes is not None:
                    service.give_back(name)

    @property
    def _services(self) -> list[Service]:
        """All that deliver something of the run, the one for what is recorded now last."""
        return [*(each.service for each in self._former), *([self._service] if self._service else [])]

    def resume(self) -> bool:
        """Deliver again, after the end; return whether that can be: what was kept in memory is forgotten by then."""
        server = self._settings.server
        if self._is_volatile or self._transport is None or server is None:
            return False
        if self._service is None:
            self._service = Service(str(self.cache), self._transport, server.url)
            self._service.start()
        return True

    def abandon(self) -> None:
        """Leave the service to the process that started it, as the copy in a forked child."""
        self._facts = dict(self.facts())
        self._service = self._transport = None
        self._former.clear()
        self._finishing = threading.Lock()

    def _prepare(self) -> None:
        """Make the small cache, in memory if it cannot be made where it belongs (PTH-005)."""
        try:
            make_cache(self.cache)
        except OSError as error:
            place = f"{self.cache}: {error.strerror}"
        else:
            return
        for cache in caches_in_memory():
            self.cache, self._is_volatile = cache, True
            warn(
                f"the run cannot be recorded in {place}; it is kept in {self.cache} instead, and a crash of this "
                "machine loses what is not sent. Check free space, quota and permissions, or set "
                "SIMVUE_OFFLINE_DIRECTORY to another directory"
            )
            return
        raise SimvueRunError(f"the run cannot be recorded in {place}; set SIMVUE_OFFLINE_DIRECTORY to a directory")


def _refusal(error: SimvueError) -> SimvueRunError:
    renew = "; set SIMVUE_TOKEN, or token in [server], to a valid one" if isinstance(error, Unauthorised) else ""
    return SimvueRunError(f"{error}{renew}; {_OFFLINE}")


def _is_done(backlog: Backlog) -> bool:
    """Whether there is nothing that waiting could still deliver."""
    return backlog.records <= backlog.aside


def _is_over(service: Service, *, is_former: bool) -> bool:
    """Whether waiting could deliver nothing more; a cache that could not be written is not waited for."""
    return _is_done(service.backlog()) or (is_former and service.problem is not None)


def _takes(cache: Path) -> bool:
    """Whether a small cache can be written now."""
    with suppress(OSError):
        make_cache(cache)
        return True
    return False


def _transport(settings: Settings) -> Transport:
    from simvue.server.session import HttpTransport  # noqa: PLC0415 - loads an HTTP library

    server = settings.server
    if server is None:
        raise SimvueRunError("no server is configured")
    certificates = server.certificates
    return HttpTransport(
        server.url, server.token, server_certificate=certificates.server, storage_certificate=certificates.storage
    )

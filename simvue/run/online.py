"""The server's side of an online run: a small cache of the run's own, and the service that delivers it.

What is delivered, and how, is `simvue.delivery.service`; what the run makes of the answers, `simvue.run.life`.
Tests: tests/run/test_online.py, tests/run/test_online_faults.py.
"""

import os
import shutil
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from time import monotonic
from typing import Any

import orjson

from simvue.config import Settings
from simvue.core.http import Request, Transport
from simvue.core.mapping import next_step
from simvue.core.steps import Place, Step
from simvue.delivery.service import Backlog, Service
from simvue.errors import SimvueError, SimvueRunError, Unauthorised
from simvue.journal.schemas import checker
from simvue.journal.warning import warn

__all__ = ["Online"]

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
_PROBE = b"\0" * 4096
_OFFLINE = "or record with mode='offline', and run simvue_sender where there is a network"


class Online:
    """Delivers what one run of this process appends to its small cache, until it is finished."""

    def __init__(self, settings: Settings, key: str) -> None:
        self._settings, self._key = settings, key
        self._service: Service | None = None
        self._transport: Transport | None = None
        self.cache = Path(settings.cache, "online", key)
        """The small cache; `open` puts it elsewhere if it cannot be written."""
        self._is_volatile = False
        self._facts: Mapping[str, Any] = {}
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
        service = Service(str(self.cache), self._transport, server.url)
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
            limit = "" if service.is_refused else f" within {_FOR_CREATION:g} s"
            raise SimvueRunError(
                f"the server has not made the run{limit}: {service.problem or 'no answer'}. What "
                f"was recorded is in {self.cache}, and simvue_sender delivers it; {_OFFLINE}"
            )

    def facts(self) -> Mapping[str, Any]:
        """Return what is known of the run on the server: `id`, `alerts` by name; nothing before it is there."""
        return self._facts if self._service is None else self._service.facts(self._key)

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
            service.wake()
            service.wait_for(lambda: _is_done(service.backlog()), patience)
            self._facts = dict(service.facts(self._key))
            why = service.problem  # a pass that is stopped ends without one
            service.stop(max(_TO_STOP, until - monotonic()))
            left, why = service.backlog().records, service.problem or why
            self._service = None
        finally:
            self._finishing.release()
        if left:
            how = f"SIMVUE_OFFLINE_DIRECTORY={self.cache} simvue_sender" if self._is_volatile else "simvue_sender"
            because = f" ({why})" if why else ""
            warn(f"{left} records of the run {self._key} are still to be delivered{because}; {how} does that")
        elif self._is_volatile:
            shutil.rmtree(self.cache, ignore_errors=True)

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
        service, self._service, self._transport = self._service, None, None
        if service is not None:
            self._facts = dict(service.facts(self._key))
        self._finishing = threading.Lock()

    def _prepare(self) -> None:
        """Make the small cache, in memory if it cannot be made where it belongs (PTH-005)."""
        try:
            _make(self.cache)
        except OSError as error:
            place = f"{self.cache}: {error.strerror}"
        else:
            return
        for directory in ("/dev/shm", None):  # noqa: S108 - a directory of our own is made in it
            with suppress(OSError):
                self.cache = Path(tempfile.mkdtemp(prefix="simvue-", dir=directory))
                _make(self.cache)
                self._is_volatile = True
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


def _make(cache: Path) -> None:
    """Make a small cache, and see whether it takes anything; raises OSError."""
    journals = cache / "journals"
    for directory in (cache.parent.parent, cache.parent, cache, journals):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    probe = journals / f".{os.getpid()}.probe"
    try:
        probe.write_bytes(_PROBE)
    finally:
        probe.unlink(missing_ok=True)


def _transport(settings: Settings) -> Transport:
    from simvue.server.session import HttpTransport  # noqa: PLC0415 - loads an HTTP library

    server = settings.server
    if server is None:
        raise SimvueRunError("no server is configured")
    certificates = server.certificates
    return HttpTransport(
        server.url, server.token, server_certificate=certificates.server, storage_certificate=certificates.storage
    )

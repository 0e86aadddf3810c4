"""From a request on the socket to a handler and back: authorisation, faults, idempotency, one transaction.

The order is: a fault that needs no effect, the token, a repetition under way, the delay, then the effect
and the note of its key in one transaction, then a fault that spoils the answer. Tests:
tests/conformance/server/test_idempotency.py and test_faults.py.
"""

import hashlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from simvue_conformance.server import idempotency
from simvue_conformance.server.answers import Answer, RefusalError
from simvue_conformance.server.auth import Caller, authorize
from simvue_conformance.server.call import Accepted, Call, Handler
from simvue_conformance.server.faults import Fault, FaultTable, first_half
from simvue_conformance.server.settings import Settings
from simvue_conformance.server.store.blobs import Blobs, FileBlobs, MemoryBlobs
from simvue_conformance.server.store.database import Database
from simvue_conformance.server.store.upkeep import settle
from simvue_conformance.server.wire import to_json

__all__ = ["ConnectionDropped", "LoggedRequest", "Service", "endpoint"]

MOST_LOGGED = 100_000
KEYED_METHODS = frozenset({"POST", "PUT"})
NOBODY = Caller(user="nobody")


class ConnectionDropped(Exception):  # noqa: N818 - it is no error: a fault asked for it
    """A fault closed the connection without an answer; raised where there is no connection to close."""


@dataclass(slots=True, kw_only=True)
class LoggedRequest:
    """One line of the request log for judges; `status` is None where no answer was given."""

    n: int
    method: str
    path: str
    query: str
    idempotency_key: str | None
    status: int | None
    body_sha256: str
    replayed: bool
    fault: str | None


class DroppedResponse(Response):
    """Closes the connection instead of answering."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the ASGI signature
        """Close the transport that the protocol left in the scope, and wait until it is closed."""
        state: MutableMapping[str, Any] = scope.get("state", {})
        transport = state.get("transport")
        if transport is None:
            raise ConnectionDropped
        transport.close()
        while (await receive())["type"] != "http.disconnect":
            pass


class Service:
    """Everything one server keeps between requests."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.data)
        self.blobs: Blobs = MemoryBlobs() if settings.data is None else FileBlobs(settings.data / "objects")
        self.accepted = Accepted()
        self.faults = FaultTable()
        self.log: deque[LoggedRequest] = deque(maxlen=MOST_LOGGED)
        self.logged = 0
        self._in_progress: set[tuple[str, str]] = set()

    async def respond(self, http: HttpRequest, handler: Handler, *, is_open: bool) -> Response:
        """Answer one request; `is_open` handlers need no token."""
        body = await http.body()
        if not self.settings.faults:
            return _response(*await self._answer(http, body, handler, None, is_open=is_open))
        fault = self.faults.choose(http.method, http.url.path)
        line = self._note(http, body, fault)
        if fault is None or fault.applies:
            answer, line.replayed = await self._answer(http, body, handler, fault, is_open=is_open)
        else:
            await self._wait(fault)
            answer = Answer(status=500, body=b"")
        if fault is not None and (fault.drop is not None or (fault.half and fault.status is None)):
            return DroppedResponse()
        response = _response(answer, line.replayed) if fault is None else _spoiled(fault, answer, line.replayed)
        line.status = response.status_code
        return response

    def _note(self, http: HttpRequest, body: bytes, fault: Fault | None) -> LoggedRequest:
        self.logged += 1
        line = LoggedRequest(
            n=self.logged,
            method=http.method,
            path=http.url.path,
            query=http.url.query,
            idempotency_key=http.headers.get("idempotency-key"),
            status=None,
            body_sha256=hashlib.sha256(body).hexdigest(),
            replayed=False,
            fault=None if fault is None else fault.action,
        )
        self.log.append(line)
        return line

    async def _wait(self, fault: Fault | None) -> None:
        if fault is not None and fault.delay:
            await self.settings.sleep(fault.delay)

    async def _answer(
        self, http: HttpRequest, body: bytes, handler: Handler, fault: Fault | None, *, is_open: bool
    ) -> tuple[Answer, bool]:
        try:
            header = http.headers.get("authorization")
            caller = NOBODY if is_open else authorize(header, http.method, self.settings.tokens)
            keyed = None if is_open else self._keyed(http, caller, body)
            if fault is not None and fault.half:
                # Half a batch and the note of its key cannot be one transaction: the key is not remembered.
                body, keyed = first_half(body, http.headers.get("content-type", "")), None
            with self._under_way(keyed):
                await self._wait(fault)
                return self._perform(http, body, handler, caller, keyed)
        except RefusalError as refusal:
            return refusal.answer, False
        except (UnicodeEncodeError, RecursionError):
            detail = "the request holds lone surrogates or is nested too deeply"
            return RefusalError(422, {"detail": detail}).answer, False

    def _keyed(self, http: HttpRequest, caller: Caller, body: bytes) -> idempotency.Request | None:
        key = http.headers.get("idempotency-key")
        if key is None or not self.settings.idempotency or http.method not in KEYED_METHODS:
            return None
        idempotency.check_key(key)
        target = f"{http.method} {http.url.path}?{http.url.query}"
        return idempotency.Request.of(caller.user, key, target, body)

    @contextmanager
    def _under_way(self, keyed: idempotency.Request | None) -> Iterator[None]:
        """Refuse a second request of the same key for as long as the block lasts."""
        if keyed is None:
            yield
            return
        slot = (keyed.user, keyed.key)
        if slot in self._in_progress:
            raise RefusalError(409, {"detail": "in progress"})
        self._in_progress.add(slot)
        try:
            yield
        finally:
            self._in_progress.discard(slot)

    def _perform(
        self,
        http: HttpRequest,
        body: bytes,
        handler: Handler,
        caller: Caller,
        keyed: idempotency.Request | None,
    ) -> tuple[Answer, bool]:
        now = int(self.settings.now() * 1_000_000)
        not_before = now - self.settings.idempotency_window * 1_000_000
        with self.database.transaction() as connection:
            if keyed is not None:
                remembered = idempotency.recall(connection, keyed, not_before=not_before)
                if remembered is not None:
                    return remembered, True
            call = Call(
                method=http.method,
                path=http.path_params,
                query=http.query_params,
                queries=http.query_params.getlist,
                body=body,
                content_type=http.headers.get("content-type", ""),
                base=str(http.base_url).rstrip("/"),
                caller=caller,
                now=now,
                connection=connection,
                blobs=self.blobs,
                settings=self.settings,
                accepted=self.accepted,
            )
            if http.method != "POST":  # the hot paths wait for others to ask
                gone = settle(connection, now)
                call.afterwards.extend(partial(self.blobs.delete, artifact) for artifact in gone)
            answer = handler(call)
            if keyed is not None and idempotency.is_worth_remembering(answer):
                idempotency.remember(connection, keyed, answer, now=now, not_before=not_before)
        for action in call.afterwards:
            action()
        return answer, False

    @property
    def log_documents(self) -> list[dict[str, object]]:
        """The request log, oldest first."""
        return [asdict(line) for line in self.log]


def _response(answer: Answer, replayed: bool) -> Response:  # noqa: FBT001 - the second of a pair that is passed on whole
    headers = {"Idempotent-Replayed": "true"} if replayed else None
    return Response(answer.body, answer.status, headers, answer.media_type)


def _spoiled(fault: Fault, answer: Answer, replayed: bool) -> Response:  # noqa: FBT001 - as above
    """Return the answer as the fault wants it."""
    if fault.raw_body is not None:
        return Response(fault.raw_body.encode(), 200, media_type="application/json")
    status = fault.apply_then_status or fault.status
    if status is None:
        return _response(answer, replayed)
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    body = {"detail": "a fault was asked for"} if fault.body is None else fault.body
    content = body.encode() if isinstance(body, str) else to_json(body)
    return Response(content, status, headers, "application/json")


def endpoint(handler: Handler, *, is_open: bool = False) -> Callable[[HttpRequest], Awaitable[Response]]:
    """Make the ASGI endpoint of a handler; it works on the event loop itself, for the database is quick."""

    async def respond(request: HttpRequest) -> Response:
        service: Service = request.app.state.service
        return await service.respond(request, handler, is_open=is_open)

    return respond

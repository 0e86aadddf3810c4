"""A server for one scene: the reference server behind a socket of its own, which sees and can spoil every request.

The reference server runs in this process (`server.local`), so a scene has one for itself at no cost. What is done to
a request beyond that is said by the scene: `Site.rule` is given each request and a function that has it answered.
Tests: tests/conformance/sender/test_site.py.
"""

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from simvue_conformance.server.auth import Token
from simvue_conformance.server.local import ConnectionDropped, LocalServer
from simvue_conformance.server.settings import Settings
from simvue_conformance.server.wire import decode_body

__all__ = ["OTHER_TOKEN", "TOKEN", "ConnectionDropped", "Forward", "Reply", "Request", "Rule", "Site", "plain"]

TOKEN = "c2NlbmU.eyJleHAiOjQxMDI0NDQ4MDB9.dG9rZW4tb2YtdGhlLXNjZW5l"  # noqa: S105 - opens nothing but the server of a scene
OTHER_TOKEN = "c2NlbmU.eyJleHAiOjQxMDI0NDQ4MDB9.dG9rZW4tb2YtYW5vdGhlcg"  # noqa: S105 - as above


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: status, body, and headers."""

    status: int
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})

    @property
    def is_applied(self) -> bool:
        """Whether it says that the request took effect."""
        return 200 <= self.status < 300


@dataclass(slots=True, kw_only=True)
class Request:
    """One request as it arrived; `status` is that of the answer, None until there is one or where there was none."""

    number: int
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    arrived: float
    status: int | None = None
    has_effect: bool = False

    @property
    def key(self) -> str | None:
        """The idempotency key."""
        return self.headers.get("idempotency-key")

    @property
    def target(self) -> str:
        """Method, path and query, as keys are bound to them."""
        return f"{self.method} {self.path}{'?' if self.query else ''}{self.query}"

    @property
    def value(self) -> Any:
        """The body, decoded; None where there is none or it cannot be."""
        # No batch in MessagePack begins with a brace or a bracket: as its first byte, either is a small number.
        kind = "application/json" if self.body[:1] in {b"{", b"["} else "application/msgpack"
        try:
            return decode_body(self.body, kind) if self.body else None
        except (ValueError, TypeError):
            return None

    @property
    def members(self) -> dict[str, Any]:
        """The members of a body that is an object; none of any other."""
        value = self.value
        return value if isinstance(value, dict) else {}

    @property
    def records(self) -> list[dict[str, Any]]:
        """The rows of a batch of metrics, events or tensors, those that are objects."""
        value = self.value
        if isinstance(value, dict):
            value = value.get("metrics", value.get("events"))
        return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []

    @property
    def run(self) -> str:
        """The server's identifier of the run that it is about, as far as it can be told."""
        found = re.match(r"/api/runs/([^/]+)", self.path)
        return found[1] if found else str(self.members.get("run", ""))

    def matches(self, method: str | None, path: str) -> bool:
        """Whether it has this method (any without one) and the pattern is found in its path."""
        return method in {None, self.method} and re.search(path, self.path) is not None


Forward = Callable[[], Reply]
Rule = Callable[[Request, Forward], Reply]


def plain(_request: Request, forward: Forward) -> Reply:
    """Answer as the reference server does."""
    return forward()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, site: "Site") -> None:
        self.site = site
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a program that is killed leaves broken connections."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    server: _Listener
    disable_nagle_algorithm = True  # else each answer on a kept connection takes 40 ms

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name it has in the base class
        """Say nothing."""

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(self._chunks())
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers

    def _answer(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        path, _, query = self.path.partition("?")
        request = self.server.site.note(self.command, path, query, headers, self._body())
        try:
            reply = self.server.site.answer(request)
        except ConnectionDropped:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            if name.lower() not in {"content-length", "date", "server"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _answer  # noqa: N815 - the names that the base class asks for


class Site:
    """A server for one scene; a context manager that listens for the length of its block.

    Attributes:
        url: its address.
        rule: what is done to each request; `plain` to begin with.
    """

    def __init__(self, *, idempotency: bool = True, form_uploads: bool = False) -> None:
        tokens = (Token(text=TOKEN), Token(text=OTHER_TOKEN))
        self._local = LocalServer(
            Settings(faults=True, idempotency=idempotency, form_uploads=form_uploads, tokens=tokens)
        )
        self._one_at_a_time = threading.Lock()
        self._requests: list[Request] = []
        self.rule: Rule = plain
        self._listener = _Listener(self)
        self.url = f"http://127.0.0.1:{self._listener.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening: from now on nobody can connect. What is held is kept."""
        self._listener.shutdown()
        self._listener.server_close()

    # What a program is given

    def note(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Request:
        """Keep a request that has arrived."""
        with self._one_at_a_time:
            request = Request(
                number=len(self._requests),
                method=method,
                path=path,
                query=query,
                headers=headers,
                body=body,
                arrived=time.monotonic(),
            )
            self._requests.append(request)
        return request

    def answer(self, request: Request) -> Reply:
        """Have a request answered by the rule. Raises ConnectionDropped."""
        reply = self.rule(request, lambda: self._forward(request))
        request.status = reply.status
        return reply

    def _forward(self, request: Request) -> Reply:
        target = f"{request.path}?{request.query}" if request.query else request.path
        with self._one_at_a_time:
            status, headers, body = self._local.request(request.method, target, request.headers, request.body)
        request.has_effect = 200 <= status < 300 and "idempotent-replayed" not in headers
        return Reply(status, body, headers)

    # What a scene asks

    @property
    def authorization(self) -> dict[str, str]:
        """The header that the token makes."""
        return {"authorization": f"Bearer {TOKEN}"}

    def request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request of the scene's own, past the rule and the list of requests."""
        with self._one_at_a_time:
            return self._local.request(method, path, headers, body)

    def requests(self, method: str | None = None, path: str = "", *, since: int = 0) -> list[Request]:
        """Return the requests of a program so far, those of this method and path, from number `since` on."""
        with self._one_at_a_time:
            return [request for request in self._requests[since:] if request.matches(method, path)]

    @property
    def count(self) -> int:
        """How many requests there were so far."""
        return len(self._requests)

"""Carry out one request over HTTP: the transport that ``simvue.core.http`` describes.

It sends each request once, follows no redirect, and says what a failure means: not reached, not trusted, or
sent without a usable answer. What to ask and whether to ask again is decided elsewhere. Only this and
``connection`` load an HTTP library. Tests: ``tests/server/test_session.py``.
"""

import os
import threading
import time
import weakref
import zlib
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from http import HTTPStatus
from http.client import HTTPException
from types import TracebackType
from typing import BinaryIO, Protocol, Self

import requests
from urllib3.exceptions import HTTPError

from simvue._version import __version__
from simvue.core.http import FileBody, Request, Response
from simvue.errors import NoAnswer, SimvueError, TlsFailure, Unreachable
from simvue.server.address import api_base, host_and_port
from simvue.server.connection import CONNECT_TIMEOUT, Adapter, Exchange
from simvue.server.proxy import Proxy
from simvue.server.upload import Upload

__all__ = ["BODY_LIMIT", "HttpTransport", "Secret"]

BODY_LIMIT = 64 * 1024 * 1024
"""Bytes of an answer's body, as received and as decompressed, unless said otherwise; a longer answer is none.

A run is answered whole, with all its metadata and what is known of each of its metrics: that is megabytes for some.
"""

_PIECE = 65536
_RENEWALS = 4  # in the time that a piece may take; each costs a thread, so not with every piece
_ODD_ENCODING = "the answer is in an encoding that was not asked for"
_FAILURES = (OSError, HTTPError, HTTPException, ValueError, zlib.error)  # what the libraries raise among them


class _Unwritten(Exception):  # noqa: N818 - it does not leave this module
    """The content of an answer cannot be written, which is no failure of the exchange."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error)
        self.error = error


class Secret(Protocol):
    """A token that shows itself only when asked."""

    def reveal(self) -> str:
        """Return the token itself."""
        ...


class HttpTransport:
    """A `simvue.core.http.Transport` for one server; safe to share between threads and across a fork.

    The token goes with paths relative to the API and nowhere else. Identities are always verified, against
    the given CA certificates (a file or folder) or else those that come with ``requests``.
    """

    def __init__(
        self,
        url: str,
        token: Secret,
        *,
        server_certificate: str | None = None,
        storage_certificate: str | None = None,
        environment: Mapping[str, str] | None = None,
        body_limit: int = BODY_LIMIT,
    ) -> None:
        self._base = api_base(url)
        self._token = token
        self._server_certificate = server_certificate
        self._storage_certificate = storage_certificate
        self._body_limit = body_limit
        self._proxy = Proxy.from_environment(os.environ if environment is None else environment)
        self._own = threading.local()
        self._adapters: weakref.WeakSet[Adapter] = weakref.WeakSet()
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"HttpTransport({self._base})"

    def __call__(self, request: Request) -> Response:
        """Send the request once and return its complete answer, whatever its status.

        Raises:
            Unreachable: nothing was sent.
            TlsFailure: nothing was sent, because the server did not prove who it is.
            NoAnswer: it was sent, or partly, and no complete answer came within `request.timeout` seconds,
                counted from the first byte sent; connecting has limits of its own. Also if a file to upload
                cannot be read or has another size: the request failed, the server did not.
        """
        return self._exchanged(request, None)

    def stream(self, request: Request, destination: BinaryIO) -> Response:
        """Send the request once and write the body of a 200 to `destination`, however long it is.

        The body of any other answer is in the response, as by a call. Here `request.timeout` bounds the time
        to the first piece of the body and from each piece to the next.

        Raises:
            Unreachable, TlsFailure, NoAnswer: as a call; some of the body may have been written.
            OSError: `destination` cannot be written.
        """
        return self._exchanged(request, destination)

    def _exchanged(self, request: Request, destination: BinaryIO | None) -> Response:
        exchange = Exchange(request.timeout)
        try:
            with exchange.under_way():
                answer = self._perform(request, exchange, destination)
            if not exchange.is_expired:  # a connection cut by us may look like a complete answer
                return self._without_token(answer)
            failure = _failure(request, self._url(request), exchange, None)
        except _Unwritten as unwritten:
            raise unwritten.error from None
        except _FAILURES as error:
            failure = _failure(request, self._url(request), exchange, error)
        # Raised out here, so that the library's error, which holds the headers, is not its context.
        raise failure

    def _without_token(self, answer: Response) -> Response:
        """A server may repeat what it was sent, and answers are logged and kept: the token is not (DLV-047)."""
        secret = self._token.reveal().encode()
        if secret and secret in answer.body:
            return replace(answer, body=answer.body.replace(secret, b"[token]"))
        return answer

    def close(self) -> None:
        """Close all connections. A later request opens new ones."""
        with self._lock:
            adapters, self._adapters = list(self._adapters), weakref.WeakSet()
            self._own = threading.local()
        for adapter in adapters:
            adapter.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _perform(self, request: Request, exchange: Exchange, destination: BinaryIO | None) -> Response:
        url = self._url(request)
        certificate = self._storage_certificate if request.is_absolute else self._server_certificate
        if certificate is not None and not os.path.exists(certificate):  # noqa: PTH110 - a string, as requests wants
            exchange.tls_problem = f"there is no CA certificate {certificate}"
            raise OSError(exchange.tls_problem)
        proxy = self._proxy.chosen_for(url)
        with ExitStack() as stack:
            prepared = self._prepare(request, url, stack)
            answer = self._adapter().send(
                prepared,
                stream=True,
                timeout=(CONNECT_TIMEOUT, request.timeout),
                verify=certificate or True,
                proxies={"https": proxy} if proxy else None,
            )
            stack.callback(answer.close)
            if destination is None or answer.status_code != HTTPStatus.OK:
                return _read(answer, self._body_limit)
            return _copied(answer, exchange, destination)

    def _url(self, request: Request) -> str:
        return request.path if request.is_absolute else f"{self._base}/{request.path.lstrip('/')}"

    def _prepare(self, request: Request, url: str, stack: ExitStack) -> requests.PreparedRequest:
        headers = {"User-Agent": f"simvue/{__version__}", "Accept-Encoding": "gzip", **dict(request.headers)}
        if request.key is not None:
            headers["Idempotency-Key"] = request.key
        if not request.is_absolute:
            headers["Authorization"] = f"Bearer {self._token.reveal()}"
        plain = request.body if isinstance(request.body, bytes) else b""
        whole = requests.Request(request.method, url, headers, data=plain, params=list(request.query)).prepare()
        if isinstance(request.body, FileBody):
            _attach(request.body, whole, stack)
        return whole

    def _adapter(self) -> Adapter:
        """Return this thread's connections: none is shared with another thread, or across a fork."""
        own = self._own
        if getattr(own, "process", None) != os.getpid():
            own.adapter, own.process = Adapter(), os.getpid()
            with self._lock:
                self._adapters.add(own.adapter)
        adapter: Adapter = own.adapter
        return adapter


def _attach(body: FileBody, prepared: requests.PreparedRequest, stack: ExitStack) -> None:
    """Open the file and make it the request's body."""
    try:
        upload = stack.enter_context(Upload(body))
    except OSError as error:
        raise NoAnswer(f"cannot send {body.path!r}: {error.strerror}") from None
    prepared.body = upload  # type: ignore[assignment]  # anything with read() will do
    prepared.headers["Content-Length"] = str(upload.length)
    if upload.content_type is not None:
        prepared.headers["Content-Type"] = upload.content_type


def _read(answer: requests.Response, limit: int) -> Response:
    """Read a whole answer, but no more than the limit of it."""
    body = bytearray()
    while piece := answer.raw.read(_PIECE, decode_content=False):
        body += piece
        if len(body) > limit:
            raise HTTPException(f"the answer is longer than {limit} bytes")
    headers = _headers(answer)
    return Response(status=answer.status_code, headers=headers, body=_decoded(bytes(body), headers, limit))


def _copied(answer: requests.Response, exchange: Exchange, destination: BinaryIO) -> Response:
    headers = _headers(answer)
    if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise HTTPException(_ODD_ENCODING)
    renewed = time.monotonic()
    while piece := answer.raw.read(_PIECE, decode_content=False):
        try:
            destination.write(piece)
        except OSError as error:
            raise _Unwritten(error) from error
        if time.monotonic() > renewed + exchange.timeout / _RENEWALS:
            exchange.renew()
            renewed = time.monotonic()
    return Response(status=answer.status_code, headers=headers)


def _headers(answer: requests.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}


def _decoded(body: bytes, headers: Mapping[str, str], limit: int) -> bytes:
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if not body or encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise HTTPException(_ODD_ENCODING)
    decoder = zlib.decompressobj(wbits=31)
    plain = decoder.decompress(body, limit + 1)
    if len(plain) > limit:
        raise HTTPException(f"the answer is longer than {limit} bytes")
    if not decoder.eof:
        raise HTTPException("the compressed answer is cut off")
    return plain


def _failure(request: Request, url: str, exchange: Exchange, error: Exception | None) -> SimvueError:
    """Say what a failed exchange means, in words of ours: the libraries' own may hold a signed address."""
    try:
        server = host_and_port(url)
    except ValueError as problem:
        return Unreachable(f"the address of a {request.method} cannot be used: {problem}")
    if exchange.has_sent:
        over = exchange.is_expired or isinstance(_root(error), TimeoutError)
        reason = f"no complete answer within {request.timeout:g} s" if over else _reason(error)
        return NoAnswer(f"{request!r} to {server}: {reason}; the server may or may not have applied it")
    if exchange.tls_problem:
        return TlsFailure(
            f"{server} did not prove who it is: {exchange.tls_problem}; give its CA certificate as "
            "server_ca_cert or storage_ca_cert in [server.certificates], and check this machine's clock"
        )
    reason = f"no connection within {CONNECT_TIMEOUT:g} s" if exchange.is_expired else _reason(error)
    return Unreachable(f"{server} cannot be reached: {reason}; check the url, the network and HTTPS_PROXY")


def _root(error: BaseException | None) -> BaseException | None:
    while error is not None and error.__context__ is not None:
        error = error.__context__
    return error


def _reason(error: Exception | None) -> str:
    root = _root(error)
    if isinstance(root, OSError) and root.strerror:
        return root.strerror
    # Of the libraries' errors only the class is safe to repeat; of ours, which are plain, the words. Plain as
    # well is what a proxy says that refuses a tunnel.
    is_plain = type(root) in (HTTPException, TimeoutError, OSError) and str(root).isprintable()
    return str(root) if is_plain else type(root).__name__

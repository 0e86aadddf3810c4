"""Connections that know whether anything was sent, and that end when their time is over.

Libraries bound each single read, so an answer of one byte a second can last for ever, and they tell errors
apart by class, which says nothing reliable about "was it sent?". Here one `Exchange` per request records it
where the bytes leave. What is made of that is decided in ``session``.
Tests: ``tests/server/test_session.py``.
"""

import io
import logging
import os
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException, HTTPResponse
from typing import Any, cast

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import SSLError
from urllib3.util.connection import create_connection

__all__ = ["CONNECT_TIMEOUT", "Adapter", "Exchange"]

CONNECT_TIMEOUT = 4.0
"""Seconds for the name and the connection together, and as many again for the TLS handshake."""

_active = threading.local()


def _is_not_ours(_record: logging.LogRecord) -> bool:
    return getattr(_active, "exchange", None) is None


# urllib3 logs whole addresses, and the signature of a storage address is a secret.
for _name in ("urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(_name).addFilter(_is_not_ours)


class Exchange:
    """One request on its way: whether a byte of it left, whether its time is over, what TLS found wrong."""

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self.has_sent = False
        self.is_expired = False
        self.tls_problem = ""
        self._lock = threading.Lock()
        self._watched: socket.socket | None = None
        self._timer: threading.Timer | None = None

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Make this the exchange of the thread's connections."""
        _active.exchange = self
        try:
            yield
        finally:
            _active.exchange = None
            self._stop_watching()

    def begin_handshake(self, connected: socket.socket) -> None:
        """Watch a new connection until the first byte of the request is sent."""
        self._watch(connected, CONNECT_TIMEOUT)

    def begin_sending(self, connected: socket.socket) -> None:
        """Note that from now on the server may have seen the request, and give it its time."""
        if self.has_sent:
            return
        self.has_sent = True
        connected.settimeout(self.timeout)
        self._watch(connected, self.timeout)

    def renew(self) -> None:
        """Give the answer, of which a piece has come, as much time again."""
        with self._lock:
            if self._watched is not None and self._timer is not None:
                self._timer.cancel()
                self._start(self.timeout)

    def _watch(self, connected: socket.socket, seconds: float) -> None:
        self._stop_watching()
        # A duplicate, because the TLS layer takes the descriptor away from the socket that it wraps.
        self._watched = socket.socket(fileno=os.dup(connected.fileno()))
        self._start(seconds)

    def _start(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        with suppress(RuntimeError):  # Python 3.12 starts no thread while it ends: each read has its limit still
            self._timer.start()

    def _stop_watching(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            if self._watched is not None:
                self._watched.close()
            self._watched = None

    def _expire(self) -> None:
        with self._lock:
            if self._watched is None:
                return
            self.is_expired = True
            with suppress(OSError):  # the peer may have closed it already
                self._watched.shutdown(socket.SHUT_RDWR)


class _Lines(io.BufferedReader):
    """Remembers the last line that was read."""

    last = b""

    def readline(self, size: int | None = -1, /) -> bytes:
        self.last = super().readline(-1 if size is None else size)
        return self.last


class _CompleteHead(HTTPResponse):
    """Refuses an answer whose head was cut off: the base class takes the end of the stream for its end."""

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self._lines = _Lines(self.fp.detach())
        self.fp = self._lines

    def begin(self) -> None:
        super().begin()
        if self._lines.last not in (b"\r\n", b"\n"):
            raise HTTPException("the head of the answer is cut off")


class _Watched(HTTPConnection):
    """What both kinds of connection have alike."""

    response_class = _CompleteHead
    _is_connecting = False

    def _new_conn(self) -> socket.socket:
        connected = _connect(self.host, self.port, self.socket_options)
        _current().begin_handshake(connected)
        return connected

    def connect(self) -> None:
        self._is_connecting = True
        try:
            super().connect()
        except (ssl.SSLError, SSLError) as error:
            _current().tls_problem = _tls_problem(error)
            raise
        finally:
            self._is_connecting = False

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        if not self._is_connecting:  # what is said to a proxy to get through is not yet the request
            _current().begin_sending(self.sock)
        super().send(data)


class _WatchedTls(_Watched, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTls


class Adapter(HTTPAdapter):
    """The connections of one thread: an adapter of ``requests`` that serves the active exchange."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Build the pools for direct connections."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        """Build the pools for connections through a proxy."""
        manager = super().proxy_manager_for(*arguments, **options)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
        return manager


def _current() -> Exchange:
    return cast("Exchange", _active.exchange)


def _connect(host: str, port: int, options: Any) -> socket.socket:
    deadline = time.monotonic() + CONNECT_TIMEOUT
    addresses = _resolve(host.strip("[]"), port)
    problem = OSError("the name has no address")
    for tried, address in enumerate(addresses):
        # Each gets its share of the time, or one dead IPv6 route would hide a working IPv4 one for ever.
        share = (deadline - time.monotonic()) / (len(addresses) - tried)
        try:
            return create_connection((address, port), max(share, 0.05), socket_options=options)
        except OSError as error:
            problem = error
    raise problem


def _resolve(host: str, port: int) -> list[str]:
    """Look a name up in a thread of its own: the system's look-up takes no time limit."""
    found: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.put(list(dict.fromkeys(str(entry[4][0]) for entry in entries)))
        except (OSError, UnicodeError) as error:
            found.put(error)

    try:
        threading.Thread(target=look_up, name="simvue-resolver", daemon=True).start()
    except RuntimeError:  # Python 3.12 starts no thread while it ends
        look_up()
    try:
        answer = found.get(timeout=CONNECT_TIMEOUT)
    except queue.Empty:
        raise TimeoutError("the name could not be looked up in time") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _tls_problem(error: Exception) -> str:
    """Return what TLS itself found wrong; a connection that merely ended says nothing about identity."""
    if error.args and isinstance(error.args[0], Exception):  # urllib3 wraps what the CA file raised
        error = error.args[0]
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError | ssl.SSLSyscallError):
        return ""
    verdict = getattr(error, "verify_message", None) or getattr(error, "reason", None)
    return str(verdict or type(error).__name__)

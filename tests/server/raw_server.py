"""A server made of a socket and a function, for answers that no HTTP library would send."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

__all__ = ["HangUp", "RawServer", "answer", "read_request", "reset"]

Behaviour = Callable[[socket.socket, bytes], None]


class HangUp(OSError):  # noqa: N818 - not an error, an instruction
    """Raised by a behaviour to end its connection."""


def reset(connection: socket.socket) -> None:
    """End the connection with a reset instead of an orderly end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise HangUp


def answer(body: bytes = b"{}", status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def read_request(connection: socket.socket) -> bytes:
    """Return one whole request, head and body; nothing if the peer hung up."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while length and len(body) < int(length[0]):
        piece = connection.recv(1 << 20)
        if not piece:
            break
        body += piece
    return head + b"\r\n\r\n" + body


class RawServer:
    """Hands each request to a behaviour, in one thread a connection; `requests` keeps what came."""

    def __init__(self, behaviour: Behaviour, context: ssl.SSLContext | None = None, *, reads: bool = True) -> None:
        self.behaviour = behaviour
        self.context = context
        self.reads = reads
        self.requests: list[bytes] = []
        self.connections = 0
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]

    @property
    def url(self) -> str:
        scheme = "http" if self.context is None else "https"
        return f"{scheme}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join(5)
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            duplicate = connection.dup()  # wrapping in TLS takes the descriptor of the original away
            self._open.append(duplicate)
            thread = threading.Thread(target=self._serve, args=(connection, duplicate))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, duplicate: socket.socket) -> None:
        # A peer that hangs up in the middle is what many tests are about.
        with suppress(OSError), connection:
            if self.context is not None:
                connection = self.context.wrap_socket(connection, server_side=True)
            with connection:
                self._converse(connection)
        duplicate.close()

    def _converse(self, connection: socket.socket) -> None:
        if not self.reads:
            self.behaviour(connection, b"")
            return
        while request := read_request(connection):
            self.requests.append(request)
            self.behaviour(connection, request)

"""Listeners that are no Simvue server, for what no server should do."""

import contextlib
import socket
import threading
from collections.abc import Iterator

ANSWER = "HTTP/1.1 {}\r\nContent-Length: {}\r\nConnection: close\r\n{}\r\n{}"


def head_of(connection: socket.socket) -> bytes:
    """Read a request up to the end of its head."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            break
        data += piece
    return data


@contextlib.contextmanager
def answering(status: str, *headers: str, body: str = "", echo: bool = False) -> Iterator[tuple[str, list[bytes]]]:
    """Answer everything alike, and with `echo` repeat the request; yield the address and what was received."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, contextlib.suppress(OSError):
                    received.append(head_of(connection))
                    said = received[-1].decode() if echo else body
                    lines = "".join(f"{header}\r\n" for header in headers)
                    connection.sendall(ANSWER.format(status, len(said.encode()), lines, said).encode())

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", received
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@contextlib.contextmanager
def black_hole() -> Iterator[str]:
    """Listen with a full backlog: the system drops every further attempt to connect, as a firewall would."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextlib.contextmanager
def silent() -> Iterator[str]:
    """Accept connections and never answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def free_port() -> int:
    """Return a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])

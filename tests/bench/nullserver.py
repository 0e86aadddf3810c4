"""A server that takes everything and keeps nothing, so that a sender's own time is what is measured.

Run as a program: it prints its address and serves until standard input ends.
"""

import re
import socket
import sys
import threading

_ANSWER = (
    b'{"id":"null","version":"1.2.16","idempotency_key":true,"idempotency_window":604800,"url":null,"status":false}'
)
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(_ANSWER)
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


def _serve(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    held = b""
    with connection:
        while True:
            while b"\r\n\r\n" not in held:
                piece = connection.recv(1 << 20)
                if not piece:
                    return
                held += piece
            head, _, rest = held.partition(b"\r\n\r\n")
            length = _LENGTH.search(head)
            left = (int(length[1]) if length else 0) - len(rest)
            held = rest[len(rest) + left :] if left < 0 else b""
            while left > 0:
                left -= len(connection.recv(min(left, 1 << 20)))
            connection.sendall(_HEAD + _ANSWER)


def main() -> None:
    """Serve until standard input ends."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()

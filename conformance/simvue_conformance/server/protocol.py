"""The server's side of a socket: uvicorn, with the transport in reach of the faults that close it.

Tests: tests/conformance/server/test_faults.py.
"""

import asyncio
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["Protocol", "Server"]


class Protocol(H11Protocol):
    """HTTP/1.1 that leaves its transport in the scope's state, for `dispatch` to close."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn declares it
        """Remember the transport for every request of this connection."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Server(uvicorn.Server):
    """A uvicorn server that tells when it answers, and ends with exit code 0 on SIGTERM and SIGINT."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override] # only passed on
        """Start, then announce."""
        await super().startup(sockets)  # type: ignore[arg-type] # only passed on
        if self.started:
            self._announce()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Stop on a signal without raising it again afterwards, as uvicorn would."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

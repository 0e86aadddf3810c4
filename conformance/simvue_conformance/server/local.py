"""Drives the application without sockets, threads or an event loop, for simulators and quick tests.

Every request runs to its end before the call returns, so the clock may be the simulator's own.
Tests: tests/conformance/server/test_local.py.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from starlette.types import Message, Scope

from simvue_conformance.server.app import create_app
from simvue_conformance.server.auth import Token
from simvue_conformance.server.dispatch import ConnectionDropped, Service
from simvue_conformance.server.settings import Settings
from simvue_conformance.server.store.blobs import MemoryBlobs

__all__ = ["ConnectionDropped", "LocalServer", "Snapshot"]

LOCAL_TOKEN = "bG9jYWw.eyJleHAiOjQxMDI0NDQ4MDB9.bG9jYWw"  # noqa: S105 - opens nothing but a server in this process


async def _no_wait(_seconds: float) -> None:
    """Sleep not at all: where there is no event loop, a delay passes at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything a local server keeps, to be put into another one."""

    database: bytes
    blobs: Mapping[str, bytes]


def _finish(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that never waits for anything outside."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise RuntimeError("the application waited for something; give Settings.sleep a coroutine that returns at once")


class LocalServer:
    """A server in this process; without settings: in memory, with faults, one token."""

    def __init__(self, settings: Settings | None = None) -> None:
        chosen = settings or Settings(faults=True)
        if chosen.sleep is asyncio.sleep:  # there is no event loop here to sleep in
            chosen = replace(chosen, sleep=_no_wait)
        if not chosen.tokens:
            chosen = replace(chosen, tokens=(Token(text=LOCAL_TOKEN),))
        self.settings = chosen
        self._app = create_app(chosen)

    @property
    def authorization(self) -> dict[str, str]:
        """The header that the first token makes."""
        return {"authorization": f"Bearer {self.settings.tokens[0].text}"}

    @property
    def service(self) -> Service:
        """What the application keeps: database, faults, log."""
        service: Service = self._app.state.service
        return service

    def request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request; `path` may hold a query. Returns status, headers by lower-case name, and body.

        Raises:
            ConnectionDropped: a fault closed the connection; `fault` rules say whether the effect happened.
        """
        sent: list[Message] = []
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        _finish(self._app(_scope(method, path, headers or {}), receive, send))
        start = sent[0]
        content = b"".join(message.get("body", b"") for message in sent[1:])
        return (
            start["status"],
            {key.decode(): value.decode("latin-1") for key, value in start["headers"]},
            content,
        )

    def snapshot(self) -> Snapshot:
        """Copy everything kept, of a server in memory."""
        blobs = self.service.blobs
        if not isinstance(blobs, MemoryBlobs):
            raise TypeError("only a server in memory can be copied; this one has a data directory")
        return Snapshot(database=self.service.database.copy(), blobs=dict(blobs))

    def restore(self, snapshot: Snapshot) -> None:
        """Put a copy in the place of everything kept; rules of faults and the log stay."""
        self.service.database.replace(snapshot.database)
        self.service.blobs = MemoryBlobs(snapshot.blobs)

    def close(self) -> None:
        """Close the database."""
        self.service.database.close()


def _scope(method: str, target: str, headers: Mapping[str, str]) -> Scope:
    path, _, query = target.partition("?")
    lowered = {key.lower(): value for key, value in headers.items()}
    lowered.setdefault("host", "simvue.local")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(key.encode("latin-1"), value.encode("latin-1")) for key, value in lowered.items()],
        "client": ("127.0.0.1", 1),
        "server": ("simvue.local", 80),
        "state": {},
    }

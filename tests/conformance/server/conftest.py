"""Fixtures for servers: one in this process, one behind a socket, and a JSON view on both."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Protocol

import ormsgpack
import pytest

from simvue_conformance.server.local import LocalServer
from simvue_conformance.server.process import ServerProcess, running_server
from simvue_conformance.server.settings import Settings


class Target(Protocol):
    @property
    def authorization(self) -> dict[str, str]: ...

    def request(self, method, path, headers=None, body=b"") -> tuple[int, dict[str, str], bytes]: ...


class Api:
    """Sends JSON or MessagePack with the token, and returns status and decoded answer."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.headers: dict[str, str] = {}

    def send(self, method: str, path: str, value: Any = None, *, key: str | None = None) -> tuple[int, Any]:
        body = b"" if value is None else json.dumps(value).encode()
        return self.send_bytes(method, path, body, "application/json", key=key)

    def send_bytes(self, method, path, body: bytes, kind: str, *, key: str | None = None) -> tuple[int, Any]:
        headers = {**self.target.authorization, "content-type": kind}
        if key is not None:
            headers["idempotency-key"] = key
        status, self.headers, content = self.target.request(method, path, headers, body)
        return status, json.loads(content) if content[:1] in {b"{", b"[", b'"', b"n"} else content

    def get(self, path: str) -> Any:
        status, answer = self.send("GET", path)
        assert status == 200, answer
        return answer

    def post(self, path: str, value: Any, *, key: str | None = None) -> Any:
        status, answer = self.send("POST", path, value, key=key)
        assert status == 200, answer
        return answer

    def put(self, path: str, value: Any = None) -> Any:
        status, answer = self.send("PUT", path, value)
        assert status == 200, answer
        return answer

    def pack(self, path: str, value: Any, *, key: str | None = None) -> tuple[int, Any]:
        return self.send_bytes("POST", path, ormsgpack.packb(value), "application/msgpack", key=key)

    def new_run(self, **fields: Any) -> str:
        return self.post("/api/runs", {"folder": "/", "name": "a-run", **fields})["id"]

    def log(self, run: str, *values: dict[str, float], key: str | None = None) -> tuple[int, Any]:
        rows = [
            {"step": step, "time": step / 10, "timestamp": f"2024-01-02T03:04:{step % 60:02d}.678901", "values": row}
            for step, row in enumerate(values)
        ]
        return self.pack("/api/metrics", {"run": run, "metrics": rows}, key=key)

    def say(self, run: str, *messages: str, key: str | None = None) -> tuple[int, Any]:
        rows = [
            {"message": text, "timestamp": f"2024-01-02T03:04:{place:02d}.000001", "log_level": "info"}
            for place, text in enumerate(messages)
        ]
        return self.pack("/api/events", {"run": run, "events": rows}, key=key)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1_700_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_local() -> Iterator[Callable[..., Api]]:
    """Make servers in this process, with any settings."""
    with ExitStack() as stack:

        def make(**settings: Any) -> Api:
            server = LocalServer(Settings(**{"faults": True, **settings}))
            stack.callback(server.close)
            return Api(server)

        yield make


@pytest.fixture
def local(make_local, clock) -> Api:
    """A server in memory, with faults, at a clock of its own."""
    return make_local(now=clock)


@pytest.fixture
def start_api() -> Iterator[Callable[..., Api]]:
    """Start server processes with any options, which end with the test."""
    with ExitStack() as stack:
        yield lambda *options: Api(stack.enter_context(running_server(*options)))


@pytest.fixture(scope="session")
def server_process() -> Iterator[ServerProcess]:
    """One server behind a socket for all tests that need one."""
    with running_server("--ephemeral", "--faults", "--pages") as server:
        yield server


@pytest.fixture
def remote(server_process) -> Iterator[Api]:
    """The server behind the socket, without rules of faults."""
    api = Api(server_process)
    yield api
    api.send("DELETE", "/faults")


@pytest.fixture(params=["local", "remote"])
def either(request) -> Api:
    """Both servers, one after the other: what holds in process holds over the socket."""
    return request.getfixturevalue(request.param)

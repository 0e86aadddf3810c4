"""A world in memory in which a process can be killed before, inside or after any effect, and the node lose its power.

`SimDisk` and the reference server outlive the processes; a `SimWorld` is one process. What is not synchronised is
lost when the power goes, the names of new files and the removal of old ones included. Used by test_simulation.py and
others.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import BinaryIO
from urllib.parse import urlencode, urlsplit

from simvue.core.http import FileBody, Request, Response
from simvue.core.lease import Identity, NoStart
from simvue.errors import NoAnswer, Unreachable
from simvue_conformance.server.local import ConnectionDropped, LocalServer

START = datetime(2026, 3, 1, 9, 0, 0, tzinfo=UTC)


class Killed(BaseException):
    """The process is gone: nothing catches this, and nothing runs after it."""


@dataclass
class SimDisk:
    """Files that outlive processes: what is there, and how much of it is on the device."""

    files: dict[str, bytes] = field(default_factory=dict)
    durable: dict[str, bytes] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    """The files whose names are on the device."""
    clock: float = 0.0
    processes: int = 0
    alive: set[int] = field(default_factory=set)

    def write(self, path: str, data: bytes, *, durable: bool) -> None:
        self.files[path] = data
        if durable:
            self.durable[path] = data
            self.names.add(path)

    def remove(self, path: str) -> None:
        """Somebody deletes a file, for good."""
        self.files.pop(path, None)
        self.durable.pop(path, None)

    def lose_power(self) -> None:
        """Forget what was not synchronised, and that processes were alive."""
        self.files = {path: data for path, data in self.durable.items() if path in self.names}
        self.alive.clear()

    def now(self) -> float:
        """Seconds since 1970, for a server that shares this world's time."""
        return START.timestamp() + self.clock


@dataclass
class Death:
    """When a process is killed: at its n-th effect, `before`, `inside` (of a write: half is done) or `after` it.

    With `named`, it is the first effect that begins so.
    """

    effect: int = -1
    when: str = "before"
    power: bool = False
    named: str | None = None


class SimWorld:
    """One process: `World` over a disk, the reference server and a simulated clock."""

    def __init__(self, disk: SimDisk, server: LocalServer | None, death: Death | None = None) -> None:
        self.disk, self.server, self.death = disk, server, death or Death()
        disk.processes += 1
        self.pid = 1000 + disk.processes
        disk.alive.add(self.pid)
        self.effects: list[str] = []
        self.unreachable = False
        self.has_links = True
        """Whether the filesystem has hard links, so that `create` is all or nothing."""
        self.unlisted: set[str] = set()
        """Paths that a listing of a minute ago does not show."""
        self.errors: dict[str, OSError] = {}
        """Effect, or the beginning of one (`append /cache/sender`), and what it raises."""
        self.intercept: Callable[[Request], Response | None] = lambda _request: None
        """Answers in the place of the server, or raises."""

    # Dying.

    def _begin(self, name: str) -> bool:
        """Count an effect; return whether the process dies inside it."""
        self.effects.append(name)
        self.disk.clock += 0.001
        for beginning, error in self.errors.items():
            if name.startswith(beginning):
                raise error
        if self.death.named is not None and self.death.effect < 0 and name.startswith(self.death.named):
            self.death.effect = len(self.effects) - 1
        if len(self.effects) - 1 == self.death.effect:
            if self.death.when == "before":
                self._die()
            return self.death.when == "inside"
        return False

    def _end(self) -> None:
        if len(self.effects) - 1 == self.death.effect and self.death.when in {"after", "inside"}:
            self._die()

    def _die(self) -> None:
        self.disk.alive.discard(self.pid)
        if self.death.power:
            self.disk.lose_power()
        raise Killed

    # Files.

    def listdir(self, path: str) -> list[str]:
        prefix = path.rstrip("/") + "/"
        seen = self.disk.files.keys() - self.unlisted
        return sorted({name[len(prefix) :].partition("/")[0] for name in seen if name.startswith(prefix)})

    def makedirs(self, path: str) -> None:
        pass  # directories are implied by names

    def read(self, path: str, offset: int = 0, size: int = -1) -> bytes:
        if f"read {path}" in self.errors:
            raise self.errors[f"read {path}"]
        if path not in self.disk.files:
            raise FileNotFoundError(2, "no such file", path)
        data = self.disk.files[path][offset:]
        return data if size < 0 else data[:size]

    def size(self, path: str) -> int:
        if path not in self.disk.files:
            raise FileNotFoundError(2, "no such file", path)
        return len(self.disk.files[path])

    def append(self, path: str, data: bytes) -> None:
        inside = self._begin(f"append {path}")
        added = data[: len(data) // 2] if inside else data
        self.disk.write(path, self.disk.files.get(path, b"") + added, durable=False)
        self._end()

    def sync(self, path: str) -> None:
        self._begin(f"sync {path}")
        self.disk.durable[path] = self.disk.files[path]
        self._end()

    def sync_directory(self, path: str) -> None:
        self._begin(f"sync directory {path}")
        prefix = path.rstrip("/") + "/"
        within = {name for name in {*self.disk.files, *self.disk.durable} if name.startswith(prefix)}
        self.disk.names |= within & self.disk.files.keys()
        for name in within - self.disk.files.keys():
            self.disk.durable.pop(name, None)
        self._end()

    def create(self, path: str, data: bytes) -> bool:
        inside = self._begin(f"create {path}")
        created = path not in self.disk.files
        if created and not (inside and self.has_links):
            self.disk.write(path, data[: len(data) // 2] if inside else data, durable=True)
        self._end()
        return created

    def replace(self, path: str, data: bytes) -> None:
        inside = self._begin(f"replace {path}")
        if not inside:
            self.disk.write(path, data, durable=True)
        self._end()

    def rename(self, old: str, new: str) -> None:
        inside = self._begin(f"rename {old}")
        if not inside and old in self.disk.files:
            self.disk.write(new, self.disk.files.pop(old), durable=True)
            self.disk.durable.pop(old, None)
        self._end()

    def unlink(self, path: str) -> None:
        inside = self._begin(f"unlink {path}")
        if not inside:
            self.disk.files.pop(path, None)  # and comes back with the power, unless the directory was synchronised
        self._end()

    def remove_directory(self, path: str) -> bool:
        self._begin(f"rmdir {path}")
        is_empty = not any(name.startswith(f"{path}/") for name in self.disk.files)
        self._end()
        return is_empty

    def open_artifact(self, path: str) -> BinaryIO:
        return io.BytesIO(self.read(path))

    # The server.

    def request(self, request: Request) -> Response:
        inside = self._begin(f"{request.method} {request.path}")
        if self.unreachable or self.server is None:
            raise Unreachable("connection refused")
        if inside:
            self._die()
        response = self.intercept(request)
        if response is None:
            response = self._answer(request, self.server)
        self._end()
        return response

    def _answer(self, request: Request, server: LocalServer) -> Response:
        headers = dict(request.headers)
        if request.is_absolute:
            parts = urlsplit(request.path)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
        else:
            headers |= server.authorization
            path = f"/api{request.path}" + (f"?{urlencode(request.query)}" if request.query else "")
        if request.key is not None:
            headers["Idempotency-Key"] = request.key
        body = request.body
        if isinstance(body, FileBody):
            assert not body.fields, "the reference server asks for a PUT"
            body = self._content(body)
        try:
            status, answer_headers, answer = server.request(request.method, path, headers, body)
        except ConnectionDropped as drop:
            raise NoAnswer(str(drop)) from drop
        return Response(status=status, headers=answer_headers, body=answer)

    def _content(self, body: FileBody) -> bytes:
        try:
            content = self.read(body.path)
        except OSError as error:
            raise NoAnswer(f"cannot send {body.path}: {error}") from error
        if len(content) != body.size:
            raise NoAnswer(f"{body.path} has another size by now")
        return content

    # Time, chance, itself.

    def now(self) -> datetime:
        return START + timedelta(seconds=self.disk.clock)

    def boottime(self) -> float:
        return self.disk.clock

    def sleep(self, seconds: float) -> None:
        self.disk.clock += seconds

    def random(self) -> float:
        return 0.5

    def identity(self) -> Identity:
        return Identity(
            host="login1", boot_id="boot", pid_namespace="pid:[1]", pid=self.pid, start_ticks=self.pid, uid=0
        )

    def process_start(self, pid: int) -> int | NoStart:
        return pid if pid in self.disk.alive else NoStart.GONE

"""Where the demonstration happens: a node that knows no server, a login node that does, and a server.

All of it is in one temporary directory, and every process in a group of its own, so that nothing is left behind.
Tests: tests/demo/test_demo.py.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from docs.examples.comparison import Server

__all__ = ["PATIENCE", "TOKEN", "DemoError", "Place", "Processes", "environment", "start_server"]

TOKEN = "demo.only.token"  # noqa: S105 - of a server that listens here, and only while this lasts
PATIENCE = 60  # seconds after which something is wrong


class DemoError(Exception):
    """The demonstration could not be carried out; the text says why."""


class Processes:
    """What the demonstration starts, so that all of it can be stopped, children included."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._started: list[subprocess.Popen[bytes]] = []

    def start(
        self,
        name: str,
        command: list[str],
        environment: dict[str, str],
        directory: Path,
        pipes: tuple[int, int] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a program in a process group of its own; what it prints goes to files, or it reads and writes pipes."""
        with self._path(name, "out").open("wb") as out, self._path(name, "err").open("wb") as err:
            process = subprocess.Popen(
                command,
                env=environment,
                cwd=directory,
                stdin=pipes[0] if pipes else subprocess.DEVNULL,
                stdout=pipes[1] if pipes else out,
                stderr=err,
                start_new_session=True,
            )
        self._started.append(process)
        return process

    def output(self, name: str, stream: str = "out") -> str:
        """Return what a program has printed so far."""
        return self._path(name, stream).read_text(errors="replace")

    def stop(self) -> None:
        """Stop whatever still runs, politely first, and wait until the last child is gone."""
        groups = [process.pid for process in self._started if process.poll() is None]
        for number in (signal.SIGTERM, signal.SIGKILL):
            for group in groups:
                _signal(group, number)
            patience_ends = time.monotonic() + 3
            while groups and time.monotonic() < patience_ends:
                time.sleep(0.02)
                for process in self._started:
                    process.poll()  # else a process that has ended still counts
                groups = [group for group in groups if _signal(group, 0)]

    def _path(self, name: str, stream: str) -> Path:
        return self._logs / f"{name}.{stream}"


def _signal(group: int, number: int) -> bool:
    """Send a signal to a process group; return whether there is such a group."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


@dataclass(slots=True)
class Place:
    """Where things are: two homes, as on a cluster, and the cache that both see."""

    root: Path
    node: Path = field(init=False)
    login: Path = field(init=False)
    cache: Path = field(init=False)

    def __post_init__(self) -> None:
        self.node, self.login, self.cache = self.root / "node", self.root / "login", self.root / "shared" / ".simvue"
        for folder in (self.node, self.login, self.cache.parent, self.root / "log"):
            folder.mkdir()

    def configure(self, server: dict[str, str]) -> None:
        """Tell both where the cache is, and the login node alone where the server is."""
        offline = f"[offline]\ncache = {self.cache}\n"
        (self.node / ".simvue.ini").write_text(offline)
        secret = self.login / ".simvue.ini"
        secret.touch(0o600)
        secret.write_text(f"[server]\nurl = {server['url']}\ntoken = {server['token']}\n\n{offline}")


def environment(home: Path) -> dict[str, str]:
    """Return an environment with this home and nothing of simvue."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIMVUE_")}
    return kept | {"HOME": str(home), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def start_server(processes: Processes, place: Place) -> Server:
    """Start the reference server on a free port, and configure the login node for it."""
    ready = place.root / "server.json"
    command = ["simvue-server", "--data", str(place.root / "server"), "--pages", "--faults", "--ready-file", str(ready)]
    command += ["--token", TOKEN]
    process = processes.start("server", command, environment(place.root), place.root)
    patience_ends = time.monotonic() + PATIENCE
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > patience_ends:
            raise DemoError(f"the server did not start: {processes.output('server', 'err')}")
        time.sleep(0.05)
    found = json.loads(ready.read_text())
    place.configure(found)
    return Server(found["url"], found["token"])

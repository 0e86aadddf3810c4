"""Starts `simvue-server` as a process of its own, for tests that need a real socket, a restart or a kill.

Has the same `request` as `local.LocalServer`, so that one test can run over both. Tests:
tests/conformance/server/test_cli.py.
"""

import contextlib
import http.client
import json
import os
import string
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from simvue_conformance.server.dispatch import ConnectionDropped

__all__ = ["ServerProcess", "ServerStartError", "running_server"]

PACKAGES = str(Path(__file__).parents[2])
PATIENCE = 20.0


class ServerStartError(Exception):
    """The server did not come up; the text is what it wrote to stderr."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerProcess:
    """A running server: where it listens and the token it accepts."""

    url: str
    token: str
    process: subprocess.Popen[bytes]

    @property
    def authorization(self) -> dict[str, str]:
        """The header that the token makes."""
        return {"authorization": f"Bearer {self.token}"}

    def request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request over a connection of its own; blanks in `path` are escaped.

        Returns status, headers by lower-case name, and body.

        Raises:
            ConnectionDropped: the server closed the connection without an answer.
        """
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE)
        try:
            connection.request(method, quote(path, safe=string.punctuation), body=body, headers=dict(headers or {}))
            answer = connection.getresponse()
            content = answer.read()
        except (ConnectionError, http.client.HTTPException) as error:
            raise ConnectionDropped from error
        finally:
            connection.close()
        return answer.status, {key.lower(): value for key, value in answer.getheaders()}, content

    def kill(self) -> None:
        """End the process at once, as a crash would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask the process to end and return its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(timeout=PATIENCE)


def _ready(process: subprocess.Popen[bytes], ready: Path, errors: Path) -> dict[str, str]:
    patience_ends = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < patience_ends:
        if ready.exists():
            found: dict[str, str] = json.loads(ready.read_text())
            return found
        time.sleep(0.02)
    raise ServerStartError(errors.read_text(errors="replace") or "the server did not answer in time")


@contextlib.contextmanager
def running_server(*options: str) -> Iterator[ServerProcess]:
    """Run `simvue-server` with these options for the length of the block, on a free port.

    Raises:
        ServerStartError: it ended, or did not answer within 20 seconds.
    """
    with tempfile.TemporaryDirectory(prefix="simvue-server-") as directory:
        ready, errors = Path(directory, "ready.json"), Path(directory, "stderr")
        path = os.pathsep.join(filter(None, [PACKAGES, os.environ.get("PYTHONPATH")]))
        command = [sys.executable, "-m", "simvue_conformance.server.cli", *options, "--ready-file", str(ready)]
        with errors.open("wb") as log:
            process = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=log, env={**os.environ, "PYTHONPATH": path}
            )
        try:
            found = _ready(process, ready, errors)
            yield ServerProcess(url=found["url"], token=found["token"], process=process)
        finally:
            process.kill()  # harmless if it has ended
            process.wait()

"""A real server with what the tests put there, over its REST API alone: nothing of the client is used for it."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import ormsgpack

from simvue_conformance.server.process import ServerProcess


class Site:
    """Makes runs and what belongs to them on a server."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server

    def send(self, method: str, path: str, value: Any = None) -> Any:
        """Send JSON; return the decoded answer of a success."""
        body = b"" if value is None else json.dumps(value).encode()
        return self._ask(method, path, body, "application/json")

    def pack(self, path: str, value: Any) -> Any:
        return self._ask("POST", path, ormsgpack.packb(value), "application/msgpack")

    def run(self, name: str, **fields: Any) -> str:
        """Create a run and return its identifier."""
        identifier: str = self.send("POST", "/api/runs", {"folder": "/", "name": name, **fields})["id"]
        return identifier

    def folder(self, path: str, **fields: Any) -> str:
        identifier: str = self.send("POST", "/api/folders", {"path": path, **fields})["id"]
        return identifier

    def log(self, run: str, name: str, values: Sequence[float], *, steps: Sequence[int] | None = None) -> None:
        """Give a metric values at steps 0, 1, …, which are the seconds since the run began as well."""
        rows = [
            {
                "step": step,
                "time": float(step),
                "timestamp": f"2026-03-01T09:{step // 60 % 60:02d}:{step % 60:02d}.500000",
                "values": {name: value},
            }
            for step, value in zip(steps or range(len(values)), values, strict=True)
        ]
        self.pack("/api/metrics", {"run": run, "metrics": rows})

    def say(self, run: str, messages: Sequence[str]) -> None:
        """Give a run events of one second each."""
        rows = [
            {
                "message": text,
                "timestamp": f"2026-03-01T09:{place // 60 % 60:02d}:{place % 60:02d}.000001",
                "log_level": "info",
            }
            for place, text in enumerate(messages)
        ]
        self.pack("/api/events", {"run": run, "events": rows})

    def alert(self, name: str, **fields: Any) -> str:
        """Create a user alert and return its identifier."""
        body = {"name": name, "description": None, "notification": "none", "source": "user", "enabled": True}
        identifier: str = self.send("POST", "/api/alerts", {**body, "abort": False, **fields})["id"]
        return identifier

    def artifact(
        self,
        run: str,
        name: str,
        content: bytes,
        kind: str = "application/octet-stream",
        category: str = "output",
        path: str = "",
    ) -> str:
        """Attach content to a run under a name and return the artifact's identifier."""
        checksum = hashlib.sha256(content).hexdigest()
        body = {"name": name, "original_path": path, "size": len(content), "mime_type": kind, "checksum": checksum}
        announced = self.send("POST", "/api/artifacts", body)
        status, _, answer = self.server.request("PUT", urlsplit(announced["url"]).path, {}, content)
        assert status == 200, answer
        identifier: str = announced["id"]
        self.send("PUT", f"/api/artifacts/{identifier}", {"uploaded": True})
        self.send("PUT", f"/api/runs/{run}/artifacts/{identifier}", {"category": category})
        return identifier

    def requests(self) -> list[dict[str, Any]]:
        """Return the requests that the server has seen."""
        seen: list[dict[str, Any]] = self._ask("GET", "/requests", b"", "application/json")
        return seen

    def _ask(self, method: str, path: str, body: bytes, kind: str) -> Any:
        headers = {**self.server.authorization, "content-type": kind}
        status, _, content = self.server.request(method, path, headers, body)
        assert status == 200, (method, path, status, content)
        return json.loads(content)

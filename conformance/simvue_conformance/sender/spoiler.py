"""Rules that spoil the first requests of chosen runs: each run meets its own trouble, all at once.

Tests: tests/conformance/sender/test_site.py.
"""

import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

import ormsgpack

from simvue_conformance.sender.site import ConnectionDropped, Forward, Reply, Request, Site

__all__ = ["Spoiler", "Trouble", "after", "answer", "before", "half", "spoiled", "status", "torn"]

Trouble = Callable[["Site", Request, Forward], Reply]


def before(_site: Site, _request: Request, _forward: Forward) -> Reply:
    """Close the connection without any effect."""
    raise ConnectionDropped


def after(_site: Site, _request: Request, forward: Forward) -> Reply:
    """Let the request take effect, and close the connection without an answer."""
    forward()
    raise ConnectionDropped


def spoiled(code: int) -> Trouble:
    """Let the request take effect, and answer with an error."""

    def act(_site: Site, _request: Request, forward: Forward) -> Reply:
        forward()
        return status(code)(_site, _request, forward)

    return act


def torn(_site: Site, _request: Request, forward: Forward) -> Reply:
    """Let the request take effect, and answer 200 with a body that breaks off."""
    forward()
    return Reply(200, b'{"id": "abc')


def status(code: int, detail: object = "of the scene", **headers: str) -> Trouble:
    """Answer with an error, without any effect; `Retry_After` is the header of that name."""
    told = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    body = b'{"detail": "%s"}' % str(detail).encode()
    return lambda _site, _request, _forward: Reply(code, body, told)


def answer(body: bytes) -> Trouble:
    """Let the request take effect, and answer 200 with this body."""

    def act(_site: Site, _request: Request, forward: Forward) -> Reply:
        forward()
        return Reply(200, body)

    return act


def half(site: Site, request: Request, _forward: Forward) -> Reply:
    """Let the first half of a batch take effect, as a server without transactions does, and close the connection."""
    value: Any = request.value
    rows = value.get("metrics") or value.get("events")
    name = "metrics" if "metrics" in value else "events"
    body = ormsgpack.packb({**value, name: rows[: len(rows) // 2]})
    headers = {**site.authorization, "content-type": "application/msgpack"}
    site.request(request.method, request.path, headers, body)
    raise ConnectionDropped


class Spoiler:
    """A rule: each run's first requests of one sort meet the troubles that were set for them, in order."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._keys: dict[str, str] = {}
        self._troubles: dict[str, tuple[str, str, list[Trouble]]] = {}
        self._lock = threading.Lock()
        self.met: dict[str, list[Request]] = {}
        site.rule = self

    def trouble(self, run: str, method: str, path: str, *troubles: Trouble) -> None:
        """Set the troubles of a run: requests of this method whose path has this pattern."""
        self._troubles[run] = (method, path, list(troubles))
        self.met[run] = []

    def clear(self) -> None:
        """Let every request be answered plainly from now on."""
        with self._lock:
            self._troubles.clear()

    @property
    def left(self) -> Mapping[str, int]:
        """How many troubles each run has still to meet."""
        return {run: len(left) for run, (_, _, left) in self._troubles.items() if left}

    def run_of(self, request: Request) -> str:
        """Return the run key that a request is about; the empty string where it does not say."""
        if request.method == "POST" and request.path == "/api/runs":
            marks = (request.members.get("metadata") or {}).get("simvue") or {}
            return str(marks.get("run", request.members.get("name", "")))
        return self._keys.get(request.run, "")

    def __call__(self, request: Request, forward: Forward) -> Reply:
        """Answer a request."""
        run = self.run_of(request)

        def remembering() -> Reply:
            reply = forward()
            if request.method == "POST" and request.path == "/api/runs":
                found = re.search(rb'"id":\s*"([^"]+)"', reply.body)
                if found:
                    self._keys[found[1].decode()] = run
            return reply

        with self._lock:
            method, path, left = self._troubles.get(run, ("", "$^", []))
            meets = bool(left) and request.matches(method, path)
            trouble = left.pop(0) if meets else None
            if run in self.met and method and request.matches(method, path):
                self.met[run].append(request)
        return remembering() if trouble is None else trouble(self._site, request, remembering)

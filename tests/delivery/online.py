"""A cache with online runs, and what a server must hold of it; for tests of the service and of the sender beside it."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tests.sender.site import CANARY, Server, Site


def written(cache: Path, run: str) -> tuple[Counter[tuple[str, int, float]], Counter[str]]:
    """Return the points and messages that all journals of a run hold, wherever in the cache they are by now."""
    points: Counter[tuple[str, int, float]] = Counter()
    messages: Counter[str] = Counter()
    for path in cache.rglob("*.jsonl"):
        if path.parent.name not in {"journals", "delivered"}:
            continue
        records = [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
        if not records or records[0].get("run") != run:
            continue
        for record in records:
            if record["kind"] == "metrics":
                points.update((name, record["step"], value) for name, value in record["values"].items())
            elif record["kind"] == "event":
                messages[record["message"]] += 1
    return points, messages


def check(server: Server, cache: Path, run: str) -> None:
    """Assert that the server has one run with what its journals say, each record exactly once."""
    points, messages = written(cache, run)
    assert points
    assert server.metrics(run) == points
    assert server.events(run) - Counter({"completed": 1}) == messages


def client(
    site: Site, server: Server, run: str, count: int, pause: float, *, create: bool = True
) -> "subprocess.Popen[str]":
    """Start a program that is online."""
    arguments = [str(site.cache / "online" / run), server.url, CANARY, run, str(count), str(pause)]
    command = [sys.executable, "-m", "tests.delivery.client", *arguments, *(["create"] if create else [])]
    options: dict[str, Any] = {"stdout": subprocess.PIPE, "text": True, "env": site.environment}
    return subprocess.Popen(command, **options)


def is_folded(site: Site, run: str) -> bool:
    """Whether nothing is left of the cache of an online run."""
    return not (site.cache / "online" / run).exists()

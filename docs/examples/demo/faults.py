"""What is broken on purpose: answers of the server get lost, and a sender is killed in the middle of a request.

`Cron` starts the senders, and remembers what each of them said. Tests: tests/demo/test_demo.py.
"""

import json
import signal
import subprocess
import time
from collections import Counter
from typing import Any

from docs.examples.comparison import Server
from docs.examples.demo.stage import PATIENCE, Place, Processes, environment

__all__ = ["FAULTS", "KILLED_AT", "Cron", "broken_on_purpose", "kill_a_pass"]

KILLED_AT = 4  # the pass that is killed
EXPECTED = (None, 0, 10, 20, -signal.SIGKILL)  # of a pass: it runs, is done, has a backlog or dead letters, was killed

# Answers that get lost: one after the request took effect, one before.
FAULTS = [
    {"method": "POST", "path": "^/api/metrics$", "drop": "after"},
    {"method": "POST", "path": "^/api/metrics$", "after": 1, "status": 503},
]
# Long enough to kill the sender while the server works for it. The server finishes; nobody hears its answer.
SLOW = [{"method": "POST", "path": "^/api/metrics$", "delay": 1.0}]
_NAMES = {"delay": "a slow answer", "drop after": "an answer lost after its request took effect", "status": "a 503"}


class Cron:
    """Runs the sender every second, as cron would every minute: whether or not the one before has ended."""

    def __init__(self, processes: Processes, place: Place) -> None:
        self._processes, self._place = processes, place
        self._passes: list[subprocess.Popen[bytes]] = []
        self.killed = 0

    def tick(self) -> subprocess.Popen[bytes]:
        """Start a pass."""
        home, name = self._place.login, f"sender-{len(self._passes) + 1}"
        process = self._processes.start(name, ["simvue_sender", "--json"], environment(home), home)
        self._passes.append(process)
        return process

    def wait(self) -> None:
        """Wait for all passes to end."""
        for process in self._passes:
            process.wait(PATIENCE)

    def failure(self) -> str:
        """Return what a pass said that ended as no pass should; empty while all is well."""
        for place, process in enumerate(self._passes, 1):
            if process.poll() not in EXPECTED:
                said = self._processes.output(f"sender-{place}", "err")
                return f"pass {place} ended with {process.returncode}: {said}"
        return ""

    @property
    def count(self) -> int:
        """How many passes were started."""
        return len(self._passes)

    def summaries(self) -> list[dict[str, Any]]:
        """Return what the passes that have ended said, in the order of their start."""
        texts = [self._processes.output(f"sender-{place}") for place in range(1, self.count + 1)]
        return [json.loads(text) for text in texts if text.endswith("\n")]

    def is_done(self) -> bool:
        """Whether the last pass that found the cache free has left nothing behind."""
        said = [summary for summary in self.summaries() if not summary["busy"]]
        return bool(said) and said[-1]["journals"] == 0 and not said[-1]["failure"]


def kill_a_pass(server: Server, cron: Cron) -> str:
    """Start a pass, and kill it while the server has its request and it has no answer; return the request's key.

    The key is empty where the pass had no metrics to send, and so was not killed.
    """
    cron.wait()
    server.fetch(f"{server.url}/faults", "PUT", SLOW)
    process = cron.tick()
    while not json.loads(server.fetch(f"{server.url}/faults"))[0]["fired"]:
        if process.poll() is not None:
            return ""
        time.sleep(0.01)
    process.kill()
    process.wait()
    cron.killed += 1
    server.fetch(f"{server.url}/faults", "PUT", FAULTS)
    requests = json.loads(server.fetch(f"{server.url}/requests"))
    key: str = next(request["idempotency_key"] for request in requests if request["fault"] == "delay")
    return key


def broken_on_purpose(server: Server, cron: Cron, doubtful: str) -> tuple[list[str], bool]:
    """Return what went wrong in lines of text; and whether all of it did, and the killed pass's request was settled."""
    requests = json.loads(server.fetch(f"{server.url}/requests"))
    again = [request for request in requests if request["idempotency_key"] == doubtful][1:]
    faults = Counter(_NAMES.get(request["fault"], request["fault"]) for request in requests if request["fault"])
    replayed = sum(request["replayed"] for request in requests)
    summaries = cron.summaries()
    busy = sum(bool(summary["busy"]) for summary in summaries)
    dead = sum(summary["dead_letters"] for summary in summaries)
    guarantee = next(summary["guarantee"]["metrics"] for summary in summaries if summary["guarantee"])
    lines = [
        f"{cron.count} passes of simvue_sender: {cron.killed} killed, {busy} left at once (another was at work).",
        f"Faults of the server, on purpose: {', '.join(faults)}.",
        f"The request of the killed pass was sent again {len(again)} time(s), with the same key.",
        f"Repeated requests that the server recognised and did not apply again: {replayed}.",
        f"Guarantee: {guarantee}. Dead letters: {dead}.",
    ]
    return lines, any(request["replayed"] for request in again) and faults.total() == 1 + len(FAULTS)

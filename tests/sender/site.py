"""A site as an operator has it: a home, a cache, a configuration, journals, and the sender as a process of its own.

Used by all tests of the sender; the server is the reference server behind a socket.
"""

import json
import os
import subprocess
import sys
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simvue_conformance.server.process import ServerProcess

ROOT = Path(__file__).parents[2]
CANARY = "canary.eyJ0b2tlbiI6InNlY3JldCJ9.NeverPrintThis"
COMMAND = Path(sys.executable).parent / "simvue_sender"
STAMP = "2026-03-01T08:{:02d}:{:02d}.{:06d}Z"


@dataclass(frozen=True)
class Result:
    """What a finished process left."""

    exit: int
    out: str
    err: str
    seconds: float

    @property
    def summary(self) -> dict[str, Any]:
        return json.loads(self.out)


@dataclass
class Journal:
    """A journal and what a server must hold once it is delivered."""

    path: Path
    identity: str
    run: str
    lines: int = 0
    metrics: Counter[tuple[str, int, float]] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)

    def append(self, *records: dict[str, Any]) -> "Journal":
        """Append records, each in one write, and remember what they say."""
        with self.path.open("ab", buffering=0) as file:
            for record in records:
                file.write(self.line(record))
        return self

    def line(self, record: dict[str, Any]) -> bytes:
        number = self.lines
        self.lines += 1
        at = STAMP.format(number // 60 % 60, number % 60, number % 1_000_000)
        if record["kind"] == "metrics":
            for name, value in record["values"].items():
                self.metrics[name, record["step"], value] += 1
        if record["kind"] == "event":
            self.events[record["message"]] += 1
        line = {"kind": record["kind"], "seq": number, "at": at, **record}
        return json.dumps(line, separators=(",", ":")).encode() + b"\n"

    def steps(self, count: int, *, start: int = 0) -> "Journal":
        return self.append(*({"kind": "metrics", "step": start + n, "values": {"r": start + n}} for n in range(count)))

    def say(self, *messages: str) -> "Journal":
        return self.append(*({"kind": "event", "message": message} for message in messages))

    def end(self, status: str = "completed") -> "Journal":
        return self.append({"kind": "end", "status": status})


class Site:
    """One user of one cluster: `environment` is all that their processes get."""

    def __init__(self, place: Path) -> None:
        self.home, self.cache = place / "home", place / "cache"
        self.home.mkdir(parents=True)
        self.journals = self.cache / "journals"
        self.journals.mkdir(parents=True, mode=0o700)
        self.environment = {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(str(ROOT / name) for name in (".", "sender", "conformance", "spec")),
            "TMPDIR": str(place),
        }

    # -- configuration and journals ------------------------------------------------------------------------

    def configure(self, url: str, token: str = CANARY, *, more: str = "") -> None:
        path = self.home / ".simvue.ini"
        text = f"[server]\nurl = {url}\ntoken = {token}\n\n[offline]\ncache = {self.cache}\n{more}"
        path.write_text(text)
        path.chmod(0o600)

    def journal(self, run: str = "", *, name: str = "", create: bool = True, **header: Any) -> Journal:
        """Start a journal; with `create`, its first record creates the run."""
        identity = str(uuid.uuid4())
        run = run or f"run-{identity[:13]}"
        journal = Journal(self.journals / f"{name or identity}.jsonl", identity, run)
        fields = {"format": "simvue-journal", "version": "1.0", "journal": identity, "run": run, "writer": {}}
        journal.append({"kind": "header", **fields, **header})
        if create:
            journal.append({"kind": "run", "name": run})
        return journal

    # -- the sender ----------------------------------------------------------------------------------------

    def start(self, *arguments: str, before: tuple[str, ...] = (), **options: Any) -> "subprocess.Popen[str]":
        given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": self.home}
        given |= {"env": self.environment, "stdin": subprocess.DEVNULL}
        return subprocess.Popen([*before, str(COMMAND), *arguments], **(given | options))

    def send(self, *arguments: str, before: tuple[str, ...] = (), **options: Any) -> Result:
        """Make one pass as cron does: without a terminal."""
        began = time.monotonic()
        process = self.start(*arguments, before=before, **options)
        out, err = process.communicate(timeout=60)
        return Result(process.returncode, out, err, time.monotonic() - began)

    def summary(self, *arguments: str) -> dict[str, Any]:
        return self.send("--json", *arguments).summary

    def until_delivered(self, passes: int = 8) -> int:
        """Make passes until nothing is left among the journals; return how many it took."""
        for count in range(1, passes + 1):
            result = self.send()
            if not any(self.journals.iterdir()):
                return count
            assert result.exit in {0, 10, 20}, result
        raise AssertionError(f"still there after {passes} passes: {sorted(self.journals.iterdir())}\n{self.log()}")

    def log(self) -> str:
        path = self.cache / "sender" / "sender.log"
        return path.read_text() if path.exists() else ""

    def receipt(self, journal: Journal) -> dict[str, Any]:
        return json.loads((self.cache / "delivered" / f"{journal.identity}.receipt.json").read_text())

    def files(self) -> dict[str, bytes]:
        """Return everything that the sender has written, by name."""
        return {str(path): path.read_bytes() for path in self.cache.rglob("*") if path.is_file()}


class Server:
    """The reference server as a test looks at it."""

    def __init__(self, process: ServerProcess) -> None:
        self.process, self.url = process, process.url
        self._seen = 0

    def get(self, path: str) -> Any:
        status, _, body = self.process.request("GET", f"/api{path}", self.process.authorization)
        assert status == 200, (path, status, body)
        return json.loads(body)

    def put(self, path: str, value: Any) -> None:
        headers = {**self.process.authorization, "content-type": "application/json"}
        status, _, body = self.process.request("PUT", path, headers, json.dumps(value).encode())
        assert status == 200, (path, status, body)

    def faults(self, *rules: dict[str, Any]) -> None:
        self.put("/faults", list(rules))

    def mark(self) -> None:
        """Let `requests` begin here."""
        self._seen = len(self.all_requests())

    def all_requests(self) -> list[dict[str, Any]]:
        status, _, body = self.process.request("GET", "/requests")
        assert status == 200
        return json.loads(body)

    def requests(self, method: str = "", path: str = "") -> list[dict[str, Any]]:
        rows = self.all_requests()[self._seen :]
        return [row for row in rows if row["method"].startswith(method) and path in row["path"]]

    def runs(self, key: str) -> list[dict[str, Any]]:
        rows = self.get("/runs?count=5000&start=0")["data"]
        return [row for row in rows if key in (row["name"], (row["metadata"] or {}).get("simvue", {}).get("run"))]

    def run(self, key: str) -> dict[str, Any]:
        found = self.runs(key)
        assert len(found) == 1, f"{len(found)} runs {key}"
        return found[0]

    def metrics(self, key: str) -> Counter[tuple[str, int, float]]:
        run = self.run(key)["id"]
        names = self.get(f'/metrics/names?runs=["{run}"]')
        if not names:
            return Counter()
        series = self.get(f'/metrics?runs=["{run}"]&metrics={json.dumps(names)}&xaxis=step&aggregate=False')
        return Counter(
            (name, point["step"], point["value"]) for name, points in series[run].items() for point in points
        )

    def events(self, key: str) -> Counter[str]:
        run = self.run(key)["id"]
        rows = self.get(f"/events?run={run}&start=0&count=100000&filters=[]")["data"]
        return Counter(row["message"] for row in rows)

    def holds(self, *journals: Journal) -> None:
        """Assert that the server has what the journals of a run say, each record exactly once."""
        metrics: Counter[tuple[str, int, float]] = sum((journal.metrics for journal in journals), Counter())
        events: Counter[str] = sum((journal.events for journal in journals), Counter())
        assert self.metrics(journals[0].run) == metrics
        assert self.events(journals[0].run) == events

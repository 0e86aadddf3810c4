"""Journals, passes as cron would start them, and what a user sees of the server afterwards; for tests in simulation.

The world is `tests.delivery.simulation`, the server the reference server in this process.
"""

import json
from collections.abc import Callable
from typing import Any

import orjson

from simvue.core.reading import Checker
from simvue.delivery.exchange import Policy
from simvue.delivery.layout import Layout
from simvue.journal.schemas import checker
from simvue_conformance.server.local import LocalServer
from simvue_conformance.server.settings import Settings
from simvue_sender.report import Summary
from simvue_sender.sweep import sweep
from tests.delivery.simulation import Death, Killed, SimDisk, SimWorld

LAYOUT = Layout("/cache")
POLICY = Policy(connections=1)
CHECKER = checker()
STAMP = "2026-03-01T08:00:{:02d}.{:06d}Z"

Record = dict[str, Any]


def header(name: str, run: str = "heat", **members: object) -> Record:
    head = {"kind": "header", "format": "simvue-journal", "version": "1.0", "journal": name, "run": run}
    return head | {"writer": {}, "cwd": "/data"} | members


def lines(name: str, *records: Record, first: int = 0) -> bytes:
    """Return records as the journal `name` has them, numbered from `first`, with times of their own."""
    text = []
    for number, record in enumerate(records, first):
        at = STAMP.format(number % 60, sum(name.encode()) + number // 60)
        text.append(json.dumps({"kind": record["kind"], "seq": number, "at": at, **record}, separators=(",", ":")))
    return ("".join(line + "\n" for line in text)).encode()


def journal(name: str, *records: Record, run: str = "heat", **members: object) -> bytes:
    """Return a whole journal."""
    return lines(name, header(name, run, **members), *records)


def put(disk: SimDisk, file: str, data: bytes) -> None:
    """Place a journal where senders look."""
    disk.write(f"/cache/journals/{file}", data, durable=True)


def grow(disk: SimDisk, file: str, data: bytes) -> None:
    """Append to a journal, as its writer does."""
    put(disk, file, disk.files[f"/cache/journals/{file}"] + data)


def is_there(disk: SimDisk, file: str) -> bool:
    """Whether a journal still lies where it was written."""
    return f"/cache/journals/{file}" in disk.files


def make_server(disk: SimDisk | None = None, *, keyed: bool = True, window: int = 604_800) -> LocalServer:
    """Return a server that shares the world's time."""
    settings = Settings(faults=True, idempotency=keyed, idempotency_window=window)
    if disk is not None:
        settings = Settings(faults=True, idempotency=keyed, idempotency_window=window, now=disk.now)
    return LocalServer(settings)


def one_pass(
    disk: SimDisk,
    server: LocalServer,
    death: Death | None = None,
    *,
    change: Callable[[SimWorld], None] = lambda _world: None,
    policy: Policy = POLICY,
    known: Checker = CHECKER,
    pause: float = 60.0,
) -> tuple[SimWorld, Summary | None]:
    """Run one process of the sender; the next one comes `pause` seconds later. No summary if it was killed."""
    world, summary = SimWorld(disk, server, death), None
    change(world)
    try:
        summary = sweep(world, LAYOUT, known, policy, lambda: "http://simvue.local/api")
    except Killed:
        pass
    finally:
        disk.alive.discard(world.pid)
        disk.clock += pause
    return world, summary


def finish(disk: SimDisk, server: LocalServer, most: int = 12) -> int:
    """Run passes until the cache is empty; return how many."""
    for count in range(most):
        if not SimWorld(disk, None).listdir(LAYOUT.journals):
            return count
        _, summary = one_pass(disk, server)
    raise AssertionError(f"the cache is not empty after {most} passes: {summary}")


def ask(server: LocalServer, path: str) -> Any:
    status, _, body = server.request("GET", f"/api{path}", server.authorization)
    assert status == 200, (path, status, body)
    return json.loads(body)


def inject(server: LocalServer, *rules: Record) -> None:
    """Put faults in force (see conformance/SERVER-HTTP.md)."""
    status, _, body = server.request("PUT", "/faults", {"content-type": "application/json"}, json.dumps(rules).encode())
    assert status == 200, body


def requests_of(server: LocalServer, method: str = "", path: str = "") -> list[Record]:
    """Return the requests that the server saw, of one method and path if given."""
    _, _, body = server.request("GET", "/requests")
    rows = json.loads(body)
    return [row for row in rows if method in {"", row["method"]} and path in {"", row["path"].removeprefix("/api")}]


def run_ids(server: LocalServer) -> dict[str, str]:
    """Return the identifiers of all runs by run key, or by name where none made the run; none is there twice."""
    rows = ask(server, "/runs?count=100&start=0")["data"]
    keys = [(row["metadata"] or {}).get("simvue", {}).get("run", row["name"]) for row in rows]
    assert len(set(keys)) == len(rows), keys
    return {key: row["id"] for key, row in zip(keys, rows, strict=True)}


def series_of(server: LocalServer, run: str) -> dict[str, list[tuple[str, float]]]:
    """Return the points of every metric of a run but tensors."""
    names = [name for name in ask(server, f'/metrics/names?runs=["{run}"]') if name != "T"]
    found = ask(server, f'/metrics?runs=["{run}"]&metrics={json.dumps(names)}&xaxis=timestamp&aggregate=False')
    series = found.get(run, {})
    return {name: [(point["timestamp"], point["value"]) for point in points] for name, points in series.items()}


def events_of(server: LocalServer, run: str) -> list[tuple[str, str, str]]:
    rows = ask(server, f"/events?run={run}&start=0&count=0&filters=[]")["data"]
    return [(row["timestamp"], row["message"], row["log_level"]) for row in rows]


def state_of(server: LocalServer) -> Record:
    """Everything a user sees of the server's one run, without identifiers and the server's own times."""
    runs = ask(server, "/runs?count=100&start=0")["data"]
    assert len(runs) == 1, f"{len(runs)} runs in place of one"
    run = runs[0]
    key = run["id"]
    artifacts = ask(server, f"/runs/{key}/artifacts")
    tensors = run["metrics"].get("T")
    return {
        "run": {name: run[name] for name in ("name", "status", "folder", "tags", "metadata", "endtime", "started")},
        "series": repr(sorted(series_of(server, key).items())),
        "events": sorted(events_of(server, key)),
        "alerts": [(row["alert"]["name"], row["status"]["current"]) for row in run["alerts"]],
        "artifacts": [(row["name"], row["category"], row["uploaded"], row["checksum"]) for row in artifacts],
        "grids": len(ask(server, f"/runs/{key}/grids")),
        "tensor": ask(server, f"/runs/{key}/metrics/T/values?step=1")["array"] if tensors else None,
        "tensors": tensors["count"] if tensors else 0,
    }


def receipts(disk: SimDisk) -> dict[str, Record]:
    rows = [orjson.loads(data) for path, data in disk.files.items() if path.endswith(".receipt.json")]
    return {row["journal"]: {name: row[name] for name in ("size", "bytes", "records", "dead_letters")} for row in rows}


def letters_of(disk: SimDisk) -> list[Record]:
    """Return every dead letter in the cache."""
    paths = [path for path in disk.files if path.startswith("/cache/sender/dead/")]
    return [orjson.loads(line) for path in sorted(paths) for line in disk.files[path].split(b"\n") if line]

"""The records that meet faults and refusals, and what becomes of them where nothing goes wrong."""

from functools import cache

import pytest

from tests.delivery.scenes import (
    Record,
    finish,
    journal,
    make_server,
    put,
    receipts,
    state_of,
)
from tests.delivery.simulation import SimDisk

SERVERS = pytest.mark.parametrize("keyed", [True, False], ids=["keyed", "reconciled"])
TARGETS = {
    "run": ("POST", "^/api/runs$"),
    "folder": ("POST", "^/api/folders$"),
    "metrics": ("POST", "^/api/metrics$"),
    "events": ("POST", "^/api/events$"),
    "tensors": ("POST", "/metrics$"),
    "grid": ("POST", "^/api/grids$"),
    "update of the run": ("PUT", "^/api/runs/[^/]*$"),
    "alert": ("POST", "^/api/alerts$"),
    "state of the alert": ("PUT", "^/api/alerts/"),
    "artifact": ("POST", "^/api/artifacts$"),
    "upload": ("PUT", "^/storage/"),
    "artifact, uploaded": ("PUT", "^/api/artifacts/"),
    "artifact, attached": ("PUT", "/artifacts/"),
    "look at the run": ("GET", "^/api/runs/[^/]*$"),
}


def workload(disk: SimDisk) -> None:
    rows: list[Record] = [
        {"kind": "run", "name": "heat 2d", "folder": "/heat", "tags": ["a"], "metadata": {"nx": 4}},
        *({"kind": "metrics", "values": {"r": 1.0 / step, "n": "NaN"}} for step in range(1, 8)),
        {"kind": "metrics", "values": {"r": 1.0, "x": -0.0}, "at": "2026-03-01T08:00:02Z"},
        {"kind": "metrics", "values": {"r": 1.0, "x": -0.0}, "at": "2026-03-01T08:00:02Z"},
        *({"kind": "event", "message": f"line {number % 2}"} for number in range(4)),
        {"kind": "event", "message": "same", "at": "2026-03-01T08:00:02Z"},
        {"kind": "event", "message": "same", "at": "2026-03-01T08:00:02Z"},
        {"kind": "tags", "add": ["b"]},
        {"kind": "alert", "name": "written", "source": "user"},
        {"kind": "alert_state", "name": "written", "state": "ok"},
        {"kind": "tensor", "metric": "T", "array": [[1.0, 2.0], [3.0, 4.0]], "step": 1},
        {"kind": "tensor", "metric": "T", "array": [[1.0, "NaN"], [3.0, 4.0]], "step": 2},
        {"kind": "artifact", "name": "field", "category": "output", "path": "field.dat"},
        {"kind": "end", "status": "completed", "records": 22},
    ]
    put(disk, "a.jsonl", journal("faulty-journal", *rows))
    disk.write("/data/field.dat", b"field", durable=True)


@cache
def undisturbed() -> tuple[Record, dict[str, Record]]:
    disk, server = SimDisk(), make_server()
    workload(disk)
    finish(disk, server)
    return state_of(server), receipts(disk)


def two_runs(disk: SimDisk) -> None:
    for name, key in (("first-journal", "first"), ("second-journal", "second")):
        rows: list[Record] = [{"kind": "run"}, {"kind": "metrics", "values": {"r": 1.0}}]
        put(disk, f"{key}.jsonl", journal(name, *rows, {"kind": "event", "message": "x"}, run=key))

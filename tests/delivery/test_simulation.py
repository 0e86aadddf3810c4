"""A sender killed before, inside and after every effect of a pass, and the server holds each record exactly once.

Every death is followed by passes of new processes, as cron would start them, until the cache is empty.
"""

import json
from collections.abc import Iterator

import orjson
import pytest

from simvue.delivery.exchange import Policy
from simvue.delivery.layout import Layout
from simvue.journal.schemas import checker
from simvue_conformance.server.local import LocalServer
from simvue_conformance.server.settings import Settings
from simvue_sender.sweep import sweep
from tests.delivery.simulation import Death, Killed, SimDisk, SimWorld

LAYOUT = Layout("/cache")
POLICY = Policy(connections=1)
CHECKER = checker()
STAMP = "2026-03-01T08:00:{:02d}.{:06d}Z"


def journal(name: str, *records: dict[str, object]) -> bytes:
    """Return a journal of the run `heat`, numbered."""
    header = {"format": "simvue-journal", "version": "1.0", "journal": name, "run": "heat", "writer": {}, "cwd": "/data"}
    lines = []
    for number, record in enumerate([{"kind": "header", **header}, *records]):
        at = STAMP.format(number, sum(name.encode()))
        lines.append(json.dumps({"kind": record["kind"], "seq": number, "at": at, **record}, separators=(",", ":")))
    return ("\n".join(lines) + "\n").encode()


def workload(disk: SimDisk) -> None:
    """Two ranks of one run, with every kind of request, one bad line and one record that the server refuses."""
    rank_0 = journal(
        "rank-0-journal",
        {"kind": "run", "name": "heat 2d", "folder": "/heat", "tags": ["a"], "metadata": {"nx": 4}},
        {"kind": "metrics", "values": {"r": 1.0, "n": "NaN"}},
        {"kind": "metrics", "values": {"r": 0.5}},
        {"kind": "metrics", "values": {"bad!name": 1.0}},
        {"kind": "event", "message": "begun"},
        {"kind": "tags", "add": ["b"]},
        {"kind": "metadata", "values": {"mesh": {"cells": 16}}},
        {"kind": "folder", "path": "/heat", "description": "all of them"},
        {"kind": "alert", "name": "written", "source": "user"},
        {"kind": "alert_state", "name": "written", "state": "ok"},
        {"kind": "metrics", "values": {"r": 0.25}},
        {"kind": "artifact", "name": "field", "category": "output", "path": "field.dat"},
        {"kind": "end", "status": "completed", "records": 13, "reason": "converged"},
    )
    rank_1 = journal(
        "rank-1-journal",
        {"kind": "metrics", "values": {"r": 1.0}},
        {"kind": "tensor", "metric": "T", "array": [[1.0, 2.0], [3.0, 4.0]], "step": 1},
        {"kind": "event", "message": "begun"},
        {"kind": "end"},
    )
    disk.write("/cache/journals/a.jsonl", rank_0.replace(b'{"kind":"tags"', b'{"kind":oops}\n{"kind":"tags"'), durable=True)
    disk.write("/cache/journals/b.jsonl", rank_1, durable=True)
    disk.write("/data/field.dat", b"field", durable=True)


def one_pass(disk: SimDisk, server: LocalServer, death: Death | None = None) -> SimWorld:
    """Run one process of the sender; cron starts the next one a minute later."""
    world = SimWorld(disk, server, death)
    try:
        sweep(world, LAYOUT, CHECKER, POLICY, lambda: "http://simvue.local/api")
    except Killed:
        pass
    finally:
        disk.alive.discard(world.pid)
        disk.clock += 60.0
    return world


def finish(disk: SimDisk, server: LocalServer) -> int:
    """Run passes until the cache is empty; return how many."""
    for count in range(12):
        if not SimWorld(disk, None).listdir(LAYOUT.journals):
            return count
        one_pass(disk, server)
    raise AssertionError("the cache is not empty after twelve passes: " + str(sorted(disk.files)))


def ask(server: LocalServer, path: str) -> object:
    status, _, body = server.request("GET", f"/api{path}", server.authorization)
    assert status == 200, (path, status, body)
    return json.loads(body)


def state_of(server: LocalServer) -> dict[str, object]:
    """Everything a user sees of the server, without identifiers and the server's own times."""
    runs = ask(server, "/runs?count=100&start=0")["data"]
    assert len(runs) == 1, f"{len(runs)} runs in place of one"
    run = runs[0]
    key = run["id"]
    names = ask(server, f'/metrics/names?runs=["{key}"]')
    wanted = json.dumps([name for name in names if name != "T"])
    series = ask(server, f'/metrics?runs=["{key}"]&metrics={wanted}&xaxis=timestamp&aggregate=False')
    events = ask(server, f"/events?run={key}&start=0&count=100&filters=[]")["data"]
    artifacts = ask(server, f"/runs/{key}/artifacts")
    return {
        "run": {name: run[name] for name in ("name", "status", "folder", "tags", "metadata", "endtime", "started")},
        "series": repr(sorted((name, str(points)) for name, points in series[key].items())),
        "events": sorted((row["timestamp"], row["message"], row["log_level"]) for row in events),
        "alerts": [(row["alert"]["name"], row["status"]["current"]) for row in run["alerts"]],
        "artifacts": [(row["name"], row["category"], row["uploaded"], row["checksum"]) for row in artifacts],
        "grids": len(ask(server, f"/runs/{key}/grids")),
        "tensor": ask(server, f"/runs/{key}/metrics/T/values?step=1")["array"],
        "tensors": run["metrics"]["T"]["count"],
    }


def receipts(disk: SimDisk) -> dict[str, dict[str, object]]:
    rows = [orjson.loads(data) for path, data in disk.files.items() if path.endswith(".receipt.json")]
    return {row["journal"]: {name: row[name] for name in ("size", "bytes", "records", "dead_letters")} for row in rows}


def make_server(*, keyed: bool) -> LocalServer:
    return LocalServer(Settings(faults=True, idempotency=keyed))


def undisturbed(*, keyed: bool) -> tuple[dict[str, object], dict[str, dict[str, object]], list[str]]:
    """Return what a pass that nobody kills makes of the workload: server, receipts and effects."""
    disk, server = SimDisk(), make_server(keyed=keyed)
    workload(disk)
    world = one_pass(disk, server)
    finish(disk, server)
    result = state_of(server), receipts(disk), world.effects
    server.close()
    return result


EXPECTED = {keyed: undisturbed(keyed=keyed) for keyed in (True, False)}


def deaths(*, keyed: bool) -> Iterator[Death]:
    for effect, name in enumerate(EXPECTED[keyed][2]):
        for when in ("before", "inside", "after"):
            if when != "inside" or not name.startswith(("GET", "PUT", "POST", "sync")):
                yield Death(effect, when)


def test_a_pass_that_nobody_kills_delivers_everything() -> None:
    state, left, _ = EXPECTED[True]

    assert state["run"]["status"] == "completed"
    assert state["run"]["tags"] == ["a", "b"]
    assert [message for _, message, _ in state["events"]] == ["begun", "begun", "completed: converged"]
    assert left["rank-0-journal"]["dead_letters"] == 2
    assert state["artifacts"][0][2] is True


@pytest.mark.requirement("RDR-001", "DLV-040", "DLV-043")
@pytest.mark.parametrize("keyed", [True, False], ids=["keyed", "reconciled"])
def test_the_bytes_of_a_receipt_add_up_to_the_journal(keyed: bool) -> None:
    for receipt in EXPECTED[keyed][1].values():
        assert sum(receipt["bytes"].values()) == receipt["size"]


@pytest.mark.requirement("DLV-010", "DLV-011", "DLV-012", "DLV-021", "DLV-022", "DLV-023", "DLV-024", "DLV-061")
@pytest.mark.parametrize("power", [False, True], ids=["killed", "power lost"])
@pytest.mark.parametrize("keyed", [True, False], ids=["keyed", "reconciled"])
def test_a_sender_killed_at_any_effect_delivers_each_record_once(keyed: bool, power: bool) -> None:
    failures = []
    state, left, _ = EXPECTED[keyed]
    for death in deaths(keyed=keyed):
        death.power = power
        disk, server = SimDisk(), make_server(keyed=keyed)
        workload(disk)
        world = one_pass(disk, server, death)
        try:
            finish(disk, server)
            assert state_of(server) == state
            assert receipts(disk) == left
        except AssertionError as error:
            failures.append(f"{death} ({world.effects[-1]}): {error}")
        server.close()

    assert not failures, f"{len(failures)} deaths: " + "\n".join(failures[:5])

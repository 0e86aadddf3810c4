"""A journal with every kind of record: what the server holds then, and what the requests said.

Tests: tests/conformance/sender/test_scenes.py.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from simvue_conformance.holdings import Event, Holding, folders, holdings, instant
from simvue_conformance.sender.cache import Journal, at
from simvue_conformance.sender.scene import Scene
from simvue_conformance.sender.site import Request

__all__ = ["kinds", "uploads"]

KEY = "kinds"
FOLDER = "/scene/kinds"
LARGE = 2**53 + 2**40 + 1  # no double
MEMBERS = {
    "name": "DLV-060",
    "folder": "DLV-060",
    "description": "DLV-062",
    "tags": "DLV-065",
    "metadata": "DLV-065",
    "status": "DLV-072",
    "details": "DLV-060",
    "metrics": "DLV-063",
    "alerts": "DLV-067",
    "artifacts": "DLV-069",
    "grids": "DLV-074",
    "tensors": "DLV-075",
    "folder_details": "DLV-066",
}
"""The requirement that each member of a holding shows."""


def _put_aside(scene: Scene, content: bytes) -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    directory = scene.cache.directory / "artifacts"
    directory.mkdir(exist_ok=True)
    (directory / sha256).write_bytes(content)
    return sha256


def _journal(scene: Scene) -> Journal:
    """Write the journal; the files that it names lie beside the cache."""
    place = scene.cache.directory.parent
    (place / "input.txt").write_bytes(b"0.5 1.0\n")
    journal = scene.cache.journal(KEY, cwd="/")
    journal.add(
        "run",
        name="every kind",
        folder=FOLDER,
        description="first",
        tags=["red", "green"],
        metadata={"nx": 128, "mesh": {"cells": 1, "order": 2}},
        system={"cpu": "riscv"},
        notification="error",
        retention=86_400_000,
        timeout=7200,
        visibility=["ada"],
    )
    journal.add("metrics", values={"a": 1.5, "b/total": -2.0, "n": LARGE}, step=3, time=0.5)
    journal.add("metrics", values={"a": "NaN", "b/total": "Infinity", "c": "-Infinity"})
    journal.add("event", message="half way\nthere", log_level="warning")
    journal.add("event", message="")
    journal.add("metadata", values={"mesh": {"cells": 16384}, "périodic": True})
    journal.add("tags", add=["blue", "red"])
    journal.add("folder", path=FOLDER, description="of the suite", tags=["pde"], metadata={"p": 1}, retention=9)
    journal.add("alert", name="hot", source="metrics", metric="a", rule="is above", threshold=10.0)
    journal.add(
        "alert",
        name="band",
        source="metrics",
        metric="a",
        rule="is outside range",
        range_low=-1.0,
        range_high=2.5,
        window=2,
        frequency=3,
        aggregation="at least one",
        notification="email",
        description="d",
        enabled=False,
        abort=True,
    )
    journal.add("alert", name="words", source="events", pattern="panic")
    journal.add("alert", name="mine", source="user")
    journal.add("alert_state", name="mine", state="critical")
    journal.add("artifact", name="input.txt", category="input", path=str(place / "input.txt"), mimetype="text/plain")
    stored = _put_aside(scene, b"kept")
    journal.add(
        "artifact", name="kept.bin", category="output", stored=True, sha256=stored, size=4, metadata={"unit": "K"}
    )
    journal.add("heartbeat")
    journal.add("grid", name="plate", labels=["x", "y"], ticks=[[0, 0.5], [0, 1, 3]], metrics=["t"])
    journal.add("tensor", metric="t", array=[[1, 2.5, "NaN"], [4, 5, 6]], step=7, time=1.25)
    journal.add("tensor", metric="u", array=[1, 2, 3])
    journal.add("lost", count=37, first_seq=475, last_seq=511)
    journal.add("run", description="second")
    journal.add("status", status="terminated", reason="maintenance")
    journal.add("status", status="running")
    journal.add("x-private", anything=[1])
    return journal.end()


def kinds(scene: Scene) -> None:
    """Deliver a journal with every kind of record; look at what is held, then at each kind's requests."""
    journal = _journal(scene)
    scene.finish()
    found, wanted = holdings(scene.site), scene.expected()
    if len(found) != 1:
        scene.fail("SND-001", f"the server has {len(found)} runs, and one was written: {sorted(found)}")
        return
    found = {KEY: next(iter(found.values()))}  # whether it bears the key is looked at below
    names = {member.name for member in fields(Holding)}
    _leave_state(found[KEY], wanted)
    _leave_default_grid(scene, found[KEY], wanted)
    for member, requirement in MEMBERS.items():
        scene.look(wanted, found, lost=requirement, without=names - {member})
    _look_at_events(scene, found[KEY], wanted[KEY])
    _look_at_runs(scene, found[KEY].id)
    _look_at_bodies(scene, found[KEY].id)
    _look_at_details(scene)
    _look_at_receipt(scene, journal, found[KEY].id)


def _leave_default_grid(scene: Scene, found: Holding, wanted: dict[str, Holding]) -> None:
    """A metric on no grid gets one whose name is free: take that from the server, and look at the rest here."""
    grid = found.grids.get("u")
    if grid is None or (grid.labels, grid.ticks) != (("axis_0",), "[[0.0, 0.5, 1.0]]"):
        scene.fail(
            "DLV-075",
            f"metric u has the grid {grid}: a tensor on no grid gets axis_0 with even ticks from 0 to 1",
        )
    if grid is not None:
        grids: dict[str, Any] = {**wanted[KEY].grids, "u": grid}
        wanted[KEY] = _replaced(wanted[KEY], grids=grids)


def _leave_state(found: Holding, wanted: dict[str, Holding]) -> None:
    """The state of an alert is looked at by its request (DLV-068)."""
    state = found.alerts.get("mine", {}).get("state")
    alerts = {**wanted[KEY].alerts, "mine": {**wanted[KEY].alerts["mine"], "state": state}}
    wanted[KEY] = _replaced(wanted[KEY], alerts=alerts)


def _replaced(held: Holding, **members: Any) -> Holding:
    values = {member.name: getattr(held, member.name) for member in fields(Holding)}
    return Holding(**{**values, **members})


def _look_at_events(scene: Scene, found: Holding, wanted: Holding) -> None:
    missing = wanted.events - found.events
    scene.require(not missing, "DLV-064", f"events that are missing or differ: {list(missing)}; held: {_said(found)}")
    others = list((found.events - wanted.events).elements())
    reasons = [event for event in others if event.message == "terminated: maintenance"]
    lost = [event for event in others if event.level == "warning" and _names(event, "37", "475", "511")]
    scene.require(
        len(reasons) == 1,
        "DLV-071",
        f"{len(reasons)} events 'terminated: maintenance' for that status and reason; send one. Held: {_said(found)}",
    )
    scene.require(
        len(lost) == 1,
        "DLV-076",
        f"{len(lost)} events of level warning that name the 37 lost records and 475 to 511; write one. "
        f"Held: {_said(found)}",
    )
    scene.require(len(others) <= 2, "SND-002", f"events that no record gave: {others}")


def _said(found: Holding) -> list[str]:
    return [f"{event.level}: {event.message}" for event in found.events]


def _names(event: Event, *words: str) -> bool:
    return all(word in event.message for word in words)


def _look_at_runs(scene: Scene, run: str) -> None:
    site = scene.site
    creations = site.requests("POST", r"^/api/runs$")
    body = creations[0].members
    others = site.requests(
        None, rf"^/api/(metrics|events|artifacts|alerts|grids|runs/{run}(/metrics|/grids.*|/artifacts.*)?)$"
    )
    early = [request for request in others if request.number < creations[0].number and request.method != "GET"]
    scene.require(not early, "DLV-016", f"{_targets(early)} came before POST /runs: create the run first")
    wanted = {
        "name": "every kind",
        "folder": FOLDER,
        "status": "running",
        "started": instant(at(1)),
        "description": "first",
        "tags": ["red", "green"],
        "system": {"cpu": "riscv"},
        "notifications": {"state": "error"},
        "ttl": 86_400_000,
        "heartbeat_timeout": 7200,
    }
    _look_at_members(scene, "DLV-060", "POST /runs", body, wanted)
    visibility = body.get("visibility") or {}
    scene.require(
        visibility.get("users") == ["ada"] and not visibility.get("public") and not visibility.get("tenant"),
        "DLV-060",
        f"POST /runs had the visibility {visibility}: for a list of names it is {{'users': [names]}}",
    )
    marks = (body.get("metadata") or {}).get("simvue") or {}
    scene.require(
        (marks.get("journal"), marks.get("run")) == (f"journal-{KEY}", KEY),
        "DLV-061",
        f"metadata.simvue of POST /runs is {marks}: it names the journal and the run key",
    )
    changes = [request.value for request in site.requests("PUT", rf"^/api/runs/{run}$")]
    _look_at_change(scene, "DLV-062", changes, {"description": "second"})
    _look_at_change(scene, "DLV-065", changes, {"metadata": {"mesh": {"cells": 16384}, "périodic": True}})
    _look_at_change(scene, "DLV-065", changes, {"tags": ["red", "green", "blue"]})
    _look_at_change(scene, "DLV-071", changes, {"status": "terminated", "endtime": instant(at(22))})
    _look_at_change(scene, "DLV-071", changes, {"status": "running"})
    _look_at_change(scene, "DLV-072", changes, {"status": "completed", "endtime": instant(at(25))})


def _targets(requests: Iterable[Request]) -> str:
    return ", ".join(request.target for request in requests)


def _look_at_members(
    scene: Scene, requirement: str, what: str, body: Mapping[str, Any], wanted: Mapping[str, Any]
) -> None:
    for name, value in wanted.items():
        there = body.get(name, "(nothing)")
        scene.require(there == value, requirement, f"{what} had {name} = {there!r}: it must be {value!r}")


def _look_at_change(scene: Scene, requirement: str, changes: list[Any], wanted: Mapping[str, Any]) -> None:
    same = [change for change in changes if change == wanted]
    scene.require(
        len(same) == 1,
        requirement,
        f"PUT /runs/{{run}} with exactly {wanted} came {len(same)} times, should once; there were {changes}",
    )


def _look_at_bodies(scene: Scene, run: str) -> None:
    site = scene.site
    rows = [row for request in site.requests("POST", "^/api/metrics$") for row in request.records]
    for row in rows:
        _look_at_names(scene, "DLV-063", "a row of POST /metrics", row, {"step", "time", "timestamp", "values"})
    large = [row["values"]["n"] for row in rows if "n" in row.get("values", {})]
    scene.require(
        all(isinstance(value, float) for value in large),
        "DLV-063",
        f"POST /metrics had {large} as integers: write those beyond 2^53 as doubles",
    )
    for request in site.requests("POST", "^/api/(metrics|events)$"):
        kind = request.headers.get("content-type", "")
        requirement = "DLV-063" if request.path.endswith("metrics") else "DLV-064"
        scene.require(
            kind.startswith("application/msgpack"), requirement, f"{request.target} was {kind}: send MessagePack"
        )
        _look_at_members(scene, requirement, request.target, request.members, {"run": run})
    for request in site.requests("POST", "^/api/events$"):
        for row in request.records:
            _look_at_names(scene, "DLV-064", "a row of POST /events", row, {"message", "timestamp", "log_level"})
    for request in site.requests("POST", "^/api/runs/[^/]+/metrics$"):
        for row in request.records:
            members = {"metric", "grid", "array", "step", "time", "timestamp"}
            _look_at_names(scene, "DLV-075", "a row of POST /runs/{run}/metrics", row, members)


def _look_at_names(scene: Scene, requirement: str, what: str, row: Mapping[str, Any], wanted: set[str]) -> None:
    there = set(row)
    scene.require(there == wanted, requirement, f"{what} had the members {sorted(there)}: it has {sorted(wanted)}")


def _look_at_details(scene: Scene) -> None:
    site = scene.site
    made = [request.value for request in site.requests("POST", "^/api/folders$")]
    scene.require({"path": FOLDER} in made, "DLV-066", f"POST /folders carried {made}: it carries the path")
    wanted = {"description": "of the suite", "tags": ["pde"], "metadata": {"p": 1}, "ttl": 9}
    _look_at_members(scene, "DLV-066", "the folder", folders(site).get(FOLDER, {}), wanted)
    alerts = site.requests("POST", "^/api/alerts$")
    for request in alerts:
        scene.require(
            request.query.lower() == "deduplicate=true",
            "DLV-067",
            f"{request.target}: ask with deduplicate=True, so that an alert that is there is taken",
        )
    states = [request.value for request in site.requests("PUT", "^/api/alerts/[^/]+/status/")]
    scene.require(
        states == [{"status": "critical"}], "DLV-068", f"the alert's state was put as {states}: once, as status"
    )
    _look_at_artifacts(scene)
    grids = [request.value for request in site.requests("POST", "^/api/grids$")]
    plate = {"name": "plate", "labels": ["x", "y"], "grid": [[0, 0.5], [0, 1, 3]]}
    scene.require(plate in grids, "DLV-074", f"POST /grids carried {grids}: it carries name, labels, grid")
    attached = [request.value for request in site.requests("PUT", "^/api/runs/[^/]+/grids/")]
    scene.require({"metric": "t"} in attached, "DLV-074", f"the grid was attached with {attached}: with the metric")


def _look_at_artifacts(scene: Scene) -> None:
    site = scene.site
    made = {request.members.get("name"): request.members for request in site.requests("POST", "^/api/artifacts$")}
    text, kept = hashlib.sha256(b"0.5 1.0\n").hexdigest(), hashlib.sha256(b"kept").hexdigest()
    path = str(scene.cache.directory.parent / "input.txt")
    first = {"original_path": path, "size": 8, "mime_type": "text/plain", "checksum": text}
    second = {"original_path": "", "size": 4, "mime_type": "application/octet-stream", "checksum": kept}
    _look_at_members(scene, "DLV-069", "POST /artifacts of input.txt", made.get("input.txt", {}), first)
    wanted = {**second, "metadata": {"unit": "K"}}
    _look_at_members(scene, "DLV-069", "POST /artifacts of kept.bin", made.get("kept.bin", {}), wanted)


def _look_at_receipt(scene: Scene, journal: Journal, run: str) -> None:
    receipts = [
        content
        for path, content in scene.cache.files()
        if path.parent.name == "delivered" and content != journal.written and run.encode() in content
    ]
    named = [content for content in receipts if str(len(journal.written)).encode() in content]
    scene.require(
        named,
        "DLV-043",
        f"no file in delivered/ names the run {run} and the {len(journal.written)} bytes of {journal.path.name}: "
        "leave a receipt there",
    )


def uploads(scene: Scene) -> None:
    """Deliver artifacts to a server that wants them as multipart forms; a relative path starts at `cwd`."""
    content, kept = bytes(range(256)) * 4096, b"kept\r\n--boundary\r\n"
    (scene.cache.directory.parent / "field.dat").write_bytes(content)
    journal = scene.cache.journal("uploads", cwd=str(scene.cache.directory.parent))
    journal.add("run", name="uploads")
    journal.add("artifact", name="field.dat", category="output", path="field.dat")
    journal.add("artifact", name="kept.bin", category="code", stored=True, sha256=_put_aside(scene, kept))
    journal.end()
    scene.finish()
    found = holdings(scene.site)
    held = {each.name: (each.category, each.sha256) for each in found["uploads"].artifacts} if found else {}
    wanted = {
        "field.dat": ("output", hashlib.sha256(content).hexdigest()),
        "kept.bin": ("code", hashlib.sha256(kept).hexdigest()),
    }
    scene.require(
        held == wanted,
        "DLV-069",
        f"the server holds {held} and should hold {wanted}: send the answer's fields and the file as a form",
    )

"""Records that nobody can deliver: damaged, unknown, refused. They are put aside, and the others go on.

Tests: tests/conformance/sender/test_scenes.py.
"""

from simvue_conformance.sender.cache import Journal
from simvue_conformance.sender.scene import Scene
from simvue_conformance.sender.site import Forward, Reply, Request
from simvue_conformance.sender.spoiler import status

__all__ = ["dead", "gone", "halved", "refused"]

FEW = 7
FORBIDDEN = "no $ in names"
"""A name that the server refuses (REC-011)."""


class _Twin:
    """Writes a journal, and another without those records that will not be delivered: what is expected is its."""

    def __init__(self, scene: Scene, key: str) -> None:
        self.journal = scene.cache.run(key)
        self.other = Journal(scene.cache.directory.parent / f"{key}.jsonl", run=key, identity=f"twin-{key}")
        self.other.add("run", name=key, folder="/scene")

    def good(self, kind: str, **members: object) -> "_Twin":
        """Append a record that will be delivered."""
        self.journal.add(kind, **members)
        self.other.add(kind, **members)
        return self

    def bad(self, kind: str, **members: object) -> "_Twin":
        """Append a record that will not."""
        self.journal.add(kind, **members)
        self.other.records += 1
        return self


def _finished(scene: Scene, requirement: str, twin: _Twin) -> None:
    scene.finish()
    found = {key: held for key, held in scene.held().items() if key == twin.journal.run}
    scene.look(scene.expected([twin.other]), found, lost=requirement)
    scene.kept(twin.journal, "DLV-041", "it has dead letters or parked records that nobody has seen to")


def dead(scene: Scene) -> None:
    """Deliver a journal with lines that are no records, a hole and a kind that nobody knows."""
    twin = _Twin(scene, "dead").good("event", message="before")
    twin.journal.append(b'{"kind":"event","mess\n{"kind":"metrics","seq":3,"values":{"x":.5}}\nnot json at all\n')
    twin.good("event", message="between").bad("grating", angle=3)
    twin.good("metrics", values={"x": 1.0}, step=0, time=0.0).good("end", status="completed")
    twin.journal.append(b"\0" * 60 + b"\n")  # behind the end, so it is a hole
    twin.good("event", message="after")
    parked = _Twin(scene, "parked").bad("grating", angle=3).good("end", status="completed")
    _finished(scene, "RDR-002", twin)
    _finished(scene, "RDR-010", parked)
    left = scene.cache.journal("major").add("run", name="major")
    left.path.unlink()
    left.written = left.written.replace(b'"version":"1.0"', b'"version":"2.0"')
    left.path.write_bytes(left.written)
    scene.finish()
    scene.require("major" not in scene.held(), "RDR-012", "a journal of version 2.0 was delivered: leave it alone")
    scene.kept(left, "RDR-012", "its version is another")


def refused(scene: Scene) -> None:
    """Deliver records that the server refuses, alone and in batches."""
    batch = _Twin(scene, "batch")
    for step in range(40):
        row: dict[str, object] = {"step": step, "time": step / 4}
        if step in {5, 6, 31}:
            batch.bad("metrics", values={"a$b": 1.0}, **row)
        else:
            batch.good("metrics", values={"x": step / 8}, **row)
    batch.good("event", message="after").good("end", status="completed")
    states = _Twin(scene, "states").bad("alert_state", name="unheard of", state="critical")
    states.bad("alert", name=FORBIDDEN, source="user").bad("alert_state", name=FORBIDDEN, state="ok")
    states.good("alert", name="known", source="user").good("alert_state", name="known", state="ok")
    states.good("end", status="completed")
    nameless = scene.cache.journal("nameless").add("run", name=FORBIDDEN, folder="/scene").metrics(0, 3)
    nameless.add("event", message="of the nameless").end()
    _finished(scene, "DLV-031", batch)
    _finished(scene, "DLV-077", states)
    sent = scene.site.requests("PUT", "^/api/alerts/[^/]+/status/")
    scene.require(len(sent) == 1, "DLV-068", f"{len(sent)} states of alerts were put, and the run has one alert")
    plain = Journal(scene.cache.directory.parent / "plain.jsonl", run="nameless", identity="twin-nameless")
    plain.add("run").metrics(0, 3).add("event", message="of the nameless").end()
    found = {key: held for key, held in scene.held().items() if key == "nameless"}
    scene.look(scene.expected([plain]), found, lost="DLV-039")
    scene.kept(nameless, "DLV-041", "its run record was refused")


def halved(scene: Scene) -> None:
    """Refuse batches that are large, and those with one bad message, though each record but that is fine alone."""
    twin = _Twin(scene, "halved")
    for number in range(24):
        twin.good("metrics", values={"x": number / 8}, step=number, time=number / 4)
        if number == 13:
            twin.bad("event", message="poison")
        else:
            twin.good("event", message=f"number {number}")
    twin.good("end", status="completed")

    def refuse(request: Request, forward: Forward) -> Reply:
        if request.path == "/api/metrics" and len(request.records) > FEW:
            return status(413)(scene.site, request, forward)
        if any(row.get("message") == "poison" for row in request.records):
            return status(400)(scene.site, request, forward)
        return forward()

    scene.site.rule = refuse
    _finished(scene, "DLV-031", twin)


def gone(scene: Scene) -> None:
    """Delete a run on the server while its journal grows: it is held and reported, and others go on."""
    journal = scene.cache.run("gone").metrics(0, 3)
    other = scene.cache.run("there").metrics(0, 3)
    scene.finish()
    held = scene.held()
    if "gone" not in held:
        scene.fail("SND-001", "the server has no run 'gone' after the journals were delivered")
        return
    scene.site.request("DELETE", f"/api/runs/{held['gone'].id}", scene.site.authorization)
    journal.metrics(3, 3).add("metadata", values={"a": 1}).end()
    other.metrics(3, 3).end()
    before = scene.site.count
    said = b""
    for _ in range(3):
        ended = scene.once()
        said += ended.stdout + ended.stderr
    created = scene.site.requests("POST", "^/api/runs$", since=before)
    scene.require(not created, "DLV-033", "the run was created again after the server had deleted it: hold its records")
    scene.look(scene.expected([other]), lost="DLV-033")
    scene.kept(journal, "DLV-033", "its run is gone from the server")
    words = (b"gone", held["gone"].id.encode(), journal.identity.encode())
    scene.require(
        any(word in said for word in words), "DLV-033", f"no output names the run that is gone: report it. {said!r}"
    )

"""What a run needs beyond its records: aborts, runs that are there already, caches of online programs.

Tests: tests/conformance/sender/test_scenes.py.
"""

import json

from simvue_conformance.sender.scene import Scene

__all__ = ["abort", "attached", "awaited", "online"]


def abort(scene: Scene) -> None:
    """Ask for the abort of a run: the sender says so where writers look."""
    journal = scene.cache.run("aborted").metrics(0, 3)
    scene.finish()
    held = scene.held().get("aborted")
    if held is None:
        scene.fail("SND-001", "the server has no run 'aborted' after its journal was delivered")
        return
    wanted = {"run": "aborted", "server_id": held.id, "server": f"{scene.site.url}/api"}
    _look_at_control(scene, {**wanted, "abort": False})
    scene.site.request("PUT", f"/api/runs/{held.id}/abort", scene.site.authorization, b'{"reason": "of the scene"}')
    journal.metrics(3, 3)
    scene.finish()
    _look_at_control(scene, {**wanted, "abort": True})
    scene.look()


def _look_at_control(scene: Scene, wanted: dict[str, object]) -> None:
    path = scene.cache.directory / "control" / "aborted.json"
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        scene.fail("DLV-052", f"control/aborted.json: {error}; write {wanted} there")
        return
    there = {name: found.get(name) for name in wanted} if isinstance(found, dict) else found
    scene.require(there == wanted, "DLV-052", f"control/aborted.json says {there}: it must say {wanted}")


def attached(scene: Scene) -> None:
    """Deliver to a run that the server has: nothing is created."""
    created = scene.site.request(
        "POST", "/api/runs", scene.site.authorization, b'{"name": "existing", "folder": "/", "status": "running"}'
    )
    identifier = json.loads(created[2])["id"]
    journal = scene.cache.journal("attached").add("run", server_id=identifier, description="of the scene")
    journal.metrics(0, 3).add("event", message="one").end()
    scene.finish()
    wanted = scene.expected()["attached"]
    posted = scene.site.requests("POST", "^/api/runs$")
    scene.require(not posted, "REC-022", "POST /runs came for a run record with server_id: its records go to that run")
    found = [held for held in scene.held().values() if held.id == identifier]
    scene.look({"attached": wanted}, {"attached": found[0]}, lost="REC-022", without=["name"])


def awaited(scene: Scene) -> None:
    """Deliver the journal of a rank before that with the run record is there: one run, described as it says."""
    scene.cache.journal("rank-1", run="awaited").metrics(0, 5, "y")
    for _ in range(2):
        scene.once()
    early = scene.site.requests("POST", "^/api/runs$")
    scene.require(
        not early,
        "SND-005",
        "a run was created before its run record was there: give the other ranks ten minutes to write it (DLV-017)",
    )
    first = scene.cache.journal("rank-0", run="awaited").add("run", name="awaited", folder="/scene").metrics(0, 5)
    first.end()
    scene.finish()
    if not early:
        scene.look()


def online(scene: Scene) -> None:
    """Deliver what online programs left in caches of their own, and put those away that are done."""
    done = scene.cache.journal("done", below="done").add("run", name="done", folder="/scene").metrics(0, 5).end()
    living = scene.cache.journal("living", below="living").add("run", name="living", folder="/scene").metrics(0, 5)
    scene.cache.journal("both-0", run="both").add("run", name="both", folder="/scene").metrics(0, 5).end()
    scene.cache.journal("both-1", run="both", below="both").metrics(0, 5, "y").end(None)
    scene.finish()
    held = scene.held()
    wanted = scene.expected()
    both = {key: run for key, run in held.items() if key.startswith("both")}
    others = {key: run for key, run in held.items() if key not in both}
    scene.look({key: run for key, run in wanted.items() if key != "both"}, others, lost="PTH-007")
    scene.look({"both": wanted["both"]}, both, lost="PTH-008", twice="PTH-008")
    left = scene.cache.directory / "online" / "done"
    scene.require(
        not left.exists(), "PTH-009", "online/done is there though all of it is delivered: carry it up and remove it"
    )
    scene.kept(done, "PTH-009", "its cache was carried to the one above")
    living.metrics(5, 5).end()
    scene.finish()
    scene.look()

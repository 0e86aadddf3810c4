"""Journals as they come: several of one run, one that grows, one with torn ends and zeros, one that was rewritten.

Tests: tests/conformance/sender/test_scenes.py.
"""

import threading
from collections import Counter

from simvue_conformance.holdings import Holding, holdings, instant, series
from simvue_conformance.sender.cache import Journal, at
from simvue_conformance.sender.expected import expected
from simvue_conformance.sender.scene import PATIENCE, Scene, wait_for
from simvue_conformance.sender.site import Forward, Reply, Request
from simvue_conformance.sender.spoiler import Spoiler, after, status

__all__ = ["growing", "late", "live", "many", "ordered", "rewritten", "several"]


def several(scene: Scene) -> None:
    """Deliver the journals of ranks, of a restart and of a rotation: each run once, its final status last."""
    ranks = scene.cache.journal("rank-0", run="ranks").add("run", name="ranks", folder="/scene").metrics(0, 40)
    scene.cache.journal("rank-1", run="ranks").metrics(0, 40, "y").end(None)
    ranks.add("status", status="completed").end()
    first = scene.cache.journal("part-1", run="rotated").add("run", name="rotated").metrics(0, 10)
    first.end(None, reason="rotate")
    continues = {"journal": first.identity, "bytes": len(first.written), "seq": first.records - 1}
    second = scene.cache.journal("part-2", run="rotated", continues=continues).metrics(10, 10)
    second.add("status", status="completed").end(None)
    scene.cache.journal("life-1", run="restarted").add("run", name="restarted").metrics(0, 5)
    scene.cache.journal("life-2", run="restarted").add("run").metrics(5, 5).end()
    scene.finish()
    scene.look()
    keys = {held.id: key for key, held in holdings(scene.site).items()}
    final = {request.run: request.number for request in _puts_of_status(scene)}
    for request in scene.site.requests("POST", "^/api/metrics$"):
        scene.require(
            request.number < final.get(request.run, request.number + 1),
            "DLV-073",
            f"{keys.get(request.run)}: metrics came after the final status: put that after what all its journals say",
        )
    statuses = Counter(request.run for request in _puts_of_status(scene))
    scene.require(
        all(count == 1 for count in statuses.values()),
        "DLV-072",
        f"the final status was put {dict(statuses)} times: an end says nothing new after a status record with the same",
    )


def _puts_of_status(scene: Scene) -> list[Request]:
    puts = scene.site.requests("PUT", "^/api/runs/[^/]+$")
    return [request for request in puts if request.members.get("status") == "completed"]


def growing(scene: Scene) -> None:
    """Deliver a journal that grows between calls, with a torn end and with zeros that turn into records."""
    journal = scene.cache.run("growing").metrics(0, 20)
    line = journal.line("event", message="written in two pieces")
    journal.records += 1
    other = journal.line("event", message="in two pieces, too")
    journal.records += 1
    for piece in (line[:-1], b"\n" + other[:30]):  # a record without its LF, then a piece of the next
        journal.append(piece)
        scene.finish()
        scene.look(_without_end(scene, journal), lost="RDR-021", twice="RDR-021")
    journal.append(other[30:]).metrics(20, 20)
    scene.finish()
    scene.look()

    line = journal.line("event", message="zeros at first")
    before = journal.written
    journal.records += 1
    journal.append(b"\0" * (len(line) - 1) + b"\n").add("event", message="behind the zeros")
    scene.finish()
    scene.look(lost="RDR-022", twice="RDR-022")
    journal.written = before + line + journal.written[len(before) + len(line) :]
    _overwrite(journal.path, len(before), line)
    scene.finish()
    scene.look()
    journal.append(b"\n").append(journal.line("event", message="again")).append(journal.line("event", message="again"))
    journal.records += 1
    journal.end()
    scene.finish()
    scene.look(twice="SEQ-006")


def _without_end(scene: Scene, journal: Journal) -> dict[str, Holding]:
    """Return what is expected of the journal's complete lines."""
    whole = journal.written[: journal.written.rindex(b"\n") + 1]
    return expected([whole], artifacts=scene.cache.directory)


def _overwrite(path: object, offset: int, data: bytes) -> None:
    with open(str(path), "r+b") as file:  # noqa: PTH123 - as a filesystem does it, in place
        file.seek(offset)
        file.write(data)


def live(scene: Scene) -> None:
    """Watch the heartbeats of a run that grows, is silent, and ends; silence is no failure."""
    journal = scene.cache.run("live").metrics(0, 3)
    _beats(scene, "a run was created", 0, 1)
    journal.metrics(3, 3)
    _beats(scene, "its journal grew", 1, 1)
    _beats(scene, "nothing happened", 0, 0)
    journal.add("heartbeat")
    _beats(scene, "a heartbeat record was written", 1, 1)
    _beats(scene, "nothing happened", 0, 0)
    scene.look(lost="DLV-018")
    others = [request for request in scene.site.requests("PUT") if "status" in request.members]
    scene.require(
        not others,
        "DLV-018",
        f"the status of a run whose journal has no end was put: {[request.value for request in others]}; leave it",
    )
    journal.end()
    scene.finish()
    _beats(scene, "the run had ended", 0, 0)
    scene.look()


def _beats(scene: Scene, when: str, least: int, most: int) -> None:
    before, calls = scene.site.count, len(scene.finished)
    scene.finish()
    calls = len(scene.finished) - calls
    count = len(scene.site.requests("PUT", "^/api/runs/[^/]+/heartbeat$", since=before))
    scene.require(
        least <= count <= most * calls,
        "DLV-050",
        f"{count} heartbeats in {calls} calls when {when}: send {'one in a pass' if most else 'none'} then",
    )


def rewritten(scene: Scene) -> None:
    """Change what was delivered: the journal is left alone, kept and reported; another goes on."""
    journal = scene.cache.run("rewritten").metrics(0, 5)
    other = scene.cache.run("other").metrics(0, 5)
    scene.finish()
    scene.look()
    last = journal.written.splitlines(keepends=True)[-1]
    changed = last.replace(b'"x":0.5', b'"x":7.5')
    delivered = scene.expected([journal])
    _overwrite(journal.path, len(journal.written) - len(last), changed)
    journal.written = journal.written[: -len(last)] + changed
    journal.metrics(5, 5)
    other.metrics(5, 5)
    said = b""
    for _ in range(2):
        ended = scene.once()
        said += ended.stdout + ended.stderr
    scene.look({**scene.expected([other]), **delivered}, lost="DLV-008", twice="DLV-008")
    names = (journal.path.name.encode(), journal.identity.encode())
    scene.require(
        any(name in said for name in names),
        "DLV-008",
        f"rewritten.jsonl has other bytes than were delivered, and no output names it: report it. Output: {said!r}",
    )
    scene.kept(journal, "DLV-008", "its delivered part was rewritten")


def late(scene: Scene) -> None:
    """Let a journal grow by a record while the last request of a pass is answered: nothing of it is lost."""
    journal = scene.cache.run("late").metrics(0, 5).end()
    held, grown = threading.Event(), threading.Event()

    def hold_the_status(request: Request, forward: Forward) -> Reply:
        if request.method == "PUT" and request.members.get("status") == "completed" and not held.is_set():
            held.set()
            grown.wait(PATIENCE)
        return forward()

    scene.site.rule = hold_the_status
    with scene.started() as running:
        if not wait_for(lambda: held.is_set() or not running.is_running) or not held.is_set():
            scene.fail("SND-001", "no PUT /runs/{run} with the status of the end record came: deliver it")
        journal.add("event", message="after the end")
        grown.set()
        scene.finished.append(running.wait(PATIENCE))
    scene.finish()
    scene.kept(journal, "DLV-042", "it grew after it was accounted for")
    scene.look(lost="DLV-042")


def ordered(scene: Scene) -> None:
    """Deliver events and metadata in turns, the first attempts failing: nothing overtakes."""
    journal = scene.cache.run("ordered")
    for number in range(6):
        journal.add("event", message=f"{number}").add("metadata", values={"number": number})
    journal.end()
    spoiler = Spoiler(scene.site)
    spoiler.trouble("ordered", "POST", "^/api/events$", status(503), after)
    scene.finish()
    scene.look()
    seen: dict[str, None] = {}
    for request in scene.site.requests():
        if request.has_effect:
            seen |= dict.fromkeys(f"event {row['message']}" for row in request.records if "message" in row)
            metadata = request.members.get("metadata") or {}
            seen |= {f"metadata {metadata['number']}": None} if "number" in metadata else {}
    wanted = [f"{kind} {number}" for number in range(6) for kind in ("event", "metadata")]
    scene.require(
        list(seen) == wanted,
        "DLV-015",
        f"records took effect in the order {list(seen)}; keep the journal's: an event does not overtake metadata",
    )


def many(scene: Scene) -> None:
    """Deliver 20,000 records of metrics of one run."""
    count = 20_000
    journal = scene.cache.run("many").metrics(0, count)
    journal.end()
    scene.finish()
    rows = [(step, step / 4, instant(at(2 + step)), step / 8) for step in range(count)]
    wanted = Holding(name="many", folder="/scene", status="completed", metrics={"x": series(rows)})
    scene.look({"many": wanted})

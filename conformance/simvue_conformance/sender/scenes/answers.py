"""Answers that are lost, late, errors or nonsense: everything is delivered once in the end.

Tests: tests/conformance/sender/test_scenes.py.
"""

import time
from itertools import pairwise

from simvue_conformance.sender.cache import Journal
from simvue_conformance.sender.scene import DONE, PATIENCE, Scene, wait_for
from simvue_conformance.sender.site import Forward, Reply, Request, Site
from simvue_conformance.sender.spoiler import Spoiler, Trouble, after, before, spoiled, status, torn

__all__ = ["down", "errors", "in_doubt", "redirected", "stuck", "told_to_wait", "unauthorised"]

METRICS = "^/api/metrics$"
FOREVER = 10_000
WATCHED = 6.0  # seconds for which a server in trouble is watched
MOST_ATTEMPTS = 12  # of one request in that time; a wait drawn up to 1, 2, 4 … s leaves 4 on average
LEAST_SPREAD = 0.12  # seconds between the shortest and the longest of eight waits drawn at random up to 1 s
RETRY_AFTER = 2
MOST_IN_FLIGHT = 10
QUICKLY = 10.0
SLACK = 5.0  # seconds that a busy machine may need to start a program


def _small(scene: Scene, key: str) -> Journal:
    """Write a run with two metrics, an event and its end."""
    return scene.cache.run(key).metrics(0, 4).add("event", message=f"of {key}").end()


def in_doubt(scene: Scene) -> None:
    """Lose answers of requests that have taken effect: they are repeated unchanged, and count once."""
    spoiler = Spoiler(scene.site)
    troubles: dict[str, tuple[str, str, Trouble]] = {
        "created-unanswered": ("POST", "^/api/runs$", after),
        "created-error": ("POST", "^/api/runs$", spoiled(500)),
        "created-torn": ("POST", "^/api/runs$", torn),
        "metrics-unanswered": ("POST", METRICS, after),
        "metrics-error": ("POST", METRICS, spoiled(503)),
        "metrics-torn": ("POST", METRICS, torn),
        "events-unanswered": ("POST", "^/api/events$", after),
        "tensor-unanswered": ("POST", "^/api/runs/[^/]+/metrics$", after),
        "status-unanswered": ("PUT", "^/api/runs/[^/]+$", after),
    }
    for key, (method, path, trouble) in troubles.items():
        journal = scene.cache.run(key).metrics(0, 4).add("event", message=f"of {key}")
        if key.startswith("tensor"):
            journal.add("grid", name="line", labels=["x"], ticks=[[0, 1]], metrics=["t"])
            journal.add("tensor", metric="t", array=[1, 2])
        journal.end()
        spoiler.trouble(key, method, path, trouble)
    scene.finish()
    for key, met in spoiler.met.items():
        requirement = "DLV-030" if key.endswith("torn") else "DLV-022"
        first = met[0] if met else None
        again = [request for request in met[1:] if first and request.key == first.key]
        scene.require(
            not met or again or first is None or first.key is None,
            requirement,
            f"{key}: the answer to {first.target if first else ''} was lost, and it did not come again under its key: "
            "repeat it unchanged",
        )
    torn_ones = [key for key in troubles if key.endswith("torn")]
    _look_at(scene, torn_ones, "DLV-030", "DLV-030")
    _look_at(scene, [key for key in troubles if key not in torn_ones], "SND-001", "SND-002")


def _look_at(scene: Scene, keys: list[str], lost: str, twice: str) -> None:
    chosen = [journal for journal in scene.cache.journals if journal.run in keys]
    found = {key: held for key, held in scene.held().items() if key.partition(" ")[0] in keys}
    scene.look(scene.expected(chosen), found, lost=lost, twice=twice)


def errors(scene: Scene) -> None:
    """Answer with errors that pass, and drop connections and halves of batches: it is tried again."""
    spoiler = Spoiler(scene.site)
    for code in (408, 425, 429, 500, 502, 503, 504):
        _small(scene, f"status-{code}")
        spoiler.trouble(f"status-{code}", "POST", METRICS, status(code), status(code))
    _small(scene, "no-answer")
    spoiler.trouble("no-answer", "POST", METRICS, before, before)
    _small(scene, "not-created")
    spoiler.trouble("not-created", "POST", "^/api/runs$", before, status(503))
    scene.finish(requirement="DLV-034")
    scene.require(
        not spoiler.left,
        "DLV-034",
        f"requests that failed for a while were not tried again: {', '.join(spoiler.left)}; try again without limit",
    )
    scene.look(lost="DLV-034")


def stuck(scene: Scene) -> None:
    """Answer every batch of eight runs with 503: others go on, heartbeats too, and attempts have waits between them."""
    spoiler = Spoiler(scene.site)
    keys = [f"stuck-{number}" for number in range(8)]
    journals = [scene.cache.run(key).metrics(0, 4) for key in keys]
    scene.finish()
    for journal in journals:
        journal.metrics(4, 4)
        spoiler.trouble(journal.run, "POST", METRICS, *[status(503)] * FOREVER)
    others = [_small(scene, "free-1"), _small(scene, "free-2")]
    before = scene.site.count
    codes = _called_for(scene, WATCHED)
    held = scene.held()
    free = {journal.run: held[journal.run] for journal in others if journal.run in held}
    scene.look(scene.expected(others), free, lost="DLV-019")
    scene.require(
        DONE not in codes,
        "SND-004",
        f"calls ended with the codes {codes} while the server refused records with 503: 0 is for nothing left",
    )
    beats = {request.run for request in scene.site.requests("PUT", "/heartbeat$", since=before)}
    waiting = [key for key in keys if key not in held or held[key].id not in beats]
    scene.require(not waiting, "DLV-051", f"no heartbeat came for {waiting}, whose data wait: heartbeats go ahead")
    _look_at_waits(scene, spoiler, keys)
    spoiler.clear()
    scene.finish()
    scene.look()


def _called_for(scene: Scene, seconds: float) -> list[int]:
    """Call the sender again and again for so long, kill the last call, and return the exit codes of the others."""
    ends = time.monotonic() + seconds
    codes = []
    while time.monotonic() < ends:
        with scene.started() as running:
            wait_for(lambda: not running.is_running or time.monotonic() > ends)
            if not running.is_running:
                codes.append(running.wait(PATIENCE).code)
    return codes


def _look_at_waits(scene: Scene, spoiler: Spoiler, keys: list[str]) -> None:
    attempts = {key: [request.arrived for request in spoiler.met[key]] for key in keys}
    most = max(len(times) for times in attempts.values())
    scene.require(
        most <= MOST_ATTEMPTS,
        "DLV-035",
        f"one request came {most} times within {WATCHED:g} s: wait longer between attempts, up to 1 s, then 2 s, 4 s …",
    )
    waits = [next(second - first for first, second in pairwise(times)) for times in attempts.values() if len(times) > 1]
    scene.require(
        len(waits) < len(keys) or max(waits) - min(waits) > LEAST_SPREAD,
        "DLV-035",
        f"the waits of {len(waits)} runs were {[round(wait, 2) for wait in waits]} s: draw each at random",
    )


def told_to_wait(scene: Scene) -> None:
    """Answer with `Retry-After`: the next attempt comes no earlier."""
    spoiler = Spoiler(scene.site)
    for code in (429, 503):
        _small(scene, f"wait-{code}")
        spoiler.trouble(f"wait-{code}", "POST", METRICS, status(code, Retry_After=str(RETRY_AFTER)))
    scene.finish()
    for key, met in spoiler.met.items():
        wait = met[1].arrived - met[0].arrived if len(met) > 1 else RETRY_AFTER
        scene.require(
            wait >= RETRY_AFTER - 0.1,
            "DLV-036",
            f"{key}: the server said Retry-After: {RETRY_AFTER}, and the request came again after {wait:.2f} s; wait",
        )
    scene.look()


def unauthorised(scene: Scene) -> None:
    """Refuse the token in the middle of a pass: the sender stops, and loses nothing."""
    for number in range(20):
        _small(scene, f"run-{number:02}")
    refused: list[Request] = []

    def refuse(request: Request, forward: Forward) -> Reply:
        if request.method in {"POST", "PUT"} and (refused or request.path == "/api/metrics"):
            refused.append(request)
            return status(401 if len(refused) % 2 else 403)(scene.site, request, forward)
        return forward()

    scene.site.rule = refuse
    code = scene.once().code
    scene.require(
        len(refused) <= MOST_IN_FLIGHT,
        "DLV-032",
        f"{len(refused)} requests came though the server refused the token: stop sending for this pass",
    )
    scene.require(code != DONE, "SND-004", "the call ended with exit code 0 though the server refused the token")
    scene.site.rule = lambda _request, forward: forward()
    scene.finish()
    scene.look(lost="DLV-032")


def redirected(scene: Scene) -> None:
    """Redirect requests to another server: it never sees the token."""
    journal = _small(scene, "redirected")
    with Site() as other:
        for code in (301, 302, 307, 308):
            location = {"location": f"{other.url}/api/runs"}
            scene.site.rule = lambda request, forward, code=code, location=location: (  # type: ignore[misc]
                forward() if request.method == "GET" else Reply(code, b"", location)
            )
            scene.once()
        followed = [request for request in other.requests() if "authorization" in request.headers]
        scene.require(
            not followed,
            "DLV-037",
            f"{len(followed)} requests went to the address of a redirection with the token: do not follow it",
        )
        scene.require(
            not any(request.body for request in other.requests("POST")),
            "DLV-037",
            "records went to the address of a redirection: take it for a wrong configuration",
        )
    scene.kept(journal, "SND-001", "nothing of it was delivered")
    scene.site.rule = lambda _request, forward: forward()
    scene.finish()
    scene.look()


def down(scene: Scene) -> None:
    """Call the sender where nobody listens: it ends soon, and loses nothing."""
    journal = _small(scene, "down")
    scene.site.close()
    began = time.monotonic()
    ended = scene.once()
    took = time.monotonic() - began
    scene.require(
        took < QUICKLY + SLACK, "DLV-038", f"the call took {took:.0f} s without a server: give up within ten seconds"
    )
    scene.require(ended.code != DONE, "SND-004", "the call ended with exit code 0 though no server was there")
    scene.kept(journal, "SND-001", "nothing of it was delivered")
    with Site() as again:
        scene.site = again
        scene.finish()
        scene.look()

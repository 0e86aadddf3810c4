"""Senders that are killed, and two at once: each record is held once all the same.

Tests: tests/conformance/sender/test_scenes.py.
"""

import threading

from simvue_conformance.sender.cache import Cache
from simvue_conformance.sender.scene import DONE, LEFT, PATIENCE, Fate, Scene, wait_for
from simvue_conformance.sender.site import OTHER_TOKEN, Forward, Reply, Request

__all__ = ["keys", "killed_at_random", "killed_in_requests", "two_at_once"]

KILLS = 9
FATES: tuple[Fate, ...] = ("answered", "late", "never")
RANDOM_KILLS = 8
LATEST = 1.5  # seconds after its first request at which a sender is killed


def _is_record(request: Request) -> bool:
    return request.method in {"POST", "PUT"} and not request.path.endswith("/heartbeat")


def killed_in_requests(scene: Scene) -> None:
    """Kill the sender in request after request: when it has taken effect, before that, or without any effect."""
    first = scene.cache.run("first").metrics(0, 10).add("event", message="one")
    second = scene.cache.run("second").metrics(0, 10)
    second.add("grid", name="line", labels=["x"], ticks=[[0, 1]], metrics=["t"])
    second.add("tensor", metric="t", array=[1, 2])
    applied: list[Request] = []
    for number in range(KILLS):
        skipped = scene.random.randrange(3)
        seen = {request.key for request in scene.site.requests()}

        def is_next(request: Request, skipped: int = skipped, seen: set[str | None] = seen) -> bool:
            if not _is_record(request) or request.key in seen:
                return False
            seen.add(request.key)
            return len(seen) > skipped

        caught = scene.killed_at(is_next, FATES[number % len(FATES)])
        if caught is not None:
            applied.append(caught)
        # Both grow, so that what is sent again is not all there is.
        first.metrics(10 + number, 1).add("event", message=f"after kill {number}")
        second.metrics(10 + number, 1)
    first.end()
    second.end()
    scene.finish()
    scene.look(lost="DLV-009", twice="DLV-010")
    for request in applied:
        again = [other for other in scene.site.requests() if other.key == request.key and other is not request]
        scene.require(
            again or not request.key,
            "DLV-022",
            f"the sender was killed in {request.target}, and that did not come again under its key {request.key!r}",
        )


def killed_at_random(scene: Scene) -> None:
    """Kill the sender at random moments while journals grow."""
    journals = [scene.cache.run(f"run-{number}").metrics(0, 50) for number in range(6)]
    for number in range(RANDOM_KILLS):
        began = scene.site.count
        with scene.started() as running:
            wait_for(lambda began=began: scene.site.count > began or not running.is_running)  # type: ignore[misc]
            threading.Event().wait(scene.random.uniform(0, LATEST) ** 2)
            running.kill()
        for journal in journals:
            journal.metrics(50 + 20 * number, 20).add("event", message=f"after kill {number}")
    for journal in journals:
        journal.end()
    scene.finish()
    scene.look(lost="DLV-009", twice="DLV-010")


def two_at_once(scene: Scene) -> None:
    """Hold a sender in a request and call another: that leaves without sending, and says no error."""
    scene.cache.run("one").metrics(0, 10).end()
    scene.cache.run("two").metrics(0, 10).end()
    held, free = threading.Event(), threading.Event()

    def hold(request: Request, forward: Forward) -> Reply:
        if _is_record(request) and not held.is_set():
            held.set()
            free.wait(2 * PATIENCE)
        return forward()

    scene.site.rule = hold
    with scene.started() as running:
        wait_for(lambda: held.is_set() or not running.is_running)
        codes = [scene.once(OTHER_TOKEN).code for _ in range(2)] if held.is_set() else []
        is_alone = running.is_running
        free.set()
        running.wait(PATIENCE)
    others = [
        request
        for request in scene.site.requests()
        if OTHER_TOKEN in request.headers.get("authorization", "") and request.method != "GET"
    ]
    if is_alone:
        scene.require(
            not others,
            "DLV-001",
            f"a second sender sent {len(others)} requests while the first was in one: send only with the lease",
        )
        scene.require(
            not others and set(codes) <= {DONE, LEFT},
            "DLV-004",
            f"a second sender ended with {codes} after {len(others)} requests: leave without sending, with 0 or 10",
        )
    scene.site.rule = lambda _request, forward: forward()
    scene.finish()
    scene.look()


def keys(scene: Scene) -> None:
    """Deliver two copies of one cache to one server: the keys of both are the same, since they derive from journals."""
    copy = Cache(scene.cache.directory.parent / "copy")
    for cache in (scene.cache, copy):
        journal = cache.run("keys").metrics(0, 5).add("event", message="one")
        journal.add("metadata", values={"a": 1}).metrics(5, 5).add("tags", add=["b"]).end()
    scene.finish()
    scene.look(scene.expected())
    first = {request.key: request.target for request in scene.site.requests() if _is_record(request)}
    before = scene.site.count
    scene.once(cache=copy)
    again = [request for request in scene.site.requests(since=before) if _is_record(request)]
    other = [request for request in again if request.key not in first]
    scene.require(
        not other,
        "DLV-013",
        f"{[request.key for request in other][:3]} are keys of a copy of a cache whose own were {list(first)[:3]}: "
        "derive keys from the journal, its offsets and the step, not from chance or time",
    )
    targets = [request.target for request in scene.site.requests() if _is_record(request) and request.number < before]
    scene.require(
        len(first) == len(targets),
        "DLV-013",
        f"{len(targets)} requests had {len(first)} keys: give each request one of its own",
    )

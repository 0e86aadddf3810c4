"""A server that knows no keys: what is in doubt is looked for before it is sent again. Takes about two minutes.

Tests: tests/conformance/sender/test_scenes.py.
"""

import time
from collections import Counter

from simvue_conformance.sender.scene import DONE, Scene
from simvue_conformance.sender.site import Request
from simvue_conformance.sender.spoiler import Spoiler, after, before, half

__all__ = ["without_keys"]

SETTLE = 60.0
LONGEST = 240.0  # seconds within which all is to be delivered
PAUSE = 2.0


def without_keys(scene: Scene) -> None:
    """Lose answers with and without their effect, and half a batch."""
    spoiler = Spoiler(scene.site)
    for key, path, trouble in (
        ("created", "^/api/runs$", after),
        ("kept", "^/api/metrics$", after),
        ("told", "^/api/events$", after),
        ("absent", "^/api/metrics$", before),
        ("half", "^/api/metrics$", half),
    ):
        scene.cache.run(key).metrics(0, 40).add("event", message="one").add("event", message="one").end()
        spoiler.trouble(key, "POST", path, trouble)
    ends = time.monotonic() + LONGEST
    while scene.once().code != DONE and time.monotonic() < ends:
        time.sleep(PAUSE)
    scene.require(time.monotonic() < ends, "SND-003", f"not everything was delivered within {LONGEST:g} s")
    scene.look(twice="DLV-023")
    _look_at_settling(scene, spoiler.met["absent"])
    sent = [_steps(request) for request in spoiler.met["half"]]
    if len(sent) > 1:
        wanted = list(range(20, 40))
        scene.require(
            sent[1] == wanted,
            "DLV-025",
            f"a server had the first half of 40 records, and {len(sent[1])} were sent again: send those missing only",
        )


def _steps(request: Request) -> list[int]:
    return [row["step"] for row in request.records]


def _look_at_settling(scene: Scene, met: list[Request]) -> None:
    if len(met) < 2:
        return
    first, second = met[:2]
    wait = second.arrived - first.arrived
    asked = Counter(
        request.path
        for request in scene.site.requests("GET", "^/api/metrics$")
        if first.number < request.number < second.number
    )
    scene.require(
        wait >= SETTLE - 0.5 and asked.total() >= 2,
        "DLV-024",
        f"what was in doubt was sent again after {wait:.0f} s and {asked.total()} questions: ask twice, "
        f"the second time {SETTLE:g} s after the last attempt",
    )

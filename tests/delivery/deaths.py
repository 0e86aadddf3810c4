"""Every way in which a sender can die in a pass over a workload that has everything, and what has to hold afterwards.

`undisturbed` is what has to hold. `outcome` kills senders one after the other, as told, and lets passes of new
processes follow, as cron would start them, until the cache is empty; it says what is wrong then. `deaths` and
`second_deaths` are all of them, for `make campaign`; `sampled` takes one of each kind, for the suite. Used by
test_simulation.py and tests/campaigns/deaths.py.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import product
from random import Random

from tests.delivery.scenes import Record, finish, journal, make_server, one_pass, put, receipts, state_of
from tests.delivery.simulation import Death, SimDisk, SimWorld

_NAMES = re.compile(r"[0-9A-Za-z]{20,}|[0-9a-f-]{8,}|\d+")
_SECONDS = (3, 7, 8, 9, 11, 12, 13, 15, 20)


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
    put(disk, "a.jsonl", rank_0.replace(b'{"kind":"tags"', b'{"kind":oops}\n{"kind":"tags"'))
    put(disk, "b.jsonl", rank_1)
    disk.write("/data/field.dat", b"field", durable=True)


@cache
def undisturbed(*, keyed: bool) -> tuple[Record, dict[str, Record], list[str]]:
    """Return what a pass that nobody kills makes of the workload: server, receipts and effects."""
    disk, server = SimDisk(), make_server(keyed=keyed)
    workload(disk)
    world, _ = one_pass(disk, server)
    finish(disk, server)
    result = state_of(server), receipts(disk), world.effects
    server.close()
    return result


def outcome(*stages: Death, keyed: bool) -> tuple[list[SimWorld], str]:
    """Kill one process after another as told, then finish; return the processes, and what is wrong afterwards."""
    state, left, _ = undisturbed(keyed=keyed)
    disk, server = SimDisk(), make_server(keyed=keyed)
    workload(disk)
    worlds = [one_pass(disk, server, death)[0] for death in stages]
    try:
        finish(disk, server)
        assert state_of(server) == state
        assert receipts(disk) == left
    except AssertionError as error:
        return worlds, f"{stages} (in {worlds[-1].effects[-1]}): {error}"
    finally:
        server.close()
    return worlds, ""


def deaths(effects: list[str], *, power: bool) -> Iterator[Death]:
    """Yield a death before, inside and after every effect of a pass."""
    for effect, name in enumerate(effects):
        for when in ("before", "inside", "after"):
            if when != "inside" or is_write(name):
                yield Death(effect, when, power)


def second_deaths(effects: list[str], *, power: bool) -> Iterator[tuple[Death, Death]]:
    """Yield pairs of deaths: one after each request that changes the server, another in the pass that follows."""
    requests = [place for place, name in enumerate(effects) if name.startswith("POST")]
    for place, second in product(requests, _SECONDS):
        yield Death(place, "after", power), Death(second, "after", power)


def kind_of(effect: str) -> str:
    """Return what an effect is without the names and numbers in it."""
    return _NAMES.sub("#", effect)


def sampled(found: Iterable[tuple[Death, ...]], effects: list[str], seed: str) -> list[tuple[Death, ...]]:
    """Return one of the deaths of each kind: at a kind of effect, before, inside or after it, each second one alike."""
    kinds: dict[tuple[object, ...], list[tuple[Death, ...]]] = {}
    for stages in found:
        first, *later = stages
        kind = (kind_of(effects[first.effect]), first.when, *((death.effect, death.when) for death in later))
        kinds.setdefault(kind, []).append(stages)
    chance = Random(seed)
    return [chance.choice(alike) for alike in kinds.values()]


def is_write(effect: str) -> bool:
    """Whether a death can be inside of an effect."""
    return not effect.startswith(("GET", "PUT", "POST", "sync"))

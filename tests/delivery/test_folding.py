"""The cache of an online run is finished by any sender and folded into the one above, killed wherever it may be."""

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any

import orjson
import pytest

from simvue.core.http import Request
from simvue.delivery.layout import Layout
from simvue.delivery.lease import LeaseKeeper
from simvue_conformance.server.local import LocalServer
from simvue_sender.report import Exit, Summary
from simvue_sender.rounds import sweep_all
from tests.delivery.deaths import is_write
from tests.delivery.scenes import (
    CHECKER,
    LAYOUT,
    POLICY,
    Record,
    journal,
    make_server,
    put,
    run_ids,
    series_of,
)
from tests.delivery.simulation import Death, Killed, SimDisk, SimWorld

BELOW = Layout("/cache/online/heat", "/cache")
POWER = pytest.mark.parametrize("power", [False, True], ids=["killed", "power lost"])

MESH = hashlib.sha256(b"mesh").hexdigest()

Change = Callable[[SimWorld], None]


def online(disk: SimDisk, name: str, *records: Record, run: str = "heat") -> None:
    """Place a journal as the client of an online run left it."""
    disk.write(f"/cache/online/{run}/journals/{name}.jsonl", journal(name, *records, run=run), durable=True)


def call(
    disk: SimDisk, server: LocalServer, death: Death | None = None, *, change: Change = lambda _world: None
) -> tuple[SimWorld, Summary | None]:
    """Call the sender once; the next call comes a minute later."""
    world, summary = SimWorld(disk, server, death), None
    change(world)
    try:
        summary = sweep_all(world, LAYOUT, CHECKER, POLICY, lambda: "http://simvue.local/api")
    except Killed:
        pass
    finally:
        disk.alive.discard(world.pid)
        disk.clock += 60
    return world, summary


def until_folded(disk: SimDisk, server: LocalServer, most: int = 12) -> None:
    for _ in range(most):
        call(disk, server)
        if not below(disk) and not SimWorld(disk, None).listdir(LAYOUT.journals):
            return
    raise AssertionError(f"still there: {below(disk)}")


def below(disk: SimDisk) -> list[str]:
    return [path for path in disk.files if path.startswith("/cache/online/")]


def workload(disk: SimDisk) -> None:
    """What a killed client left: two ranks, one of which has content put aside and a record that is refused."""
    online(
        disk,
        "rank-0-journal",
        {"kind": "run", "name": "heat"},
        {"kind": "metrics", "values": {"r": 1.0}},
        {"kind": "metrics", "values": {"bad!name": 1.0}},
        {"kind": "artifact", "name": "mesh", "category": "input", "stored": True, "sha256": MESH},
        {"kind": "end", "status": "completed"},
    )
    online(disk, "rank-1-journal", {"kind": "metrics", "values": {"r": 2.0}}, {"kind": "end"})
    disk.write(f"{BELOW.artifacts}/{MESH}", b"mesh", durable=True)


def later(disk: SimDisk) -> None:
    """A journal of the same run in the main cache: the program goes on offline."""
    put(disk, "later.jsonl", journal("later-journal", {"kind": "metrics", "values": {"r": 3.0}}, {"kind": "end"}))


def check(disk: SimDisk, server: LocalServer) -> None:
    """There is one run, with each record once, and all that is left is above."""
    runs = run_ids(server)
    assert list(runs) == ["heat"]
    assert sorted(value for _, value in series_of(server, runs["heat"])["r"]) == [1.0, 2.0, 3.0]
    assert below(disk) == []
    for name in ("rank-0-journal", "rank-1-journal", "later-journal"):
        assert LAYOUT.receipt(name) in disk.files
        assert f"{LAYOUT.delivered}/{name}.jsonl" in disk.files
    assert orjson.loads(disk.files[LAYOUT.run("heat")])["id"] == runs["heat"]
    assert LAYOUT.dead("rank-0-journal") in disk.files
    assert LAYOUT.stored(MESH) in disk.files


@cache
def undisturbed() -> list[str]:
    """Return the effects of a call that nobody kills."""
    disk, server = SimDisk(), make_server()
    workload(disk)
    world, summary = call(disk, server)
    assert summary is not None
    assert (summary.exit, summary.finished, summary.journals) == (Exit.DEAD_LETTERS, 2, 0)
    assert below(disk) == []
    server.close()
    return world.effects


@pytest.mark.requirement("PTH-004", "PTH-007", "PTH-009")
@POWER
def test_a_sender_killed_at_any_effect_of_delivering_and_folding_leaves_one_run(*, power: bool) -> None:
    failures = []
    effects = undisturbed()
    delivered = effects.index(f"rename {BELOW.journals}/rank-0-journal.jsonl")
    for effect, name in enumerate(effects):
        if effect < delivered and effect % 4:
            continue  # every death while it delivers is test_simulation's
        for when in ("before", "inside", "after") if is_write(name) else ("before", "after"):
            disk, server = SimDisk(), make_server()
            workload(disk)
            world, _ = call(disk, server, Death(effect, when, power))
            try:
                later(disk)
                until_folded(disk, server)
                check(disk, server)
            except AssertionError as error:
                failures.append(f"{when} {world.effects[-1]}: {error}")
            server.close()
    assert not failures, f"{len(failures)} deaths: " + "\n".join(failures[:5])


def slow(world: SimWorld) -> None:
    """Let every request take a second."""

    def wait(_request: Request) -> None:
        world.disk.clock += 1.0

    world.intercept = wait


def test_a_busy_cache_leaves_time_for_online_runs_and_they_for_each_other() -> None:
    disk, server = SimDisk(), make_server()
    for number in range(30):
        name = f"main-{number:02d}-journal"
        put(disk, f"{name}.jsonl", journal(name, {"kind": "run", "name": name}, run=name))
    for number in range(3):
        name = f"online-{number}"
        online(disk, f"{name}-journal", {"kind": "run", "name": name}, {"kind": "end"}, run=name)

    _, summary = call(disk, server, change=slow)

    assert summary is not None
    assert summary.exit == Exit.BACKLOG
    assert {f"online-{number}" for number in range(3)} <= run_ids(server).keys()
    assert len(run_ids(server)) < 33
    assert summary.seconds <= POLICY.seconds


@pytest.mark.requirement("PTH-007")
def test_a_cache_that_a_live_program_delivers_is_passed_over_in_silence() -> None:
    disk, server = SimDisk(), make_server()
    workload(disk)
    program = SimWorld(disk, None)
    LeaseKeeper(program, BELOW.cache).acquire()

    _, summary = call(disk, server)

    assert summary is not None
    assert (summary.exit, summary.journals, summary.troubles, summary.failure) == (Exit.DONE, 0, {}, "")
    assert run_ids(server) == {}


@pytest.mark.requirement("PTH-009")
def test_a_journal_that_appears_while_a_cache_is_folded_is_delivered_to_the_same_run() -> None:
    effects = undisturbed()
    for effect in range(effects.index(f"rename {BELOW.journals}/rank-0-journal.jsonl"), len(effects)):
        disk, server = SimDisk(), make_server()
        workload(disk)
        world = SimWorld(disk, server)
        begin = world._begin

        def appear(name: str, world: SimWorld = world, effect: int = effect, begin: Any = begin) -> bool:
            if len(world.effects) == effect:
                online(world.disk, "later-journal", {"kind": "metrics", "values": {"r": 3.0}}, {"kind": "end"})
            return bool(begin(name))

        world._begin = appear  # type: ignore[method-assign]
        sweep_all(world, LAYOUT, CHECKER, POLICY, lambda: "http://simvue.local/api")
        disk.alive.discard(world.pid)
        until_folded(disk, server)
        check(disk, server)
        server.close()

"""One run key in two caches makes one run on the server, whoever comes first and whoever is killed."""

import pytest

from simvue.delivery.homes import claim, facts_in, remember
from simvue.delivery.layout import Layout
from simvue_conformance.server.local import LocalServer
from simvue_sender.sweep import sweep
from tests.delivery.scenes import CHECKER, LAYOUT, POLICY, Record, inject, journal, make_server, put, run_ids, series_of
from tests.delivery.simulation import Death, Killed, SimDisk, SimWorld
from tests.delivery.test_folding import BELOW, call, online, until_folded

OTHER = {LAYOUT: BELOW, BELOW: LAYOUT}
WHERE = pytest.mark.parametrize("first", [LAYOUT, BELOW], ids=["main first", "online first"])


def both(disk: SimDisk) -> None:
    """Two journals of one run, each of which could create it."""
    create: Record = {"kind": "run", "name": "heat"}
    values: list[Record] = [{"kind": "metrics", "values": {"r": value}} for value in (1.0, 2.0)]
    put(disk, "a.jsonl", journal("main-journal", create, values[0], {"kind": "end"}))
    online(disk, "online-journal", create, values[1], {"kind": "end"})


def deliver(disk: SimDisk, server: LocalServer, layout: Layout, death: Death | None = None) -> SimWorld:
    """Make one pass over one cache."""
    world = SimWorld(disk, server, death)
    try:
        sweep(world, layout, CHECKER, POLICY, lambda: "http://simvue.local/api")
    except Killed:
        pass
    finally:
        disk.alive.discard(world.pid)
        disk.clock += 60
    return world


def check(server: LocalServer) -> None:
    runs = run_ids(server)
    assert list(runs) == ["heat"]
    assert sorted(value for _, value in series_of(server, runs["heat"])["r"]) == [1.0, 2.0]


@pytest.mark.requirement("PTH-008")
@WHERE
def test_a_sender_killed_at_any_effect_leaves_one_run_for_both_caches(first: Layout) -> None:
    disk, server = SimDisk(), make_server()
    both(disk)
    effects = deliver(disk, server, first).effects
    server.close()
    failures = []
    for effect in range(effects.index("POST /metrics")):
        for when in ("before", "after"):
            disk, server = SimDisk(), make_server()
            both(disk)
            world = deliver(disk, server, first, Death(effect, when, power=effect % 2 == 0))
            try:
                deliver(disk, server, OTHER[first])
                until_folded(disk, server)
                check(server)
            except AssertionError as error:
                failures.append(f"{when} {world.effects[-1]}: {error}")
            server.close()
    assert not failures, f"{len(failures)} deaths: " + "\n".join(failures[:5])


@pytest.mark.requirement("PTH-008")
@WHERE
def test_who_comes_second_waits_until_the_first_knows_the_run(first: Layout) -> None:
    disk, server = SimDisk(), make_server()
    both(disk)
    inject(server, {"method": "POST", "path": "^/api/runs$", "status": 503, "times": 0})
    deliver(disk, server, first)
    inject(server)

    deliver(disk, server, OTHER[first])
    waiting = run_ids(server)
    deliver(disk, server, first)
    deliver(disk, server, OTHER[first])

    assert waiting == {}
    check(server)


@WHERE
def test_a_claim_that_nobody_stands_for_is_taken_over_after_ten_minutes(first: Layout) -> None:
    disk, server = SimDisk(), make_server()
    both(disk)
    claim(SimWorld(disk, None), first, "heat")
    lost = "main-journal" if first is LAYOUT else "online-journal"
    for path in [path for path, data in disk.files.items() if lost.encode() in data]:
        disk.remove(path)

    deliver(disk, server, OTHER[first])
    before = run_ids(server)
    for _ in range(12):
        deliver(disk, server, OTHER[first])

    assert before == {}
    assert list(run_ids(server)) == ["heat"]


def test_what_two_caches_know_of_a_run_adds_up() -> None:
    world = SimWorld(SimDisk(), None)
    remember(world, LAYOUT, "heat", {"id": "R", "alerts": {"a": "1"}})
    remember(world, LAYOUT, "heat", {"alerts": {"b": "2"}, "told": "R"})

    assert facts_in(world, LAYOUT, "heat") == {"id": "R", "alerts": {"a": "1", "b": "2"}}
    assert facts_in(world, BELOW, "heat") is None


def test_a_call_finds_a_sender_at_work_in_one_of_the_caches() -> None:
    disk, server = SimDisk(), make_server()
    both(disk)
    deliver(disk, server, BELOW, Death(named="POST /runs", when="after"))
    disk.alive.update({1000 + disk.processes})  # it is not dead, only slow

    _, summary = call(disk, server)

    assert summary is not None
    assert "online/heat" not in summary.troubles
    assert len(run_ids(server)) == 1

"""A sender killed before, inside and after every effect of a pass, and the server holds each record exactly once.

Every death is followed by passes of new processes, as cron would start them, until the cache is empty.
"""

from collections.abc import Iterator
from functools import cache
from itertools import product

import pytest

from simvue_conformance.server.local import LocalServer
from tests.delivery.scenes import Record, finish, journal, make_server, one_pass, put, receipts, state_of
from tests.delivery.simulation import Death, SimDisk, SimWorld

SERVERS = pytest.mark.parametrize("keyed", [True, False], ids=["keyed", "reconciled"])
POWER = pytest.mark.parametrize("power", [False, True], ids=["killed", "power lost"])


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


def is_write(effect: str) -> bool:
    """Whether a death can be inside of an effect."""
    return not effect.startswith(("GET", "PUT", "POST", "sync"))


def deaths(effects: list[str], *, power: bool) -> Iterator[Death]:
    for effect, name in enumerate(effects):
        for when in ("before", "inside", "after"):
            if when != "inside" or is_write(name):
                yield Death(effect, when, power)


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


def test_a_pass_that_nobody_kills_delivers_everything() -> None:
    state, left, _ = undisturbed(keyed=True)

    assert state["run"]["status"] == "completed"
    assert state["run"]["tags"] == ["a", "b"]
    assert [message for _, message, _ in state["events"]] == ["begun", "begun", "completed: converged"]
    assert left["rank-0-journal"]["dead_letters"] == 2
    assert state["artifacts"][0][2] is True


@pytest.mark.requirement("RDR-001", "DLV-043")
@SERVERS
def test_the_bytes_of_a_receipt_add_up_to_the_journal(*, keyed: bool) -> None:
    _, left, _ = undisturbed(keyed=keyed)

    assert len(left) == 2
    for receipt in left.values():
        assert sum(receipt["bytes"].values()) == receipt["size"]


@pytest.mark.requirement("DLV-009", "DLV-010", "DLV-011", "DLV-012", "DLV-021", "DLV-022", "DLV-023", "DLV-024")
@POWER
@SERVERS
def test_a_sender_killed_at_any_effect_delivers_each_record_once(*, keyed: bool, power: bool) -> None:
    effects = undisturbed(keyed=keyed)[2]

    results = [outcome(death, keyed=keyed)[1] for death in deaths(effects, power=power)]

    failures = [failure for failure in results if failure]
    assert not failures, f"{len(failures)} deaths: " + "\n".join(failures[:5])
    assert len(results) > 2 * len(effects)


@pytest.mark.requirement("DLV-010", "DLV-022", "DLV-023")
@POWER
@SERVERS
def test_a_second_death_in_the_recovery_from_the_first_changes_nothing(*, keyed: bool, power: bool) -> None:
    effects = undisturbed(keyed=keyed)[2]
    requests = [place for place, name in enumerate(effects) if name.startswith("POST")]
    failures = []

    for place, second in product(requests, (3, 7, 8, 9, 11, 12, 13, 15, 20)):
        first = Death(place, "after", power)
        failures.append(outcome(first, Death(second, "after", power), keyed=keyed)[1])

    assert not any(failures), "\n".join(filter(None, failures[:5]))


def test_the_simulated_disk_forgets_what_was_not_synchronised() -> None:
    disk = SimDisk()
    world = SimWorld(disk, None)
    world.append("/new", b"no name")
    world.sync("/new")
    world.create("/old", b"a")
    world.append("/old", b"b")
    world.create("/removed", b"c")
    world.unlink("/removed")

    disk.lose_power()

    assert disk.files == {"/old": b"a", "/removed": b"c"}


def test_the_server_of_the_simulation_sees_every_request() -> None:
    disk, server = SimDisk(), make_server()
    workload(disk)

    world, _ = one_pass(disk, server)

    assert isinstance(server, LocalServer)
    assert sum(name.startswith(("GET", "PUT", "POST")) for name in world.effects) > 20

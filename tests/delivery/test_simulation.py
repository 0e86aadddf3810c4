"""A sender killed before, inside and after every kind of effect of a pass: the server holds each record exactly once.

Every death is followed by passes of new processes, as cron would start them, until the cache is empty. These are one
death of each kind; `make campaign` tries all of them.
"""

import pytest

from simvue_conformance.server.local import LocalServer
from tests.delivery.deaths import deaths, kind_of, outcome, sampled, second_deaths, undisturbed, workload
from tests.delivery.scenes import make_server, one_pass
from tests.delivery.simulation import SimDisk, SimWorld

SERVERS = pytest.mark.parametrize("keyed", [True, False], ids=["keyed", "reconciled"])
POWER = pytest.mark.parametrize("power", [False, True], ids=["killed", "power lost"])


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
def test_a_sender_killed_at_any_kind_of_effect_delivers_each_record_once(*, keyed: bool, power: bool) -> None:
    effects = undisturbed(keyed=keyed)[2]
    chosen = sampled(((death,) for death in deaths(effects, power=power)), effects, f"{keyed} {power}")

    failures = [failure for stages in chosen if (failure := outcome(*stages, keyed=keyed)[1])]

    assert not failures, f"{len(failures)} deaths: " + "\n".join(failures[:5])
    assert len(chosen) >= 2 * len({kind_of(effect) for effect in effects}) > 40


@pytest.mark.requirement("DLV-010", "DLV-022", "DLV-023")
@POWER
@SERVERS
def test_a_second_death_in_the_recovery_from_the_first_changes_nothing(*, keyed: bool, power: bool) -> None:
    effects = undisturbed(keyed=keyed)[2]
    chosen = sampled(second_deaths(effects, power=power), effects, f"{keyed} {power}")

    failures = [failure for stages in chosen if (failure := outcome(*stages, keyed=keyed)[1])]

    assert not failures, "\n".join(failures[:5])
    assert len(chosen) > 20


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

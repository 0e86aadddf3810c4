"""The sender's notes: durable before they are relied on, found again whatever happened to their files."""

from contextlib import suppress

import orjson
import pytest

from simvue.core.ledger import VERSION, Note
from simvue.delivery.layout import Layout, is_journal_name
from simvue.delivery.state import StateLog, load
from simvue.errors import ConfigurationError, StateUnwritable
from tests.delivery.simulation import Death, Killed, SimDisk, SimWorld

LAYOUT = Layout("/cache")


def met(run: str) -> Note:
    return {"note": "run", "run": run, "known": 1.0, "facts": {}}


def write(disk: SimDisk, epoch: int, *names: str, durable: bool = True) -> SimWorld:
    world = SimWorld(disk, None)
    log = StateLog(world, LAYOUT, epoch)
    log.write(*map(met, names))
    if durable:
        log.sync()
    return world


def known(disk: SimDisk) -> list[str]:
    return sorted(load(SimWorld(disk, None), LAYOUT)[0].runs)


def page(epoch: int) -> str:
    return f"/cache/sender/state/{epoch:08d}.jsonl"


def test_notes_of_several_leases_are_folded_in_their_order() -> None:
    disk = SimDisk()
    world = SimWorld(disk, None)
    for epoch, clock in ((9, 1.0), (10, 2.0), (100, 3.0)):
        log = StateLog(world, LAYOUT, epoch)
        log.write(met("x") | {"facts": {"clock": clock}})
        log.sync()

    ledger, names = load(world, LAYOUT)

    assert ledger.runs["x"].facts == {"clock": 3.0}
    assert names == ["00000009.jsonl", "00000010.jsonl", "00000100.jsonl"]


@pytest.mark.requirement("DLV-010")
def test_a_durable_note_outlives_the_power_and_another_may_not() -> None:
    disk = SimDisk()
    world = SimWorld(disk, None)
    log = StateLog(world, LAYOUT, 1)
    log.write(met("first"))
    log.write(met("second"), durable=True)
    log.write(met("third"))

    disk.lose_power()

    assert known(disk) == ["first", "second"]


def test_what_is_synchronised_is_not_synchronised_again() -> None:
    disk = SimDisk()
    world = SimWorld(disk, None)
    log = StateLog(world, LAYOUT, 1)
    log.write(met("first"))

    log.sync()
    log.sync()

    assert sum(name.startswith("sync /") for name in world.effects) == 1


def test_nothing_is_created_before_there_is_a_note() -> None:
    disk = SimDisk()

    StateLog(SimWorld(disk, None), LAYOUT, 1).sync()

    assert disk.files == {}


@pytest.mark.parametrize(
    "tail", [b'{"note":"run"', b"\0" * 40, b"\0" * 40 + b"\n", b"17\n", b"[]\n"], ids=["torn", "zeros", "hole", *"17"]
)
def test_what_follows_the_last_whole_note_is_not_believed(tail: bytes) -> None:
    disk = SimDisk()
    write(disk, 1, "whole")
    after = orjson.dumps(met("behind")) + b"\n"
    disk.files[page(1)] += tail + (after if tail.endswith(b"\n") else b"")

    write(disk, 2, "later")

    assert known(disk) == ["later", "whole"]


def test_every_beginning_of_a_file_of_notes_can_be_loaded() -> None:
    disk = SimDisk()
    write(disk, 1, "a", "b")
    data = disk.files[page(1)]

    counts = []
    for end in range(len(data) + 1):
        disk.files[page(1)] = data[:end]
        counts.append(len(known(disk)))

    assert counts == sorted(counts)
    assert counts[-1] == 2


def test_the_state_of_a_newer_sender_is_refused() -> None:
    disk = SimDisk()
    head = {"note": "state", "version": VERSION + 1, "snapshot": False}
    disk.write(page(1), orjson.dumps(head) + b"\n", durable=True)

    with pytest.raises(ConfigurationError, match="newer simvue_sender"):
        StateLog(SimWorld(disk, None), LAYOUT, 2)


def test_after_sixteen_files_a_snapshot_replaces_them() -> None:
    disk = SimDisk()
    for epoch in range(1, 17):
        write(disk, epoch, f"note {epoch:02d}")

    write(disk, 17, "last")

    names = [path for path in disk.files if path.startswith("/cache/sender/state/")]
    assert names == [page(17)]
    assert known(disk) == ["last", *(f"note {epoch:02d}" for epoch in range(1, 17))]


def test_old_files_that_come_back_with_the_power_change_nothing() -> None:
    disk = SimDisk()
    for epoch in range(1, 17):
        write(disk, epoch, f"note {epoch:02d}")
    SimWorld(disk, None).sync_directory("/cache/sender/state")
    write(disk, 17, "last")

    disk.lose_power()
    came_back = page(1) in disk.files
    write(disk, 18, "newest")

    assert came_back
    assert len(known(disk)) == 18
    assert page(1) not in disk.files


def test_notes_of_a_killed_sender_are_made_durable_before_anything_rests_on_them() -> None:
    disk = SimDisk()
    write(disk, 1, "seen, and not on the device", durable=False)

    write(disk, 2, "rests on it")
    disk.lose_power()

    assert known(disk) == ["rests on it", "seen, and not on the device"]


def test_notes_that_are_on_the_device_are_not_copied() -> None:
    disk = SimDisk()
    world = SimWorld(disk, None)
    log = StateLog(world, LAYOUT, 1)
    log.write(met("first"))
    log.sync()

    write(disk, 2, "second")
    disk.lose_power()

    assert known(disk) == ["first", "second"]
    assert b"first" not in disk.files[page(2)]


def test_notes_after_the_last_sync_are_copied() -> None:
    disk = SimDisk()
    log = StateLog(SimWorld(disk, None), LAYOUT, 1)
    log.write(met("first"))
    log.sync()
    log.write(met("after"))

    write(disk, 2, "second")
    disk.lose_power()

    assert known(disk) == ["after", "first", "second"]


@pytest.mark.parametrize("has_links", [True, False])
@pytest.mark.parametrize("when", ["before", "inside", "after"])
def test_a_compaction_that_is_killed_loses_no_note(when: str, *, has_links: bool) -> None:
    names = [f"note {epoch:02d}" for epoch in range(1, 17)]
    for effect in range(20):
        disk = SimDisk()
        for epoch, name in enumerate(names, 1):
            write(disk, epoch, name)
        world = SimWorld(disk, None, Death(effect, when, power=True))
        world.has_links = has_links
        with suppress(Killed):
            StateLog(world, LAYOUT, 17).write(met("last"))

        write(disk, 18, "later")

        assert set(known(disk)) - {"last"} == {*names, "later"}, effect


def test_files_that_cannot_be_removed_do_not_stop_the_sender() -> None:
    disk = SimDisk()
    for epoch in range(1, 17):
        write(disk, epoch, f"note {epoch:02d}")
    world = SimWorld(disk, None)
    world.errors["unlink"] = OSError(13, "Permission denied")

    StateLog(world, LAYOUT, 17).write(met("last"), durable=True)

    assert len(known(disk)) == 17


@pytest.mark.parametrize("epoch", [5, 20])
def test_the_previous_file_is_found_although_a_listing_does_not_show_it_yet(epoch: int) -> None:
    disk = SimDisk()
    write(disk, 1, "old")
    write(disk, epoch - 1, "intent")
    world = SimWorld(disk, None)
    world.unlisted.add(page(epoch - 1))

    log = StateLog(world, LAYOUT, epoch)

    assert sorted(log.ledger.runs) == ["intent", "old"]


def test_a_snapshot_that_no_listing_shows_yet_is_found_in_the_place_of_what_it_replaced() -> None:
    disk = SimDisk()
    for epoch in range(1, 17):
        write(disk, epoch, f"note {epoch:02d}")
    before = dict(disk.files)
    write(disk, 17, "last")
    world = SimWorld(disk, None)
    world.unlisted.add(page(17))
    disk.files |= {path: b"" for path in before if path != page(17)}  # listed still, and gone

    log = StateLog(world, LAYOUT, 18)

    assert len(log.ledger.runs) == 17


def test_notes_come_after_those_before_them_when_leases_begin_again_from_one() -> None:
    disk = SimDisk()
    write(disk, 41, "x")

    world = SimWorld(disk, None)
    StateLog(world, LAYOUT, 1).write(met("x") | {"facts": {"clock": 99.0}}, durable=True)

    assert load(world, LAYOUT)[0].runs["x"].facts == {"clock": 99.0}
    assert page(42) in disk.files


def test_a_file_that_another_has_written_is_left_alone() -> None:
    disk = SimDisk()
    world = SimWorld(disk, None)
    log = StateLog(world, LAYOUT, 3)
    disk.write(page(3), b"not ours", durable=True)

    with pytest.raises(StateUnwritable, match="another sender"):
        log.write(met("x"))

    assert disk.files[page(3)] == b"not ours"


def test_a_lost_answer_to_the_creation_is_no_failure() -> None:
    disk = SimDisk()
    world = SimWorld(disk, None)
    log = StateLog(world, LAYOUT, 3)
    create = world.create

    def created_before(path: str, data: bytes) -> bool:
        create(path, data)
        return create(path, data)

    world.create = created_before  # type: ignore[method-assign]

    log.write(met("x"), durable=True)

    assert known(disk) == ["x"]


@pytest.mark.requirement("DLV-005")
@pytest.mark.parametrize("effect", ["create", "append", "sync /", "sync directory"])
def test_one_failure_makes_every_later_note_fail_and_no_file_is_synchronised_again(effect: str) -> None:
    disk = SimDisk()
    world = SimWorld(disk, None)
    log = StateLog(world, LAYOUT, 1)
    world.errors[effect] = OSError(5, "Input/output error")
    with pytest.raises(StateUnwritable):
        log.write(met("first"), durable=True)
    before = len(world.effects)
    world.errors.clear()

    with pytest.raises(StateUnwritable):
        log.write(met("second"))
    with pytest.raises(StateUnwritable):
        log.write(met("third"), durable=True)

    assert len(world.effects) == before


def test_the_names_of_journals_are_those_of_the_specification() -> None:
    assert all(map(is_journal_name, ["a.jsonl", "A-b_c.1.jsonl", "_.jsonl", "x" * 94 + ".jsonl"]))
    assert not any(
        map(is_journal_name, [".a.jsonl", "a.json", ".jsonl", "a b.jsonl", "a/b.jsonl", "x" * 95 + ".jsonl"])
    )
    assert not is_journal_name("a.jsonl\n")


def test_every_path_lies_in_the_cache() -> None:
    paths = [LAYOUT.journal("a"), LAYOUT.receipt("b"), LAYOUT.dead("c"), LAYOUT.run("d"), LAYOUT.control("e")]

    assert all(path.startswith("/cache/") for path in [*paths, LAYOUT.stored("0" * 64), LAYOUT.retention])

"""What the holder of a lease keeps, loses and leaves behind, on real files."""

# What is on disk is looked at through the system calls that the code under test is about.
# ruff: noqa: PTH103, PTH108, PTH116, PTH208

import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simvue.core.lease import (
    Holder,
    Standing,
    encode_claim,
    name_of,
    parse_lease,
)
from simvue.delivery.lease import Busy, Held, LeaseKeeper
from simvue.delivery.os_world import OsWorld
from simvue.errors import LeaseLost, StateUnwritable
from tests.delivery.machines import OtherMachine, epochs, write_epoch


def test_a_free_cache_is_taken_and_a_released_one_taken_again(cache):
    first, second = LeaseKeeper(OsWorld(), cache), LeaseKeeper(OsWorld(), cache)

    assert first.acquire() == Held(epoch=1, after=Standing.FREE)
    first.release()
    assert second.acquire() == Held(epoch=2, after=Standing.FREE)


def test_a_second_asker_learns_at_once_who_is_busy(cache):
    first, second = LeaseKeeper(OsWorld(), cache), LeaseKeeper(OsWorld(), cache)
    first.acquire()

    started = time.monotonic()
    busy = second.acquire()
    took = time.monotonic() - started

    assert isinstance(busy, Busy)
    assert (busy.host, busy.pid) == (os.uname().nodename, os.getpid())
    assert abs(datetime.now(UTC) - busy.since) < timedelta(minutes=1)
    assert f"process {os.getpid()} on {os.uname().nodename} since " in str(busy)
    assert took < 5  # and not the minutes that the lease lasts
    assert epochs(cache) == ["00000001"]


def test_asking_again_for_what_one_holds_changes_nothing(cache):
    keeper = LeaseKeeper(OsWorld(), cache)

    assert keeper.acquire() == keeper.acquire()
    assert epochs(cache) == ["00000001"]


def test_an_empty_lease_file_is_a_holder_without_a_name(cache):
    os.makedirs(f"{cache}/sender/lease")
    Path(f"{cache}/sender/lease/00000001").touch()

    busy = LeaseKeeper(OsWorld(), cache).acquire()

    assert isinstance(busy, Busy)
    assert "has not given its name" in str(busy)


def test_a_pid_in_use_again_does_not_keep_a_dead_holders_lease(cache):
    world = OsWorld()
    earlier = replace(world.identity(), start_ticks=1)  # our own PID, as if somebody else had had it before
    os.makedirs(f"{cache}/sender/lease")
    claim = encode_claim(1, Holder(identity=earlier, token="t1", at=datetime.now(UTC)))
    Path(f"{cache}/sender/lease/00000001").write_bytes(claim)

    assert LeaseKeeper(world, cache).acquire() == Held(epoch=2, after=Standing.DEAD_HOLDER)


@pytest.mark.parametrize("hours", [-1, 1, -24 * 365, 24 * 365])
def test_clocks_that_differ_by_hours_neither_hasten_nor_delay_a_takeover(cache, hours):
    holder = LeaseKeeper(OtherMachine("login1"), cache)
    world = OtherMachine("login2", wrong_by=timedelta(hours=hours), booted_earlier=1e6)
    contender = LeaseKeeper(world, cache)

    holder.acquire()
    first = contender.acquire()
    world.waited = 89.0
    second = contender.acquire()
    world.waited = 90.1
    third = contender.acquire()

    assert isinstance(first, Busy)
    assert isinstance(second, Busy)
    assert third == Held(epoch=2, after=Standing.EXPIRED)


def test_the_wait_goes_on_in_the_next_process_of_the_same_machine(cache):
    write_epoch(cache, 1, at=datetime.now(UTC), released=False)
    first, second, third = OtherMachine(), OtherMachine(), OtherMachine()
    second.waited, third.waited = 60.0, 91.0

    answers = [LeaseKeeper(world, cache).acquire() for world in (first, second, third)]

    assert [type(answer) for answer in answers] == [Busy, Busy, Held]


def test_two_machines_do_not_count_on_each_others_clocks(cache):
    write_epoch(cache, 1, at=datetime.now(UTC), released=False)
    early, late = OtherMachine("login2"), OtherMachine("login3", booted_earlier=1e6)

    assert isinstance(LeaseKeeper(early, cache).acquire(), Busy)
    assert isinstance(LeaseKeeper(late, cache).acquire(), Busy)
    assert sorted(os.listdir(f"{cache}/sender/observed")) == ["login2.json", "login3.json"]


def test_a_note_is_written_once_for_as_long_as_the_lease_stays_the_same(cache):
    write_epoch(cache, 1, at=datetime.now(UTC), released=False)
    keeper = LeaseKeeper(OtherMachine(), cache)

    keeper.acquire()
    first = os.stat(f"{cache}/sender/observed/login2.json").st_mtime_ns
    time.sleep(0.02)
    keeper.acquire()

    assert os.stat(f"{cache}/sender/observed/login2.json").st_mtime_ns == first


@pytest.mark.parametrize("note", [b"", b"\0\0\0", b"[]", b"{"], ids=["empty", "zeros", "a list", "torn"])
def test_a_damaged_note_only_makes_the_wait_begin_anew(cache, note):
    write_epoch(cache, 1, at=datetime.now(UTC), released=False)
    os.makedirs(f"{cache}/sender/observed")
    Path(f"{cache}/sender/observed/login2.json").write_bytes(note)
    world = OtherMachine()
    keeper = LeaseKeeper(world, cache)

    first = keeper.acquire()
    world.waited = 91.0

    assert isinstance(first, Busy)
    assert isinstance(keeper.acquire(), Held)


def test_a_host_name_cannot_lead_out_of_the_folder(cache):
    write_epoch(cache, 1, at=datetime.now(UTC), released=False)

    LeaseKeeper(OtherMachine("../../x"), cache).acquire()

    assert os.listdir(f"{cache}/sender/observed") == [".._.._x.json"]


def test_a_holder_has_its_time_less_the_margin_and_a_renewal_gives_it_anew(cache):
    world = OtherMachine()
    keeper = LeaseKeeper(world, cache)
    keeper.acquire()

    world.waited = 60.0
    before = keeper.seconds_left()
    enough = keeper.check(30.0)
    keeper.renew_if_due()

    assert 24 < before <= 25
    assert not enough
    assert 84 < keeper.seconds_left() <= 85
    assert keeper.check(30.0)


def test_a_renewal_that_is_not_due_writes_nothing(cache):
    keeper = LeaseKeeper(OsWorld(), cache)
    keeper.acquire()
    before = os.stat(f"{cache}/sender/lease/00000001").st_size

    keeper.renew_if_due()

    assert os.stat(f"{cache}/sender/lease/00000001").st_size == before


def test_a_holder_whose_time_is_up_has_lost_the_lease_even_if_nobody_wants_it(cache):
    world = OtherMachine()
    keeper = LeaseKeeper(world, cache)
    keeper.acquire()

    world.waited = 85.1

    for member in (lambda: keeper.check(0.0), keeper.renew_if_due, lambda: keeper.check(0.0)):
        with pytest.raises(LeaseLost, match="not renewed in time"):
            member()
    assert keeper.seconds_left() == 0


def test_a_holder_sees_a_successor_before_its_time_is_up(cache):
    keeper = LeaseKeeper(OsWorld(), cache)
    keeper.acquire()
    write_epoch(cache, 2, at=datetime.now(UTC), released=False)

    with pytest.raises(LeaseLost, match="another sender has taken over"):
        keeper.check(1.0)

    keeper.release()
    assert b"released" not in OsWorld().read(f"{cache}/sender/lease/00000001")


def test_a_loser_can_ask_again(cache):
    world = OtherMachine()
    keeper = LeaseKeeper(world, cache)
    keeper.acquire()
    world.waited = 86.0
    with pytest.raises(LeaseLost):
        keeper.check(1.0)

    again = keeper.acquire()

    assert again.epoch == 2
    assert keeper.check(1.0)


class SlowDisk(OtherMachine):
    """Every append takes a minute."""

    def append(self, path, data):
        super().append(path, data)
        self.waited += 60.0


def test_a_renewal_that_took_too_long_is_none(cache):
    world = SlowDisk()
    keeper = LeaseKeeper(world, cache)
    keeper.acquire()
    world.waited = 30.0

    with pytest.raises(LeaseLost, match="not renewed in time"):
        keeper.renew_if_due()


def test_a_lease_file_removed_under_its_holder_is_a_lost_lease(cache):
    world = OtherMachine()
    keeper = LeaseKeeper(world, cache)
    keeper.acquire()
    os.unlink(f"{cache}/sender/lease/00000001")

    with pytest.raises(LeaseLost):
        keeper.check(1.0)


def test_a_lease_file_of_the_same_name_by_another_is_a_lost_lease_at_the_next_renewal(cache):
    world = OtherMachine()
    keeper = LeaseKeeper(world, cache)
    keeper.acquire()
    write_epoch(cache, 1, at=datetime.now(UTC), released=False)
    world.waited = 11.0

    with pytest.raises(LeaseLost, match="removed"):
        keeper.renew_if_due()

    assert b"renewed" not in OsWorld().read(f"{cache}/sender/lease/00000001")


def test_nothing_is_held_before_it_is_acquired_or_after_it_is_released(cache):
    keeper = LeaseKeeper(OsWorld(), cache)

    with pytest.raises(LeaseLost, match="not acquired"):
        keeper.check(1.0)
    keeper.acquire()
    keeper.release()
    keeper.release()
    with pytest.raises(LeaseLost, match="released"):
        keeper.renew_if_due()


def fill(cache, *, count, age):
    at = datetime.now(UTC) - age
    for epoch in range(1, count + 1):
        write_epoch(cache, epoch, at=at)


def test_old_lease_files_are_removed_in_the_end(cache):
    fill(cache, count=335, age=timedelta(hours=25))
    Path(f"{cache}/sender/lease/.00000007.0123.new").touch()
    Path(f"{cache}/sender/lease/.00000330.0123.new").touch()

    LeaseKeeper(OsWorld(), cache).acquire()

    assert epochs(cache) == [".00000330.0123.new", *(name_of(epoch) for epoch in range(65, 337))]


def test_lease_files_of_the_last_day_stay(cache):
    fill(cache, count=335, age=timedelta(hours=23))

    LeaseKeeper(OsWorld(), cache).acquire()

    assert len(epochs(cache)) == 336


def test_the_last_lease_files_stay_however_old_they_are(cache):
    fill(cache, count=271, age=timedelta(days=900))

    LeaseKeeper(OsWorld(), cache).acquire()

    assert epochs(cache) == [name_of(epoch) for epoch in range(16, 273)]


def test_a_lease_file_from_the_future_or_without_a_claim_keeps_no_others(cache):
    fill(cache, count=271, age=timedelta(days=2))
    write_epoch(cache, 1, at=datetime.now(UTC) + timedelta(days=9))
    Path(f"{cache}/sender/lease/{name_of(2)}").write_bytes(b"")

    LeaseKeeper(OsWorld(), cache).acquire()

    assert epochs(cache)[0] == name_of(16)


def test_a_cache_that_cannot_be_written_is_reported_with_its_path(cache):
    Path(f"{cache}/sender").touch()

    with pytest.raises(StateUnwritable, match="sender/lease"):
        LeaseKeeper(OsWorld(), cache).acquire()


class FullDisk(OtherMachine):
    """Takes half of every append while it is full."""

    is_full = False

    def append(self, path, data):
        if self.is_full:
            super().append(path, data[: len(data) // 2])
            raise OSError(28, "No space left on device", path)
        super().append(path, data)


def test_a_failed_renewal_is_repeated_on_a_line_of_its_own_and_meanwhile_the_lease_lasts(cache):
    world = FullDisk()
    keeper = LeaseKeeper(world, cache)
    keeper.acquire()

    world.waited, world.is_full = 20.0, True
    with pytest.raises(StateUnwritable, match="No space left"):
        keeper.renew_if_due()
    still = keeper.check(1.0)
    world.is_full = False
    keeper.renew_if_due()
    keeper.release()

    assert still
    lease = parse_lease(1, world.read(f"{cache}/sender/lease/00000001"))
    assert (lease.counter, lease.released) == (1, True)


def test_an_idle_pass_every_minute_stays_cheap_beside_a_day_of_lease_files(cache):
    fill(cache, count=1500, age=timedelta(hours=1))

    started = time.monotonic()
    for _ in range(20):
        keeper = LeaseKeeper(OsWorld(), cache)
        assert isinstance(keeper.acquire(), Held)
        keeper.release()
    each = (time.monotonic() - started) / 20

    assert each < 0.2

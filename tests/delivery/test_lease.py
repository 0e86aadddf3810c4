"""One sender at a time holds the lease of a cache: real processes, real files, real signals."""

# What is on disk is looked at through the system calls that the code under test is about.
# ruff: noqa: PTH103, PTH108, PTH116, PTH120, PTH208

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simvue.core.lease import (
    Holder,
    LeasePolicy,
    Standing,
    encode_claim,
    encode_release,
    name_of,
    parse_lease,
)
from simvue.delivery.lease import Busy, Held, LeaseKeeper
from simvue.delivery.os_world import OsWorld
from simvue.errors import LeaseLost, StateUnwritable

FORK = multiprocessing.get_context("fork")
SHORT = LeasePolicy(ttl=2.0, renewal=0.2, margin=0.1)
HOLDER = """
import sys, time
from simvue.core.lease import LeasePolicy
from simvue.delivery.lease import LeaseKeeper
from simvue.delivery.os_world import OsWorld
from simvue.errors import LeaseLost

keeper = LeaseKeeper(OsWorld(), sys.argv[1], LeasePolicy(ttl=2.0, renewal=0.2, margin=0.1))
print(keeper.acquire(), flush=True)
try:
    while True:
        keeper.renew_if_due()
        time.sleep(0.02)
except LeaseLost as lost:
    print(lost, flush=True)
"""


class OtherMachine(OsWorld):
    """The same files seen from another machine: other facts about itself, clocks set otherwise."""

    def __init__(self, host="login2", *, wrong_by=timedelta(0), booted_earlier=0.0):
        super().__init__()
        self._host, self._wrong_by, self._booted_earlier = host, wrong_by, booted_earlier
        self.waited = 0.0

    def identity(self):
        return replace(super().identity(), host=self._host, boot_id=f"boot of {self._host}")

    def now(self):
        return super().now() + self._wrong_by

    def boottime(self):
        return super().boottime() + self._booted_earlier + self.waited


@pytest.fixture
def cache(tmp_path):
    return str(tmp_path)


@pytest.fixture
def start_holder(cache):
    started = []

    def start():
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, cache], env=environment, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process, process.stdout.readline()

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def epochs(cache):
    return sorted(os.listdir(f"{cache}/sender/lease"))


def write_epoch(cache, epoch, *, at, released=True):
    os.makedirs(f"{cache}/sender/lease", exist_ok=True)
    identity = OtherMachine("login9").identity()
    data = encode_claim(epoch, Holder(identity=identity, token=f"t{epoch}", at=at))
    Path(f"{cache}/sender/lease/{name_of(epoch)}").write_bytes(data + (encode_release(at) if released else b""))


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
    assert took < 0.2
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


def ask_in_every_round(cache, barrier, wins):
    for number in range(25):
        keeper = LeaseKeeper(OsWorld(), cache)
        barrier.wait(30)
        answer = keeper.acquire()
        barrier.wait(30)
        if isinstance(answer, Held):
            wins.put((number, answer.epoch))
            keeper.release()
        barrier.wait(30)
    wins.close()
    wins.join_thread()


def test_of_senders_that_start_together_exactly_one_gets_the_lease_every_time(cache):
    barrier, wins = FORK.Barrier(4), FORK.Queue()
    processes = [FORK.Process(target=ask_in_every_round, args=(cache, barrier, wins)) for _ in range(4)]

    for process in processes:
        process.start()
    won = sorted(wins.get(timeout=60) for _ in range(25))
    codes = [process.join(60) or process.exitcode for process in processes]

    assert codes == [0] * 4
    assert wins.empty()
    assert won == [(number, number + 1) for number in range(25)]


def steal_at_once(cache, barrier, wins):
    world = OtherMachine("login2")
    keeper = LeaseKeeper(world, cache)
    keeper.acquire()
    barrier.wait(30)
    world.waited = 90.0
    barrier.wait(30)
    wins.put(isinstance(keeper.acquire(), Held))
    barrier.wait(30)  # a winner that has ended may be followed at once


def test_of_contenders_that_steal_an_expired_lease_together_exactly_one_gets_it(cache):
    write_epoch(cache, 1, at=datetime.now(UTC), released=False)
    barrier, wins = FORK.Barrier(4), FORK.Queue()
    processes = [FORK.Process(target=steal_at_once, args=(cache, barrier, wins)) for _ in range(4)]

    for process in processes:
        process.start()
    won = sorted(wins.get(timeout=60) for _ in range(4))
    for process in processes:
        process.join(60)

    assert won == [False, False, False, True]
    assert epochs(cache) == ["00000001", "00000002"]


@pytest.mark.parametrize("reaped", [True, False], ids=["reaped", "still a zombie"])
def test_a_killed_holder_on_the_same_machine_is_followed_at_once(cache, start_holder, reaped):
    process, said = start_holder()
    keeper = LeaseKeeper(OsWorld(), cache)  # with 90 s to wait, were it not for the proof

    busy = keeper.acquire()
    process.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | (0 if reaped else os.WNOWAIT))

    assert "epoch=1" in said
    assert isinstance(busy, Busy)
    assert keeper.acquire() == Held(epoch=2, after=Standing.DEAD_HOLDER)


class Mortal(OsWorld):
    """Dies when it has had so many effects on files."""

    def __init__(self, left):
        super().__init__()
        self._left = left

    def __getattribute__(self, name):
        if name in {"makedirs", "listdir", "read", "size", "create", "append", "unlink"}:
            self._left -= 1
            if self._left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return super().__getattribute__(name)


def live_through_a_lease(cache, left):
    keeper = LeaseKeeper(Mortal(left), cache, LeasePolicy(ttl=90, renewal=1e-9))
    keeper.acquire()
    keeper.check(1.0)
    keeper.renew_if_due()
    keeper.release()


def test_wherever_a_holder_dies_the_next_sender_on_its_machine_goes_on_at_once(cache):
    codes, answers = [], []

    while not codes or codes[-1] != 0:
        process = FORK.Process(target=live_through_a_lease, args=(cache, len(codes)))
        process.start()
        process.join(60)
        codes.append(process.exitcode)
        keeper = LeaseKeeper(OsWorld(), cache)
        answers.append(keeper.acquire())
        keeper.release()

    assert len(codes) > 10
    assert codes == [-signal.SIGKILL] * (len(codes) - 1) + [0]
    assert {type(answer) for answer in answers} == {Held}
    assert {answer.after for answer in answers} == {Standing.FREE, Standing.DEAD_HOLDER}


def test_a_killed_holder_on_another_machine_is_followed_only_after_its_time(cache, start_holder):
    process, _ = start_holder()
    process.kill()
    process.wait()
    world = OtherMachine()
    keeper = LeaseKeeper(world, cache)

    answers = []
    for waited in (0, 60, 89, 91):
        world.waited = waited
        answers.append(keeper.acquire())

    assert [type(answer) for answer in answers] == [Busy, Busy, Busy, Held]
    assert answers[-1] == Held(epoch=2, after=Standing.EXPIRED)
    assert "no sign of it for 60 s" in str(answers[1])


def test_a_stopped_holder_keeps_its_lease_until_its_time_is_up_and_then_knows_that_it_lost(cache, start_holder):
    process, _ = start_holder()
    keeper = LeaseKeeper(OsWorld(), cache, SHORT)

    process.send_signal(signal.SIGSTOP)
    time.sleep(0.05)
    started = time.monotonic()
    answers = [(time.monotonic() - started, keeper.acquire())]
    while isinstance(answers[-1][1], Busy) and len(answers) < 200:
        time.sleep(0.05)
        answers.append((time.monotonic() - started, keeper.acquire()))
    process.send_signal(signal.SIGCONT)

    assert answers[-1][1] == Held(epoch=2, after=Standing.EXPIRED)
    assert SHORT.ttl <= answers[-1][0] < SHORT.ttl + 2
    assert "lease 1 is lost" in process.stdout.readline()
    assert keeper.check(0.1)


def test_a_holder_stopped_for_less_than_its_time_is_still_the_holder(cache, start_holder):
    process, _ = start_holder()
    keeper = LeaseKeeper(OsWorld(), cache, SHORT)

    process.send_signal(signal.SIGSTOP)
    first = keeper.acquire()
    time.sleep(1.2)
    process.send_signal(signal.SIGCONT)
    time.sleep(1.0)
    later = keeper.acquire()

    assert isinstance(first, Busy)
    assert isinstance(later, Busy)
    assert process.poll() is None
    assert epochs(cache) == ["00000001"]


def test_a_holder_that_renews_is_never_followed(cache, start_holder):
    start_holder()
    world = OtherMachine()
    keeper = LeaseKeeper(world, cache, SHORT)

    ends = time.monotonic() + 1.5 * SHORT.ttl
    answers = []
    while time.monotonic() < ends:
        answers.append(keeper.acquire())
        time.sleep(0.05)

    assert {type(answer) for answer in answers} == {Busy}


def test_a_pid_in_use_again_does_not_keep_a_dead_holders_lease(cache):
    world = OsWorld()
    earlier = replace(world.identity(), start_ticks=1)  # our own PID, as if somebody else had had it before
    os.makedirs(f"{cache}/sender/lease")
    claim = encode_claim(1, Holder(identity=earlier, token="t1", at=datetime.now(UTC)))
    Path(f"{cache}/sender/lease/00000001").write_bytes(claim)

    assert LeaseKeeper(world, cache).acquire() == Held(epoch=2, after=Standing.DEAD_HOLDER)


def test_a_dead_pid_of_another_machine_proves_nothing_here(cache, start_holder):
    process, _ = start_holder()
    process.kill()
    process.wait()

    assert isinstance(LeaseKeeper(OtherMachine(), cache).acquire(), Busy)


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


class LostReplies(OsWorld):
    """Exclusive creation works, and the answer says that it did not."""

    def create(self, path, data):
        super().create(path, data)
        return False


def test_a_winner_told_that_it_lost_finds_its_own_name_in_the_file(cache):
    keeper = LeaseKeeper(LostReplies(), cache)

    assert keeper.acquire() == Held(epoch=1, after=Standing.FREE)
    keeper.release()
    assert isinstance(LeaseKeeper(LostReplies(), cache).acquire(), Held)


class OldListing(OtherMachine):
    """Shows a directory as it was, as often as it is asked to."""

    def __init__(self, names, times):
        super().__init__()
        self._names, self._times = names, times

    def listdir(self, path):
        if self._times and path.endswith("lease"):
            self._times -= 1
            return self._names
        return super().listdir(path)


def test_a_contender_with_an_old_listing_cannot_take_a_number_used_already(cache):
    for epoch in (1, 2, 3):
        write_epoch(cache, epoch, at=datetime.now(UTC), released=epoch < 3)

    busy = LeaseKeeper(OldListing(["00000001"], times=100), cache).acquire()

    assert isinstance(busy, Busy)
    assert (busy.epoch, busy.host) == (3, "login9")
    assert epochs(cache) == ["00000001", "00000002", "00000003"]


@pytest.mark.parametrize("times", [1, 2, 100])
def test_a_contender_with_an_old_listing_cannot_take_a_number_used_and_removed(cache, times):
    write_epoch(cache, 700, at=datetime.now(UTC), released=False)

    answer = LeaseKeeper(OldListing([name_of(5)], times), cache).acquire()

    assert isinstance(answer, Busy)
    assert epochs(cache) == [name_of(700)]


class RemovedMeanwhile(OtherMachine):
    """The last lease file we saw is removed, with all before it, while we create the next."""

    def create(self, path, data):
        for name in self.listdir(os.path.dirname(path)):
            self.unlink(f"{os.path.dirname(path)}/{name}")
        return super().create(path, data)


def test_a_number_whose_predecessor_is_gone_is_given_up(cache):
    write_epoch(cache, 5, at=datetime.now(UTC))

    answer = LeaseKeeper(RemovedMeanwhile(), cache).acquire()

    # The folder is empty then, and the count begins anew.
    assert answer.epoch == 1
    assert epochs(cache) == ["00000001"]


class ListsLate(OtherMachine):
    """Learns of later leases only once it has created its own file, as a directory read anew shows them."""

    has_created = False

    def listdir(self, path):
        names = super().listdir(path)
        return names if self.has_created else [name for name in names if name < name_of(700)]

    def create(self, path, data):
        self.has_created = True
        return super().create(path, data)


def test_a_number_below_one_that_shows_up_later_is_given_up(cache):
    write_epoch(cache, 5, at=datetime.now(UTC))
    write_epoch(cache, 700, at=datetime.now(UTC), released=False)

    busy = LeaseKeeper(ListsLate(), cache).acquire()

    assert isinstance(busy, Busy)
    assert busy.epoch == 700


def test_an_old_listing_of_an_empty_folder_does_not_give_the_first_number_twice(cache):
    write_epoch(cache, 1, at=datetime.now(UTC), released=False)

    assert isinstance(LeaseKeeper(OldListing([], times=100), cache).acquire(), Busy)


def test_the_first_number_is_not_taken_where_later_ones_show(cache):
    write_epoch(cache, 700, at=datetime.now(UTC), released=False)

    busy = LeaseKeeper(OldListing([], times=1), cache).acquire()

    assert isinstance(busy, Busy)
    assert busy.epoch == 700


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

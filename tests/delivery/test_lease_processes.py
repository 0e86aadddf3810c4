"""One sender at a time holds the lease of a cache, whichever process dies, is stopped or comes at the same moment."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from simvue.core.lease import (
    LeasePolicy,
    Standing,
)
from simvue.delivery.lease import Busy, Held, LeaseKeeper
from simvue.delivery.os_world import OsWorld
from tests.delivery.machines import OtherMachine, epochs, write_epoch

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


def test_a_dead_pid_of_another_machine_proves_nothing_here(cache, start_holder):
    process, _ = start_holder()
    process.kill()
    process.wait()

    assert isinstance(LeaseKeeper(OtherMachine(), cache).acquire(), Busy)

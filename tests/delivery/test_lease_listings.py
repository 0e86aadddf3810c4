"""One sender at a time holds the lease of a cache on a filesystem that shows late, or wrongly, what others did."""

# What is on disk is looked at through the system calls that the code under test is about.
# ruff: noqa: PTH120

import os
from datetime import UTC, datetime

import pytest

from simvue.core.lease import (
    Standing,
    name_of,
)
from simvue.delivery.lease import Busy, Held, LeaseKeeper
from simvue.delivery.os_world import OsWorld
from tests.delivery.machines import OtherMachine, epochs, write_epoch


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

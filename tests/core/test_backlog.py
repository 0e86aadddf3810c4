"""Records that wait in memory."""

import pytest

from simvue.core.backlog import Backlog, Entry, Worth


def entry(sequence: int, worth: Worth = Worth.METRICS, size: int = 10) -> Entry:
    return Entry(sequence, b"x" * size, worth)


def drained(backlog: Backlog) -> list[int]:
    numbers = []
    while backlog:
        first = backlog.first()
        numbers.append(first.sequence)
        backlog.remove(first)
    return numbers


def test_records_leave_in_the_order_of_their_numbers():
    backlog = Backlog(1000)
    for number, worth in enumerate([Worth.METRICS, Worth.NEVER_DROPPED, Worth.OTHER, Worth.METRICS, Worth.OTHER]):
        backlog.add(entry(number, worth))

    assert drained(backlog) == [0, 1, 2, 3, 4]


@pytest.mark.requirement("WRT-015", "WRT-017")
def test_old_metrics_go_first_then_other_records_and_never_the_story_of_the_run():
    backlog = Backlog(40)
    backlog.add(entry(0, Worth.NEVER_DROPPED))
    backlog.add(entry(1, Worth.OTHER))
    for number in range(2, 6):
        backlog.add(entry(number))
    backlog.add(entry(6, Worth.OTHER, size=30))

    assert backlog.lost is not None
    assert (backlog.lost.count, backlog.lost.first, backlog.lost.last) == (5, 1, 5)
    assert drained(backlog) == [0, 6]


@pytest.mark.requirement("WRT-017")
def test_a_record_that_is_never_dropped_drops_no_other():
    backlog = Backlog(20)
    backlog.add(entry(0))
    backlog.add(entry(1))

    backlog.add(entry(2, Worth.NEVER_DROPPED))

    assert backlog.lost is None
    assert drained(backlog) == [0, 1, 2]


def test_room_that_was_made_is_room_again():
    backlog = Backlog(20)
    backlog.add(entry(0))
    backlog.add(entry(1))
    backlog.remove(backlog.first())

    backlog.add(entry(2))

    assert backlog.lost is None
    assert drained(backlog) == [1, 2]


def test_what_is_put_back_comes_first():
    backlog = Backlog(1000)
    backlog.add(entry(7))

    backlog.put_back([entry(4), entry(5, Worth.OTHER), entry(6)])

    assert drained(backlog) == [4, 5, 6, 7]


def test_an_empty_backlog_has_no_first_record():
    with pytest.raises(IndexError):
        Backlog(10).first()

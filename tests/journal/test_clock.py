"""The times of records."""

import time
from datetime import UTC, datetime

import pytest

from simvue.journal.clock import Clock, format_second


@pytest.mark.requirement("REC-002", "REC-003")
@pytest.mark.parametrize(
    "second", [0, 1, 951_782_400, 1_709_164_800, 4_102_444_799, 253_402_300_799, -1, -62_135_596_800]
)
def test_a_second_is_written_as_the_calendar_has_it(second):
    expected = datetime.fromtimestamp(0, UTC).timestamp() + second

    written = format_second(second).decode()

    assert datetime.fromisoformat(written.rstrip(".") + "+00:00").timestamp() == expected


@pytest.mark.requirement("WRT-033")
def test_no_two_times_are_the_same_and_none_goes_back():
    clock = Clock()

    times = [clock.now() for _ in range(20_000)]

    assert times == sorted(set(times))


def test_the_time_is_that_of_the_wall_across_seconds():
    clock = Clock()

    for _ in range(4):
        before = time.time()
        written = datetime.fromisoformat(clock.now().decode()).timestamp()
        assert before - 0.01 <= written <= time.time() + 0.01
        time.sleep(0.3)


@pytest.mark.requirement("WRT-033")
def test_a_time_of_the_caller_never_equals_one_of_the_clock():
    clock = Clock()
    taken = []

    for _ in range(500):
        taken.append(clock.now().decode())
        moment = clock.place(time.time_ns() // 1000)
        taken.append(
            datetime.fromtimestamp(moment // 10**6, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment % 10**6:06d}Z"
        )

    assert len(set(taken)) == 1000


def test_seconds_are_counted_from_the_origin_of_another_clock():
    first = Clock()
    time.sleep(0.05)

    second = Clock(first.origin)

    assert second.elapsed() >= 0.05

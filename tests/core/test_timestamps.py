"""Time stamps of records: which exist, and what they are for a server."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simvue.core.timestamps import instant, is_timestamp, names_real_time, seconds_between, server_form

_moments = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31))  # noqa: DTZ001 - local to the offset drawn below


@given(_moments, st.integers(-23 * 60, 23 * 60))
def test_the_server_gets_the_same_instant_in_utc(moment: datetime, offset: int) -> None:
    sign = "-" if offset < 0 else "+"
    at = f"{moment.isoformat(timespec='microseconds')}{sign}{abs(offset) // 60:02}:{abs(offset) % 60:02}"

    assert is_timestamp(at)
    assert server_form(at) == (moment - timedelta(minutes=offset)).isoformat(timespec="microseconds")


@given(_moments)
def test_an_instant_counts_from_1970(moment: datetime) -> None:
    at = f"{moment.isoformat()}Z"

    assert (
        instant(at)
        == (moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000
    )


@pytest.mark.parametrize(
    ("at", "form"),
    [
        ("2026-03-01T09:00:00Z", "2026-03-01T09:00:00.000000"),
        ("2026-03-01T09:00:00.25Z", "2026-03-01T09:00:00.250000"),
        ("2026-03-01T09:00:00.123456Z", "2026-03-01T09:00:00.123456"),
        ("2026-03-01T09:00:00.123456999Z", "2026-03-01T09:00:00.123456"),
        ("2026-03-01T00:30:00+01:00", "2026-02-28T23:30:00.000000"),
        ("1969-12-31T23:59:59.9999999-00:00", "1969-12-31T23:59:59.999999"),
    ],
)
def test_further_digits_are_cut_and_years_stay_in_range(at: str, form: str) -> None:
    assert server_form(at) == form


@pytest.mark.parametrize(
    ("earlier", "later", "seconds"),
    [
        ("2026-03-01T09:00:00Z", "2026-03-01T09:00:00.25Z", 0.25),
        ("2026-03-01T09:00:00Z", "2026-03-01T08:59:59.5Z", -0.5),
        ("2026-03-01T09:00:00Z", "2026-03-01T11:00:00+01:00", 3600.0),
        ("2026-03-01T09:00:00.000000001Z", "2026-03-01T09:00:00.000000003Z", 2e-9),
    ],
)
@pytest.mark.requirement("REC-035")
def test_seconds_between_two_records(earlier: str, later: str, seconds: float) -> None:
    assert seconds_between(earlier, later) == seconds


@pytest.mark.parametrize("at", ["2026-02-29T00:00:00Z", "0000-01-01T00:00:00Z", "2016-12-31T23:59:60Z"])
@pytest.mark.requirement("REC-003")
def test_a_time_that_does_not_exist_has_the_form_and_is_refused(at: str) -> None:
    assert is_timestamp(at)
    assert not names_real_time(at)
    with pytest.raises(ValueError):
        instant(at)


@pytest.mark.parametrize(
    "at", ["", "2026-03-01", "2026-03-01T09:00:00", "2026-03-01 09:00:00Z", "٢026-03-01T09:00:00Z"]
)
@pytest.mark.requirement("REC-002")
def test_another_form_is_no_time_stamp(at: str) -> None:
    assert not is_timestamp(at)
    with pytest.raises(ValueError):
        instant(at)

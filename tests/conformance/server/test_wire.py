"""Time stamps, durations and query values."""

import pytest

from simvue_conformance.server.wire import (
    format_instant,
    format_runtime,
    parse_instant,
    query_integer,
    query_list,
)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2024-01-02T03:04:05.678901", "2024-01-02T03:04:05.678901"),
        ("2024-01-02T03:04:05", "2024-01-02T03:04:05.000000"),
        ("2024-01-02 03:04:05.5", "2024-01-02T03:04:05.500000"),
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05.000000"),
        ("2024-01-02T03:04:05+02:00", "2024-01-02T01:04:05.000000"),
        ("2024-01-02T03:04:05.123456789Z", "2024-01-02T03:04:05.123456"),
        ("1969-12-31T23:59:59.999999", "1969-12-31T23:59:59.999999"),
    ],
)
def test_instants_are_written_in_utc_with_six_decimals(text, written):
    assert format_instant(parse_instant(text)) == written


@pytest.mark.parametrize(
    "value",
    ["2024-01-02", "", "now", None, 5, "2024-13-02T03:04:05", "2024-01-02X03:04:05", "0001-01-01T00:00:00+23:59"],
)
def test_what_is_no_date_time_is_refused(value):
    with pytest.raises(ValueError, match=r".+"):
        parse_instant(value)


@pytest.mark.parametrize(
    ("microseconds", "written"),
    [(0, "00:00:00.000000"), (90_061_000_001, "25:01:01.000001"), (None, None), (-5, "00:00:00.000000")],
)
def test_durations_are_hours_minutes_seconds(microseconds, written):
    assert format_runtime(microseconds) == written


@pytest.mark.parametrize("text", ["-1", "1.5", "x", "9" * 16, "²"])
def test_a_number_in_a_query_must_be_whole(text):
    with pytest.raises(ValueError, match="whole number"):
        query_integer({"count": text}, "count")


@pytest.mark.parametrize("text", ["{}", "[1]", "nonsense", '"a"'])
def test_a_list_in_a_query_must_hold_strings(text):
    with pytest.raises(ValueError, match=r".+"):
        query_list({"runs": text}, "runs")

"""Arguments as members of records."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from simvue.core import arguments
from simvue.errors import WriterError


@pytest.mark.requirement("REC-018")
@pytest.mark.parametrize(
    ("period", "seconds"),
    [(None, None), (0, 0), (90, 90), ("2 mins", 120), ("1 hour", 3600), ("1.5h", 5400), ("5 days", 432_000), ("7", 7)],
)
def test_a_retention_period_is_seconds(period, seconds):
    assert arguments.retention(period) == seconds


@pytest.mark.requirement("REC-002")
@pytest.mark.parametrize(
    "timestamp",
    [
        "2024-01-02T03:04:05.678901",
        "2024-01-02 03:04:05.678901",
        "2024-01-02T03:04:05.678901Z",
        "2024-01-02T05:04:05.678901+02:00",
        datetime(2024, 1, 2, 3, 4, 5, 678901),  # noqa: DTZ001 - without an offset on purpose
        datetime(2024, 1, 2, 3, 4, 5, 678901, UTC),
        datetime(2024, 1, 2, 5, 4, 5, 678901, timezone(timedelta(hours=2))),
    ],
    ids=str,
)
def test_a_timestamp_without_offset_is_in_utc(timestamp):
    assert arguments.moment(timestamp) == 1_704_164_645_678_901


@pytest.mark.requirement("JRN-015", "REC-011", "REC-012", "REC-014", "REC-018", "REC-019", "REC-020", "REC-077")
@pytest.mark.parametrize(
    ("check", "value"),
    [
        (arguments.run_key, ""),
        (arguments.run_key, "a b"),
        (arguments.run_key, "x" * 65),
        (arguments.run_key, 5),
        (arguments.run_name, ""),
        (arguments.run_name, "naïve"),
        (arguments.run_name, "x" * 251),
        (arguments.folder_path, "relative"),
        (arguments.folder_path, None),
        (arguments.labels, "one"),
        (arguments.labels, [""]),
        (arguments.labels, [3]),
        (arguments.labels, None),
        (arguments.retention, -1),
        (arguments.retention, "soon"),
        (arguments.retention, 1.5),
        (arguments.retention, True),
        (arguments.timeout_seconds, 0),
        (arguments.timeout_seconds, 1.5),
        (arguments.visibility_of, "everyone"),
        (arguments.visibility_of, [1]),
        (arguments.step_number, -1),
        (arguments.step_number, 1.0),
        (arguments.step_number, "1"),
        (arguments.step_number, 2**53),
        (arguments.step_number, True),
        (arguments.moment, "yesterday"),
        (arguments.moment, 5),
        (arguments.moment, None),
        (arguments.moment, datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=2)))),
        (arguments.identifier, ""),
    ],
)
def test_what_no_record_can_hold_is_refused(check, value):
    with pytest.raises(WriterError):
        check(value)


class Index:
    def __index__(self):
        return 7


@pytest.mark.requirement("REC-032")
def test_a_step_may_be_an_integer_of_another_library():
    assert arguments.step_number(Index()) == 7


REST = (None, "none", False, True)
LEVEL = {"metric": "a", "rule": "is above", "threshold": 1.0, "aggregation": "average", "window": 1, "frequency": 1}
RANGE = {"metric": "a", "rule": "is inside range", "range_low": 0, "range_high": 1.0}


@pytest.mark.requirement("REC-062", "REC-065", "REC-066", "REC-067", "REC-068", "REC-069", "REC-070", "REC-071")
@pytest.mark.parametrize(
    ("details", "rest"),
    [
        ({**LEVEL, "rule": "is inside range"}, REST),
        ({**LEVEL, "rule": "above"}, REST),
        ({**LEVEL, "threshold": float("nan")}, REST),
        ({**LEVEL, "threshold": "1"}, REST),
        ({**LEVEL, "window": 0}, REST),
        ({**LEVEL, "frequency": 1.5}, REST),
        ({**LEVEL, "aggregation": "median"}, REST),
        ({**LEVEL, "metric": ""}, REST),
        ({**RANGE, "range_high": 0.0}, REST),
        ({**RANGE, "rule": "is above"}, REST),
        (LEVEL, (None, "sms", False, True)),
        (LEVEL, (5, "none", False, True)),
        (LEVEL, (None, "none", False, False)),
    ],
)
def test_an_alert_that_no_server_could_watch_is_refused(details, rest):
    with pytest.raises(WriterError):
        arguments.alert("name", "metrics", details, *rest)

"""The values of series check what they are given."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import numpy as np
import pytest

from simvue import models
from simvue.models import EventSet, GridMetricSet, MetricSet, RunInput, simvue_timestamp, validate_timestamp

AT = "2026-01-02T03:04:05.000006"


def test_a_time_is_written_in_utc_with_six_decimals():
    assert simvue_timestamp(datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)) == AT
    assert simvue_timestamp(datetime(2026, 1, 2, 5, 4, 5, 6, tzinfo=timezone(timedelta(hours=2)))) == AT
    assert simvue_timestamp(datetime(2026, 1, 2, 3, 4, 5, 6)) == AT  # noqa: DTZ001 - without a zone it is in UTC
    assert simvue_timestamp("2026-01-02T05:04:05.000006+02:00") == AT
    assert simvue_timestamp("2026-01-02") == "2026-01-02T00:00:00.000000"
    assert abs(datetime.fromisoformat(simvue_timestamp() + "+00:00") - datetime.now(UTC)) < timedelta(seconds=5)
    with pytest.raises(ValueError, match="no time"):
        simvue_timestamp("yesterday")


def test_a_time_of_the_server_has_one_form():
    assert validate_timestamp(AT)
    assert not validate_timestamp("2026-01-02 03:04:05", raise_except=False)
    with pytest.raises(ValueError, match="no time stamp"):
        validate_timestamp("2026-01-02")


def test_numbers_may_be_text_or_scalars_of_numpy():
    made = MetricSet(time="0.5", timestamp=AT, step=np.int64(3), values={"x": np.float32(1.5), "y": True, "z": "2"})

    assert made.model_dump() == {"time": 0.5, "timestamp": AT, "step": 3, "values": {"x": 1.5, "y": True, "z": 2.0}}
    assert type(made.step) is int


@pytest.mark.parametrize(
    "given", [{"step": -1}, {"step": 1.5}, {"step": "x"}, {"time": None}, {"values": {"x": "y"}}, {"timestamp": "x"}]
)
def test_a_point_that_cannot_be_is_refused(given):
    with pytest.raises(ValueError):
        MetricSet(**{"time": 0, "timestamp": AT, "step": 0, "values": {}, **given})


def test_an_array_becomes_lists():
    made = GridMetricSet(time=0, timestamp=AT, step=0, array=np.eye(2), grid="g", metric="m")

    assert made.array == [[1.0, 0.0], [0.0, 1.0]]


def test_an_event_has_a_level_or_none():
    assert EventSet(message=3, timestamp=AT).model_dump(exclude_none=True) == {"message": "3", "timestamp": AT}
    with pytest.raises(ValueError, match="log_level"):
        EventSet(message="x", timestamp=AT, log_level="fatal")


@pytest.mark.parametrize(
    "given", [{"folder": "x"}, {"name": "a?"}, {"tags": ["a/b"]}, {"metadata": {"a/b": 1}}, {"ttl": 0}]
)
def test_what_a_run_is_created_with_is_checked(given):
    assert RunInput(folder="/x", name="a b/c:d", tags=["x y"], ttl=1).folder == "/x"
    with pytest.raises(ValueError):
        RunInput(**{"folder": "/", **given})


def test_annotations_are_for_pydantic_if_it_is_there():
    for name in ("MetadataKeyString", "TagString", "MetricKeyString"):
        assert get_args(getattr(models, name))[0] is str
    with pytest.raises(AttributeError):
        _ = models.Other


def test_importing_loads_neither_pydantic_nor_an_http_library():
    program = "import simvue.models, simvue.exception, simvue.utilities, simvue.config.user, simvue.api.request, sys\n"
    program += "print([name for name in ('pydantic', 'requests', 'numpy') if name in sys.modules])"

    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "[]"

"""Metrics and events are sent in one request each, and read back."""

import math
from datetime import datetime

import numpy as np
import pytest

from simvue.api.objects import Events, Metrics, Run
from simvue.models import EventSet, MetricSet

AT = "2026-01-02T03:04:05.678901"


@pytest.fixture
def run():
    made = Run.new(folder="/series")
    made.commit()
    return made.id


def test_metrics_are_sent_once_and_read_back(run, requests):
    sets = [
        MetricSet(time=0.5, timestamp=AT, step=0, values={"x": 1.5, "y": np.int64(2)}),
        {"time": 1, "timestamp": AT, "step": 1, "values": {"x": math.nan, "y": math.inf}},
    ]
    metrics = Metrics.new(run=run, metrics=sets)

    assert requests() == []
    metrics.commit()
    assert requests() == ["POST metrics"]
    found = next(Metrics.get(metrics=["x", "y"], xaxis="step", runs=[run]))
    assert found[run]["y"] == [{"step": 0, "value": 2}, {"step": 1, "value": math.inf}]
    assert math.isnan(found[run]["x"][1]["value"])
    assert sorted(metrics.names([run])) == ["x", "y"]
    assert metrics.span([run])["max_step"] == 1
    assert dict(Run(run).metrics)["y"]["count"] == 2


def test_metrics_can_be_asked_about_without_any_to_send(run):
    assert Metrics().names([run]) == []


def test_metrics_of_a_run_that_is_nowhere_are_refused():
    metrics = Metrics.new(run="nowhere", metrics=[MetricSet(time=0, timestamp=AT, step=0, values={"x": 1})])

    with pytest.raises(ValueError, match="run"):
        metrics.commit()


def test_a_set_that_cannot_be_is_refused_at_once(run):
    with pytest.raises(ValueError, match="values"):
        Metrics.new(run=run, metrics=[{"time": 1, "timestamp": AT, "step": 1}])
    with pytest.raises(ValueError, match="message"):
        Events.new(run=run, events=[{"timestamp": AT}])


def test_events_are_sent_once_and_read_back(run, requests):
    first = EventSet(message="one", timestamp=AT, log_level="warning")
    events = Events.new(run=run, events=[first, {"message": "two", "timestamp": AT}])
    events.commit()

    assert requests() == ["POST events"]
    assert [(one.message, one.log_level) for one in Events.get(run)] == [("one", "warning"), ("two", None)]
    assert [one.message for one in Events.get(run, count=1, offset=1)] == ["two"]
    assert [one.message for one in Events.get(run, filters=["event.message contains on"])] == ["one"]
    assert dict(Run(run).events)["count"] == 2


def test_many_events_are_read_whole(run):
    Events.new(run=run, events=[{"message": str(number), "timestamp": AT} for number in range(250)]).commit()

    assert [one.message for one in Events.get(run)] == [str(number) for number in range(250)]
    assert len(list(Events.get(run, count=150))) == 150


def test_events_are_counted_by_windows(run):
    events = Events.new(run=run, events=[{"message": "here", "timestamp": AT}])
    begin, end = datetime(2026, 1, 2), datetime(2026, 1, 3)  # noqa: DTZ001 - without a zone it is in UTC
    events.commit()

    found = events.histogram(begin, end, 60, ["event.message contains he"])
    assert sum(one["count"] for one in found) == 1
    assert Events().histogram(begin, end, 60, None, run_id=run) == found
    assert sum(one["count"] for one in events.histogram(begin, end, 60, ["event.message contains no"])) == 0
    with pytest.raises(ValueError, match="after the end"):
        events.histogram(end, begin, 60, None)
    with pytest.raises(ValueError, match="run_id"):
        Events().histogram(begin, end, 60, None)


@pytest.mark.parametrize("kind", [Metrics, Events])
def test_series_are_not_deleted_alone(kind):
    with pytest.raises(NotImplementedError, match="with their run"):
        kind().delete()

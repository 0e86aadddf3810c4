"""What a run records: metrics on every axis, events with levels, arrays on grids, processes."""

import logging
import math
import sys
import time
from datetime import UTC, datetime

import numpy as np
from common import bare_run, fresh, online_run, refused

import simvue
from simvue.api.objects import Events, Grid, GridMetrics, Metrics
from simvue.api.objects import Run as RunObject


def check_metrics_are_readable_on_every_axis() -> None:
    with online_run() as run:
        identifier = run.id
        for step in range(5):
            run.log_metrics({"x": float(step), "a/b": step * 2}, step=step, time=step / 10)
        run.log_metrics({"odd": math.nan}, step=9)
    client = simvue.Client()
    for axis in ("step", "time", "timestamp"):
        values = client.get_metric_values(["x", "a/b"], axis, run_ids=[identifier])
        assert set(values) == {"x", "a/b"}, values
        assert len(values["x"]) == 5
        frame = client.get_metric_values(["x"], axis, run_ids=[identifier], output_format="dataframe")
        assert len(frame) == 5
        if axis != "timestamp":  # which the client refuses itself
            assert client.get_metric_values(["x"], axis, run_ids=[identifier], aggregate=True)
    assert sorted(client.get_metrics_names(identifier)) == ["a/b", "odd", "x"]
    assert client.get_metric_values(["nothing"], "step", run_ids=[identifier]) is None
    assert len(client.get_metric_values(["x"], "step", run_ids=[identifier], max_points=2)["x"]) == 2
    by_filter = client.get_metric_values(["x"], "step", run_filters=[f"name == {RunObject(identifier).name}"])
    assert len(by_filter["x"]) == 5


def check_metrics_of_the_low_level() -> None:
    run = bare_run(status="running")
    stamp = "2024-01-02T03:04:05.678901"
    points = [{"time": n / 2, "timestamp": stamp, "step": n, "values": {"y": n}} for n in range(4)]
    Metrics.new(run=run.id, metrics=points).commit()
    assert list(Metrics().names([run.id])) == ["y"]
    span = Metrics().span([run.id])
    assert (span["min_step"], span["max_step"]) == (0, 3)
    found = list(Metrics.get(metrics=["y"], xaxis="step", runs=[run.id]))
    assert [point["value"] for point in found[0][run.id]["y"]] == [0, 1, 2, 3], found
    with refused(ValueError):
        Metrics.new(run="no-such-run-at-all-000", metrics=points).commit()


def check_a_lot_is_there_at_once() -> None:
    run = bare_run(status="running")
    stamp = "2024-01-02T03:04:05.678901"
    points = [{"time": float(n), "timestamp": stamp, "step": n, "values": {"y": n}} for n in range(1500)]
    Metrics.new(run=run.id, metrics=points).commit()
    values = simvue.Client().get_metric_values(["y"], "step", run_ids=[run.id], max_points=3000)
    assert len(values["y"]) == 1500


def check_events_have_levels_and_are_searched() -> None:
    with online_run() as run:
        identifier = run.id
        run.log_event("the first")
        run.log_event("a second one", log_level="error")
        run.log_event("the third", timestamp="2022-01-03T16:42:30.849617")
    client = simvue.Client()
    events = client.get_events(identifier)
    assert [event["message"] for event in events] == ["the third", "the first", "a second one"]
    (second,) = client.get_events(identifier, message_contains="second")
    assert second["log_level"] == "error"
    assert len(client.get_events(identifier, start_index=1, count_limit=1)) == 1
    found = list(Events.get(identifier, count=2))
    assert len(found) >= 2
    assert found[0].message


def check_a_histogram_of_events() -> None:
    run = bare_run(status="running")
    stamp = "2024-01-02T03:04:{:02d}.000000"
    events = [{"message": f"m{n}", "timestamp": stamp.format(n), "log_level": None} for n in (0, 1, 12, 13, 14)]
    made = Events.new(run=run.id, events=events)
    made.commit()
    counted = made.histogram(
        timestamp_begin=datetime(2024, 1, 2, 3, 4, 0, tzinfo=UTC),
        timestamp_end=datetime(2024, 1, 2, 3, 5, 0, tzinfo=UTC),
        window=10,
        filters=None,
    )
    assert [window["count"] for window in counted] == [2, 3], counted


def check_arrays_on_grids() -> None:
    with online_run() as run:
        identifier = run.id
        run.assign_metric_to_grid(
            metric_name="field",
            grid_name=fresh("grid"),
            axes_ticks=[[0.0, 1.0, 2.0], [0.0, 1.0]],
            axes_labels=["x", "y"],
        )
        for step in range(3):
            run.log_metrics({"field": np.ones((2, 3)) * step}, step=step)
        run.log_metrics({"free": np.ones((4,))})
        time.sleep(2)
    found = RunObject(identifier)
    assert "field" in dict(found.metrics)
    assert len(list(found.grids)) >= 1
    names = set(simvue.Client().get_metrics_names(identifier))
    assert {"field", "free"} <= names
    values = list(GridMetrics.get(runs=[identifier], metrics=["field"], step=1))
    assert values, "no array came back"


def check_grids_of_the_low_level() -> None:
    run = bare_run(status="running")
    grid = Grid.new(name=fresh("grid"), grid=[[0.0, 1.0], [0.0, 1.0, 2.0]], labels=["x", "y"])
    grid.commit()
    grid.attach_metric_for_run(run_id=run.id, metric_name="g")
    point = {
        "time": 1.0,
        "timestamp": "2024-01-02T03:04:05.678901",
        "step": 7,
        "array": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]],
        "grid": grid.id,
        "metric": "g",
    }
    GridMetrics.new(run=run.id, data=[point]).commit()
    again = Grid(grid.id)
    assert again.grid == [[0.0, 1.0], [0.0, 1.0, 2.0]]
    assert again.name == grid.name
    values = again.get_run_metric_values(run_id=run.id, metric_name="g", step=7)
    assert values["array"] == [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], values
    span = again.get_run_metric_span(run_id=run.id, metric_name="g")
    assert (span["min_step"], span["max_step"]) == (7, 7), span
    Grid(grid.id).delete()


def check_processes_leave_logs_and_an_alert() -> None:
    with online_run() as run:
        identifier = run.id
        run.add_process("hello", executable=sys.executable, c="print('hello')")
        time.sleep(2)
    names = {artifact.name for _, artifact in simvue.Client().list_artifacts(identifier)}
    assert any(name.endswith(".out") for name in names), names
    details = list(RunObject(identifier).get_alert_details())
    assert any("hello" in alert["name"] for alert in details), details


def check_units_of_metrics() -> None:
    with online_run() as run:
        identifier = run.id
        try:
            run.set_metric_units("speed", units="km/h")
        except (ImportError, RuntimeError) as error:
            print("units need more packages:", error)
            return
        run.log_metrics({"speed": 3.0})
    assert "simvue" in RunObject(identifier).metadata


def check_a_logger_writes_events() -> None:
    logger = logging.getLogger(fresh("logger"))
    logger.setLevel(logging.INFO)
    with online_run() as run:
        identifier = run.id
        logger.addHandler(simvue.Handler(run))
        logger.info("from a logger")
    assert "from a logger" in [event["message"] for event in simvue.Client().get_events(identifier)]

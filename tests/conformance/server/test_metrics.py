"""Metrics: values come back as they went in, in the order of their axis."""

import math
import time

import ormsgpack
import pytest


def _series(api, run, name, query="xaxis=step"):
    return api.get(f'/api/metrics?runs=["{run}"]&metrics=["{name}"]&aggregate=False&{query}')[run][name]


def test_values_are_readable_at_once_and_sorted_by_step(either):
    run = either.new_run()
    rows = [
        {"step": step, "time": -3.5, "timestamp": "2024-01-02T03:04:05.678901", "values": {"x": step * 2}}
        for step in (5, 1, 3)
    ]

    status, answer = either.pack("/api/metrics", {"run": run, "metrics": rows})

    assert (status, answer) == (200, {})
    assert _series(either, run, "x") == [{"step": 1, "value": 2}, {"step": 3, "value": 6}, {"step": 5, "value": 10}]


def test_nan_and_the_infinities_survive(either):
    run = either.new_run()

    either.log(run, {"x": math.nan}, {"x": math.inf}, {"x": -math.inf}, {"x": 0.1})

    values = [point["value"] for point in _series(either, run, "x")]
    assert math.isnan(values[0])
    assert values[1:] == [math.inf, -math.inf, 0.1]


@pytest.mark.parametrize("value", [0, 1, -(2**63) + 1, 2**63 - 1, 1.0, 5e-324, 1.7976931348623157e308, True], ids=repr)
def test_numbers_come_back_exactly(local, value):
    run = local.new_run()

    local.log(run, {"x": value})

    assert _series(local, run, "x")[0]["value"] == value


def test_whole_numbers_stay_whole_and_others_do_not_become_so(local):
    run = local.new_run()

    local.log(run, {"x": 1}, {"x": 1.0})

    assert [type(point["value"]) for point in _series(local, run, "x")] == [int, float]


def test_a_whole_number_beyond_63_bits_is_kept_as_a_double(local):
    run = local.new_run()

    assert local.log(run, {"x": 2**64 - 1})[0] == 200

    assert _series(local, run, "x")[0]["value"] == float(2**64 - 1)


def test_equal_points_are_all_kept(local):
    run = local.new_run()

    for _ in range(3):
        local.log(run, {"x": 7.0})

    assert _series(local, run, "x") == [{"step": 0, "value": 7.0}] * 3


@pytest.mark.parametrize(
    ("axis", "places"),
    [
        ("step", [0, 1]),
        ("time", [0.0, 0.1]),
        ("timestamp", ["2024-01-02T03:04:00.678901", "2024-01-02T03:04:01.678901"]),
    ],
)
def test_a_point_has_its_axis_and_its_value_and_nothing_else(local, axis, places):
    run = local.new_run()
    local.log(run, {"x": 1.5}, {"x": 2.5})

    points = _series(local, run, "x", f"xaxis={axis}")

    assert points == [{axis: places[0], "value": 1.5}, {axis: places[1], "value": 2.5}]


def test_metrics_and_runs_without_data_are_left_out(local):
    run, empty = local.new_run(), local.new_run()
    local.log(run, {"x": 1})

    answer = local.get(f'/api/metrics?runs=["{run}","{empty}"]&metrics=["x","y"]&xaxis=step')

    assert answer == {run: {"x": [{"step": 0, "value": 1}]}}


def test_an_aggregate_takes_all_runs_together(local):
    first, second = local.new_run(), local.new_run()
    local.log(first, {"x": 1.0}, {"x": math.nan})
    local.log(second, {"x": 3.0}, {"x": 5.0}, {"x": 8.0})

    answer = local.get(f'/api/metrics?runs=["{first}","{second}"]&metrics=["x"]&xaxis=step&aggregate=True')

    assert answer == {
        "x": [
            {"step": 0, "average": 2.0, "min": 1.0, "max": 3.0},
            {"step": 1, "average": 5.0, "min": 5.0, "max": 5.0},
            {"step": 2, "average": 8.0, "min": 8.0, "max": 8.0},
        ]
    }


def test_fewer_points_are_spread_evenly_with_both_ends(local):
    run = local.new_run()
    local.log(run, *({"x": value} for value in range(100)))

    points = _series(local, run, "x", "max_points=4")

    assert [point["step"] for point in points] == [0, 33, 66, 99]
    assert len(_series(local, run, "x", "max_points=3000")) == 100


def test_points_are_paged(local):
    run = local.new_run()
    local.log(run, *({"x": value} for value in range(10)))

    assert [point["step"] for point in _series(local, run, "x", "count=3&start=4")] == [4, 5, 6]


def test_the_run_sums_its_metrics_up(local):
    run = local.new_run()
    local.log(run, {"x": 0}, {"x": 1})
    local.log(run, {"y": 9}, {"x": math.nan}, {"x": 2})

    metrics = local.get(f"/api/runs/{run}")["metrics"]

    assert metrics["x"] == {
        "count": 4,
        "min": 0,
        "max": 2,
        "average": 1.0,
        "last": 2,
        "step": 2,
        "time": 0.2,
        "timestamp": "2024-01-02T03:04:02.678901",
    }
    assert metrics["y"]["count"] == 1


def test_names_and_spans_are_told(either):
    run = either.new_run()
    either.log(run, {"b/c": 1, "a": 2}, {"a": 3})

    assert either.get(f'/api/metrics/names?runs=["{run}"]') == ["a", "b/c"]
    status, span = either.send("GET", "/api/metrics/span", [run])
    assert (status, span["min_step"], span["max_step"], span["max_time"]) == (200, 0, 1, 0.1)
    assert span["max_timestamp"] == "2024-01-02T03:04:01.678901"


def test_an_unknown_run_is_a_422_at_its_place(either):
    status, answer = either.log("nobody", {"x": 1})

    assert status == 422
    assert answer["detail"] == [{"type": "value_error", "loc": ["body", "run"], "msg": "Run does not exist"}]


def test_null_mode_checks_and_counts_and_stores_nothing(make_local):
    api = make_local(null=True)
    run = api.new_run()

    statuses = [api.log(run, {"x": 1, "y": 2}, {"x": 1})[0], api.say(run, "a", "b")[0], api.log("nobody", {"x": 1})[0]]

    assert statuses == [200, 200, 422]
    assert api.get("/api/stats")["accepted"] == {"metrics": 2, "values": 3, "events": 2, "tensors": 0}
    assert api.get(f'/api/metrics?runs=["{run}"]') == {}
    assert api.get(f"/api/events?run={run}")["count"] == 0


def test_sixteen_thousand_records_are_taken_well_within_a_second(local):
    run = local.new_run()
    row = {"time": 0.5, "timestamp": "2024-01-02T03:04:05.678901", "values": {"x": 1.0, "y": 2.0, "z": 3}}
    body = ormsgpack.packb({"run": run, "metrics": [{**row, "step": step} for step in range(16_000)]})

    # The process's own time: other work on the machine does not count against it.
    before = time.process_time()
    status, _ = local.send_bytes("POST", "/api/metrics", body, "application/msgpack")
    took = time.process_time() - before

    assert status == 200
    assert took < 1.0

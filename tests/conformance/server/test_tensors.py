"""Grids and arrays on them."""

import math

import pytest

GRID = {"name": "gg", "labels": ["x", "y"], "grid": [[0.0, 1.0, 2.0], [0.0, 1.0]]}


def _point(on, **changes):
    return {
        "time": 5.3,
        "timestamp": "2024-01-02T03:04:05.678901",
        "step": 3,
        "array": [[1.0, 2.0, 3.0], [4.0, 5.0, math.nan]],
        "grid": on,
        "metric": "A/g",
        **changes,
    }


@pytest.fixture
def run_and_grid(local):
    run, grid = local.new_run(), local.post("/api/grids", GRID)["id"]
    local.put(f"/api/runs/{run}/grids/{grid}", {"metric": "A/g"})
    return run, grid


def test_a_grid_comes_back_and_is_never_recognised(either):
    first, second = either.post("/api/grids", GRID)["id"], either.post("/api/grids", GRID)["id"]

    found = either.get(f"/api/grids/{first}")

    assert first != second
    assert {key: found[key] for key in GRID} == GRID


def test_an_array_comes_back_by_the_path_of_its_metric(local, run_and_grid):
    run, grid = run_and_grid

    status, answer = local.pack(f"/api/runs/{run}/metrics", [_point(grid), _point(grid, step=4)])

    assert (status, answer) == (200, {})
    found = local.get(f"/api/runs/{run}/metrics/A/g/values?step=3")
    assert found["array"][0] == [1.0, 2.0, 3.0]
    assert math.isnan(found["array"][1][2])
    (span,) = local.get(f"/api/runs/{run}/metrics/A/g/span")
    assert (span["min_step"], span["max_step"], span["max_time"]) == (3, 4, 5.3)


def test_the_metric_of_arrays_is_among_the_metrics_of_the_run(local, run_and_grid):
    run, grid = run_and_grid

    local.pack(f"/api/runs/{run}/metrics", [_point(grid)])

    assert local.get(f'/api/metrics/names?runs=["{run}"]') == ["A/g"]
    assert local.get(f"/api/runs/{run}")["metrics"]["A/g"]["count"] == 1
    assert [entry["metric"] for entry in local.get(f"/api/runs/{run}/grids")] == ["A/g"]


@pytest.mark.parametrize(
    "change",
    [
        {"array": [[1.0, 2.0], [3.0]]},
        {"array": [1.0, 2.0]},
        {"array": "text"},
        {"array": 5.0},
        {"array": [[]]},
        {"grid": "nobody"},
        {"step": -1},
        {"metric": "a,b"},
        {"metric": {}},
        {"timestamp": None},
    ],
    ids=str,
)
def test_one_bad_array_refuses_the_whole_batch(local, run_and_grid, change):
    run, grid = run_and_grid

    status, answer = local.pack(f"/api/runs/{run}/metrics", [_point(grid), _point(grid, **change)])

    assert status == 422
    assert answer["detail"][0]["loc"][:2] == ["body", 1]
    assert local.get(f'/api/metrics/names?runs=["{run}"]') == []


@pytest.mark.parametrize(
    "change",
    [{"grid": []}, {"grid": [[], []]}, {"grid": [[2.0, 1.0], [0.0]]}, {"grid": [[0.0]] * 3}, {"labels": ["x"]}],
    ids=str,
)
def test_what_is_no_grid_is_refused(local, change):
    assert local.send("POST", "/api/grids", {**GRID, **change})[0] == 422

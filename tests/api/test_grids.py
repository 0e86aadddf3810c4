"""Metrics lie on grids, and are sent and read as arrays."""

import numpy as np
import pytest

from simvue.api.objects import Grid, GridMetrics, Run
from simvue.exception import ObjectNotFoundError
from simvue.models import GridMetricSet

AT = "2026-01-02T03:04:05.678901"


@pytest.fixture
def run():
    made = Run.new(folder="/grids")
    made.commit()
    return made


@pytest.fixture
def grid(run):
    made = Grid.new(name="mesh", grid=[np.linspace(0, 1, 2), [0, 1, 2]], labels=["a", "b"])
    made.commit()
    made.attach_metric_for_run(run_id=run.id, metric_name="field/t")
    return made


def test_a_grid_is_created_and_attached(run, grid):
    found = Grid(grid.id)

    assert (found.name, found.grid, found.labels) == ("mesh", [[0.0, 1.0], [0.0, 1.0, 2.0]], ["a", "b"])
    assert found.dimensions == 2
    assert [one["metric"] for one in run.grids] == ["field/t"]
    assert str(grid.run_data_url(run.id)).endswith(f"/api/runs/{run.id}/grids/{grid.id}")
    assert str(grid.run_metric_url(run.id, "A/B")).endswith(f"/api/runs/{run.id}/metrics/A/B")


def test_values_are_sent_once_and_read_back(run, grid, requests):
    array = np.arange(6.0).reshape(3, 2)
    data = [GridMetricSet(time=1.0, timestamp=AT, step=4, array=array, grid=grid.id, metric="field/t")]
    requests()
    GridMetrics.new(run=run.id, data=data).commit()

    assert requests() == [f"POST runs/{run.id}/metrics"]
    assert grid.get_run_metric_values(run_id=run.id, metric_name="field/t", step=4)["array"] == array.tolist()
    assert grid.get_run_metric_span(run_id=run.id, metric_name="field/t")["max_step"] == 4
    asked = {"runs": [run.id], "metrics": ["field/t"], "step": 4}
    assert [one["array"] for one in GridMetrics.get(**asked)] == [array.tolist()]
    assert [one["min_step"] for one in GridMetrics.get(spans=True, **asked)] == [4]


@pytest.mark.parametrize(
    ("axes", "labels", "words"),
    [
        ([], [], "one or two axes"),
        ([[1], [1], [1]], ["a", "b", "c"], "one or two axes"),
        ([[]], ["a"], "no ticks"),
        ([[2, 1]], ["a"], "rise"),
        ([[1, 2]], ["a", "b"], "labels"),
    ],
)
def test_a_grid_that_cannot_be_is_refused_at_once(axes, labels, words):
    with pytest.raises(ValueError, match=words):
        Grid.new(name="odd", grid=axes, labels=labels)


def test_a_grid_must_be_on_the_server_to_be_attached(run):
    with pytest.raises(RuntimeError, match="commit it first"):
        Grid.new(name="new", grid=[[1, 2]], labels=["a"]).attach_metric_for_run(run.id, "x")


def test_a_grid_is_deleted_alone_but_values_are_not():
    grid = Grid.new(name="short", grid=[[1, 2]], labels=["a"])
    grid.commit()
    grid.delete()

    with pytest.raises(ObjectNotFoundError):
        Grid(grid.id)
    with pytest.raises(NotImplementedError):
        GridMetrics().delete()

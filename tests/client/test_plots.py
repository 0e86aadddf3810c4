"""Metrics are drawn: a diagram for each, a line for each run, with the values that the server has."""

import sys
from datetime import datetime

import matplotlib as mpl
import pytest

from simvue.client import ArgumentError

mpl.use("agg")

from matplotlib import dates
from matplotlib import pyplot as plt


@pytest.fixture(autouse=True)
def _no_figure_stays_open():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def pair(site):
    """Two runs with the metric x, one of them with y."""
    runs = [site.run(f"plots-{name}") for name in ("first", "second")]
    site.log(runs[0], "x", [0.0, 1.0, 4.0])
    site.log(runs[1], "x", [0.0, 2.0], steps=[0, 2])
    site.log(runs[0], "y", [3.0])
    return runs


def lines(axes):
    return {line.get_label(): line.get_xydata().tolist() for line in axes.lines}


def test_each_metric_has_a_diagram_and_each_run_a_line(client, pair):
    figure = client.plot_metrics(pair, ["x", "y"], "step")

    upper, lower = figure.axes
    assert lines(upper) == {
        f"{pair[0]}: x": [[0, 0.0], [1, 1.0], [2, 4.0]],
        f"{pair[1]}: x": [[0, 0.0], [2, 2.0]],
    }
    assert lines(lower) == {"y": [[0, 3.0]]}
    assert (upper.get_ylabel(), lower.get_ylabel(), lower.get_xlabel()) == ("x", "y", "steps")
    assert figure.number in plt.get_fignums()


def test_time_stamps_are_drawn_as_times(client, pair):
    (axes,) = client.plot_metrics([pair[0]], ["x"], "timestamp").axes

    first = lines(axes)["x"][0]
    assert dates.num2date(first[0]).replace(tzinfo=None) == datetime(2026, 3, 1, 9, 0, 0, 500000)  # noqa: DTZ001
    assert axes.get_xlabel() == "Time"


def test_max_points_thins_the_lines(client, pair):
    (axes,) = client.plot_metrics([pair[0]], ["x"], "time", max_points=2).axes

    assert lines(axes) == {"x": [[0.0, 0.0], [2.0, 4.0]]}
    assert axes.get_xlabel() == "Relative Time"


def test_there_must_be_something_to_draw(client, site, pair):
    for runs in ([], ["nobody"], [site.run("plots-empty")]):
        with pytest.raises(RuntimeError, match="cannot plot"):
            client.plot_metrics(runs, ["x"], "step")
    with pytest.raises(ArgumentError, match="run_ids"):
        client.plot_metrics(pair[0], ["x"], "step")


def test_without_matplotlib_the_error_says_what_to_install(client, pair, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)

    with pytest.raises(RuntimeError, match="pip install matplotlib"):
        client.plot_metrics(pair, ["x"], "step")

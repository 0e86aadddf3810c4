"""Values of metrics come back as they were recorded, of one run or many, whole however many there are."""

import math

import pytest

from simvue.client import ArgumentError
from simvue.server.refusals import ObjectNotFoundError


@pytest.fixture(scope="module")
def pair(site):
    """Two runs with the metric x, one of them with y."""
    first, second = (site.run(f"metrics-{name}", tags=["pair"]) for name in ("first", "second"))
    site.log(first, "x", [0.0, 1.0, 2.0])
    site.log(first, "y", [0.5, math.inf, math.nan])
    site.log(second, "x", [0.0, 10.0, 20.0])
    return first, second


def test_values_are_found_by_metric_place_and_run(client, pair):
    first, second = pair

    values = client.get_metric_values(["x"], "step", run_ids=[first, second])

    assert values == {
        "x": {
            (0, first): 0.0,
            (1, first): 1.0,
            (2, first): 2.0,
            (0, second): 0.0,
            (1, second): 10.0,
            (2, second): 20.0,
        }
    }


@pytest.mark.parametrize(
    ("axis", "places"),
    [
        ("step", [0, 1, 2]),
        ("time", [0.0, 1.0, 2.0]),
        ("timestamp", [f"2026-03-01T09:00:0{second}.500000" for second in range(3)]),
    ],
)
def test_each_axis_has_its_own_places(client, pair, axis, places):
    values = client.get_metric_values(["x"], axis, run_ids=[pair[0]])

    assert [place for place, _run in values["x"]] == places


def test_what_is_not_finite_comes_back(client, pair):
    values = client.get_metric_values(["y"], "step", run_ids=list(pair))

    numbers = [value for _key, value in sorted(values["y"].items())]
    assert numbers[:2] == [0.5, math.inf]
    assert math.isnan(numbers[2])


def test_conditions_choose_the_runs(client, pair):
    values = client.get_metric_values(["x"], "step", run_filters=["has tag.pair"], use_run_names=True)

    assert {run for _place, run in values["x"]} == {"metrics-first", "metrics-second"}


def test_runs_that_share_a_name_are_told_apart(client, site, pair):
    twin = site.run("metrics-first")
    site.log(twin, "x", [7.0])

    values = client.get_metric_values(["x"], "step", run_ids=[pair[0], pair[1], twin], use_run_names=True)

    assert {run for _place, run in values["x"]} == {
        f"metrics-first ({pair[0]})",
        f"metrics-first ({twin})",
        "metrics-second",
    }


def test_aggregates_are_over_the_runs_at_each_place(client, pair):
    values = client.get_metric_values(["x"], "step", run_ids=list(pair), aggregate=True)

    assert values["x"][2, "average"] == 11.0
    assert values["x"][2, "min"] == 2.0
    assert values["x"][2, "max"] == 20.0
    assert len(values["x"]) == 9


def test_a_data_frame_has_place_and_run_for_its_index(client, pair):
    frame = client.get_metric_values(["x", "y"], "step", run_ids=list(pair), output_format="dataframe")
    aggregated = client.get_metric_values(["x"], "step", run_ids=list(pair), aggregate=True, output_format="dataframe")

    assert list(frame.index.names) == ["step", "run"]
    assert frame.loc[(1, pair[1]), "x"] == 10.0
    assert math.isnan(frame.loc[(1, pair[1]), "y"])
    assert aggregated.loc[(1, "average"), "x"] == 5.5


def test_nothing_found_is_none(client, site, pair):
    empty = site.run("metrics-empty")

    assert client.get_metric_values(["nonsense"], "step", run_ids=list(pair)) is None
    assert client.get_metric_values(["x"], "step", run_ids=[empty]) is None
    assert client.get_metric_values(["x"], "step", run_ids=[]) is None
    assert client.get_metric_values(["x"], "step", run_filters=["name == nobody"]) is None
    assert client.get_metric_values(["nonsense"], "step", run_ids=list(pair), aggregate=True) is None
    assert client.get_metric_values(["x"], "step", run_ids=[empty], output_format="dataframe") is None


def test_max_points_thins_a_series(client, site):
    run = site.run("metrics-thinned")
    site.log(run, "x", [float(number) for number in range(500)])

    values = client.get_metric_values(["x"], "step", run_ids=[run], max_points=10)

    assert len(values["x"]) == 10
    assert values["x"][499, run] == 499.0


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"run_ids": ["a"], "run_filters": ["name == a"]}, AssertionError, "both"),
        ({"aggregate": True, "xaxis": "timestamp", "run_ids": ["a"]}, AssertionError, "aggregated"),
        ({"metric_names": [], "run_ids": ["a"]}, ArgumentError, "at least one"),
        ({"xaxis": "nonsense", "run_ids": ["a"]}, ArgumentError, "'timestamp'"),
        ({"max_points": 0, "run_ids": ["a"]}, ArgumentError, "max_points"),
        ({"output_format": "xml", "run_ids": ["a"]}, ArgumentError, "output_format"),
    ],
)
def test_what_makes_no_sense_is_refused(client, options, error, words):
    with pytest.raises(error, match=words):
        client.get_metric_values(**{"metric_names": ["x"], "xaxis": "step", **options})


def test_an_answer_of_many_megabytes_comes_whole(client, site):
    run = site.run("metrics-large")
    rows = [
        {"step": step, "time": step / 3, "timestamp": "2026-03-01T09:00:00.000000", "values": {"x": step / 7}}
        for step in range(90_000)
    ]
    for start in range(0, len(rows), 16_000):
        site.pack("/api/metrics", {"run": run, "metrics": rows[start : start + 16_000]})
    _, _, answer = site.server.request(
        "GET", f'/api/metrics?runs=["{run}"]&metrics=["x"]&xaxis=time', site.server.authorization
    )
    assert len(answer) > 4 * 1024 * 1024

    values = client.get_metric_values(["x"], "time", run_ids=[run])

    assert len(values["x"]) == len(rows)
    assert values["x"][89_999 / 3, run] == 89_999 / 7


def test_a_hundred_and_twenty_runs_are_asked_for_in_pieces(client, site):
    entries = [{"name": f"many-{number}", "folder": "/", "tags": ["many"]} for number in range(120)]
    runs = [row["id"] for row in site.send("POST", "/api/runs", entries)]
    for number in (0, 60, 119):
        site.log(runs[number], "x", [float(number)])

    values = client.get_metric_values(["x"], "step", run_filters=["has tag.many"])

    assert values == {"x": {(0, runs[number]): float(number) for number in (119, 60, 0)}}
    assert list(values["x"]) == [(0, runs[number]) for number in (119, 60, 0)]
    assert max(len(request["query"] or "") for request in site.requests()) < 2000


def test_names_of_metrics_are_yielded_and_a_run_that_is_not_there_is_an_error(client, site, pair):
    assert list(client.get_metrics_names(pair[0])) == ["x", "y"]
    assert list(client.get_metrics_names(site.run("metrics-none"))) == []
    with pytest.raises(ObjectNotFoundError):
        list(client.get_metrics_names("nobody"))

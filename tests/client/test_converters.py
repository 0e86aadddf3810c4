"""What the server says about metrics and runs becomes dictionaries and data frames, and no point is lost."""

import math
import sys

import pytest

from simvue import converters


def points(*pairs, axis="step"):
    return [{axis: place, "value": value} for place, value in pairs]


def test_runs_with_the_same_places_make_one_entry_for_each_place_and_run():
    data = {"r1": {"x": points((0, 1.0), (1, 2.0))}, "r2": {"x": points((0, 3.0), (1, 4.0))}}

    values = converters.parse_run_set_metrics(data, "step", ["b", "a"])

    assert values == {"x": {(0, "b"): 1.0, (1, "b"): 2.0, (0, "a"): 3.0, (1, "a"): 4.0}}


def test_no_point_is_lost_where_runs_have_other_places():
    data = {"r1": {"x": points((0, 1.0), (2, 2.0))}, "r2": {"x": points((1, 5.0)), "y": points((0, 7.0))}}

    values = converters.parse_run_set_metrics(data, "step", ["a", "b"])

    assert values == {"x": {(0, "a"): 1.0, (2, "a"): 2.0, (1, "b"): 5.0}, "y": {(0, "b"): 7.0}}


def test_of_two_values_at_one_place_the_later_is_kept_and_those_behind_stay_in_their_places():
    data = {"r": {"x": points((0, 1.0), (0, 5.0), (1, 2.0))}}

    assert converters.parse_run_set_metrics(data, "step", ["r"]) == {"x": {(0, "r"): 5.0, (1, "r"): 2.0}}


def test_a_data_frame_has_ascending_places_and_the_runs_in_their_order():
    data = {"r1": {"x": points((0, 1.0), (2, 2.0))}, "r2": {"x": points((0, 5.0)), "y": points((2, 7.0))}}

    frame = converters.parse_run_set_metrics(data, "step", ["b", "a"], "dataframe")

    assert list(frame.index.names) == ["step", "run"]
    assert list(frame.index) == [(0, "b"), (0, "a"), (2, "b"), (2, "a")]
    assert frame["x"].dropna().to_dict() == {(0, "b"): 1.0, (0, "a"): 5.0, (2, "b"): 2.0}
    assert frame["y"].dropna().to_dict() == {(2, "a"): 7.0}
    assert {str(kind) for kind in frame.dtypes} == {"float64"}


def test_nothing_makes_nothing():
    assert converters.parse_run_set_metrics({}, "step", []) == {}
    assert converters.aggregated_metrics_to_dataframe({}, "step") == {}
    assert converters.parse_run_set_metrics({}, "step", [], "dataframe").empty
    assert list(converters.to_dataframe([]).columns) == ["name", "status", "folder", "created", "started", "ended"]


@pytest.mark.parametrize("labels", [["a"], ["a", "b", "c"]])
def test_a_label_for_each_run_is_needed(labels):
    data = {"r1": {"x": points((0, 1.0))}, "r2": {"x": points((0, 5.0))}}

    with pytest.raises(ValueError, match="2 runs"):
        converters.parse_run_set_metrics(data, "step", labels)


def test_an_unknown_format_is_refused():
    with pytest.raises(ValueError, match="'xml'"):
        converters.parse_run_set_metrics({}, "step", [], "xml")
    with pytest.raises(ValueError, match="'xml'"):
        converters.aggregated_metrics_to_dataframe({}, "step", "xml")


def test_aggregates_have_the_statistic_in_the_place_of_the_run():
    data = {
        "x": [{"step": 0, "average": 1.0, "min": 0.0, "max": 2.0}],
        "y": [{"step": 1, "average": math.inf, "min": -1.0, "max": 3.0}],
    }

    values = converters.aggregated_metrics_to_dataframe(data, "step")
    frame = converters.aggregated_metrics_to_dataframe(data, "step", "dataframe")

    assert values["x"] == {(0, "average"): 1.0, (0, "min"): 0.0, (0, "max"): 2.0}
    assert values["y"] == {(1, "average"): math.inf, (1, "min"): -1.0, (1, "max"): 3.0}
    assert list(frame.index) == [(0, "average"), (0, "min"), (0, "max"), (1, "average"), (1, "min"), (1, "max")]
    assert frame["y"].dropna().to_dict() == values["y"]


def test_one_series_is_a_data_frame_of_two_columns():
    series = points((0, 1.0), (1, 3.0), axis="time")

    assert converters.metric_time_series_to_dataframe(series, "time").to_dict("list") == {
        "time": [0, 1],
        "value": [1.0, 3.0],
    }
    assert list(converters.metric_time_series_to_dataframe(series, "time", "residual").columns) == ["time", "residual"]


def test_runs_are_rows_with_a_column_for_each_entry_of_metadata_and_system():
    run = {
        "name": "a",
        "status": "completed",
        "folder": "/",
        "created": "c",
        "started": "s",
        "endtime": "e",
        "metadata": {"k": 1, "deep": {"m": {"o": 2}}},
        "system": {"cwd": "/x", "cpu": {"arch": "x86_64"}},
    }

    frame = converters.to_dataframe([run, {"name": "b", "metadata": None, "system": None}])

    assert list(frame.columns)[:6] == ["name", "status", "folder", "created", "started", "ended"]
    assert frame.loc[0].to_dict() == {
        "name": "a",
        "status": "completed",
        "folder": "/",
        "created": "c",
        "started": "s",
        "ended": "e",
        "metadata.k": 1,
        "metadata.deep": {"m": {"o": 2}},
        "system.cwd": "/x",
        "system.cpu.arch": "x86_64",
    }
    assert frame.loc[1].dropna().to_dict() == {"name": "b"}


def test_without_pandas_dictionaries_can_be_had_and_data_frames_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    data = {"r": {"x": points((0, 1.0))}}

    assert converters.parse_run_set_metrics(data, "step", ["r"]) == {"x": {(0, "r"): 1.0}}
    with pytest.raises(RuntimeError, match="pip install pandas"):
        converters.parse_run_set_metrics(data, "step", ["r"], "dataframe")

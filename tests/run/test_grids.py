"""Run.log_metrics with arrays, assign_metric_to_grid and set_metric_units: records, and what reaches a server."""

import json
import math

import numpy as np
import pytest

from simvue import Run, SimvueRunError
from simvue_conformance.server.process import running_server
from tests.journal import journals
from tests.sender.site import CANARY, Server, Site

ENVELOPE = ("seq", "at", "crc", "time")


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    run = Run(mode="offline", cache_directory=tmp_path / "cache")
    run.init("name")
    yield run
    run.close()


def recorded(run, tmp_path):
    """End the run and return what it recorded between its first record and its last two."""
    run.close()
    found = journals.whole(journals.only(tmp_path / "cache"))[2:-2]
    return [{name: value for name, value in record.items() if name not in ENVELOPE} for record in found]


@pytest.mark.requirement("REC-110", "REC-111", "REC-112", "REC-114", "REC-031")
def test_an_array_becomes_a_tensor(run, tmp_path):
    assert run.log_metrics({"t": np.array([[1.0, np.nan], [np.inf, 4.0], [5.0, 6.0]])})

    assert recorded(run, tmp_path) == [
        {"kind": "tensor", "metric": "t", "array": [[1.0, "NaN"], ["Infinity", 4.0], [5.0, 6.0]], "step": 0}
    ]


def test_numbers_and_arrays_of_one_call_have_one_step_and_one_time(run, tmp_path):
    run.log_metrics({"a": 1.0})
    run.log_metrics({"b": 2.0, "t": np.arange(2), "u": np.ones((1, 1)), "c": np.float32(3.0)})
    run.log_metrics({"a": 1.0})
    run.log_metrics({"t": np.arange(2)}, step=7, time=-1.5, timestamp="2026-03-01T09:00:00")
    run.log_metrics({"t": np.arange(2)})
    run.close()

    records = journals.whole(journals.only(tmp_path / "cache"))[2:-2]
    assert [(record["kind"], record["step"]) for record in records] == [
        ("metrics", 0),
        ("metrics", 1),
        ("tensor", 1),
        ("tensor", 1),
        ("metrics", 2),
        ("tensor", 7),
        ("tensor", 4),
    ]
    assert records[1]["values"] == {"b": 2.0, "c": 3.0}
    assert len({record["time"] for record in records[1:4]}) == 1
    assert (records[5]["time"], records[5]["at"]) == (-1.5, "2026-03-01T09:00:00.000000Z")
    assert 0 <= records[1]["time"] <= records[4]["time"] < 60


@pytest.mark.parametrize(
    "metrics",
    [
        {"a": 1.0, "t": np.zeros((1, 1, 1))},
        {"a": 1.0, "t": np.zeros(0)},
        {"a": 1.0, "t": np.array(["x"])},
        {"t": np.zeros(2), "a": "text"},
        {"t": np.zeros(2), "naïve": 1.0},
        {"naïve": np.zeros(2)},
        {"t": [1.0, 2.0]},
    ],
    ids=repr,
)
def test_of_a_call_with_a_fault_nothing_is_recorded(run, tmp_path, metrics):
    with pytest.raises(SimvueRunError):
        run.log_metrics(metrics)

    assert recorded(run, tmp_path) == []


@pytest.mark.parametrize("place", [{"step": -1}, {"time": math.nan}, {"timestamp": "noon"}], ids=str)
def test_a_place_that_is_none_is_refused_for_arrays_too(run, tmp_path, place):
    with pytest.raises(SimvueRunError):
        run.log_metrics({"t": np.zeros(2)}, **place)

    assert recorded(run, tmp_path) == []


@pytest.mark.requirement("REC-113")
def test_an_array_of_too_many_elements_is_left_out_with_a_warning(run, tmp_path, caplog):
    assert run.log_metrics({"t": np.zeros(50_000)})
    assert run.log_metrics({"a": 1.0, "t": np.zeros((5001, 10))}) is False

    assert [record["kind"] for record in recorded(run, tmp_path)] == ["tensor", "metrics"]
    assert "50010 elements" in caplog.text


@pytest.mark.requirement("WRT-041")
def test_more_numbers_than_a_line_holds_beside_an_array_come_in_several_records(run, tmp_path):
    numbers = {f"{index:0200}": index / 7 for index in range(6000)}

    assert run.log_metrics({**numbers, "t": np.zeros(2)}, step=3)

    records = recorded(run, tmp_path)
    assert [record["kind"] for record in records] == ["metrics", "metrics", "tensor"]
    assert {record["step"] for record in records} == {3}
    assert {**records[0]["values"], **records[1]["values"]} == numbers


@pytest.mark.requirement("WRT-041")
def test_the_longest_array_fits_into_a_record(run, tmp_path, caplog):
    assert run.log_metrics({"x" * 250: -np.random.default_rng(1).random(50_000) * 1e-5})

    (record,) = recorded(run, tmp_path)
    assert len(record["array"]) == 50_000
    assert "9 significant digits" in caplog.text


@pytest.mark.requirement("REC-100", "REC-101", "REC-105")
def test_a_grid_is_defined_once_and_taken_by_other_metrics(run, tmp_path, caplog):
    axes = {"axes_ticks": [[0, 1, 2], [0, 1]], "axes_labels": ["x", "y"]}

    assert run.assign_metric_to_grid(metric_name="t", grid_name="plate", **axes)
    assert run.assign_metric_to_grid(metric_name="u", grid_name="plate")
    assert run.assign_metric_to_grid(metric_name="v", grid_name="plate", axes_ticks=[[5]], axes_labels=["z"])
    assert run.assign_metric_to_grid(metric_name="w", axes_ticks=np.array([[1, 2]]), axes_labels=["x"])
    assert run.assign_metric_to_grid(metric_name="w")

    assert recorded(run, tmp_path) == [
        {
            "kind": "grid",
            "name": "plate",
            "labels": ["x", "y"],
            "ticks": [[0.0, 1.0, 2.0], [0.0, 1.0]],
            "metrics": ["t"],
        },
        {"kind": "grid", "name": "plate", "metrics": ["u"]},
        {"kind": "grid", "name": "plate", "metrics": ["v"]},
        {"kind": "grid", "name": "w", "labels": ["x"], "ticks": [[1.0, 2.0]], "metrics": ["w"]},
    ]
    assert "keeps the axes it has" in caplog.text


@pytest.mark.parametrize(
    "arguments",
    [
        {"metric_name": "t"},
        {"metric_name": "t", "grid_name": "unknown"},
        {"metric_name": "t", "axes_ticks": [[1]]},
        {"metric_name": "t", "axes_labels": ["x"]},
        {"metric_name": "t", "axes_ticks": [[2, 1]], "axes_labels": ["x"]},
        {"metric_name": "naïve", "grid_name": "g", "axes_ticks": [[1]], "axes_labels": ["x"]},
        {"metric_name": "t", "grid_name": "", "axes_ticks": [[1]], "axes_labels": ["x"]},
        {"metric_name": ["t"], "grid_name": "g", "axes_ticks": [[1]], "axes_labels": ["x"]},
        {"metric_name": "t", "grid_name": "g", "axes_ticks": [range(200_000)], "axes_labels": ["x"]},
    ],
    ids=str,
)
def test_a_grid_that_cannot_be_is_refused_and_not_remembered(run, tmp_path, arguments):
    with pytest.raises(SimvueRunError):
        run.assign_metric_to_grid(**arguments)

    with pytest.raises(SimvueRunError, match="no grid"):
        run.assign_metric_to_grid(metric_name="t", grid_name=arguments.get("grid_name") or "g")
    assert recorded(run, tmp_path) == []


def test_an_array_with_other_axes_than_its_grid_is_refused(run, tmp_path):
    run.assign_metric_to_grid(metric_name="t", axes_ticks=[[0, 1]], axes_labels=["x"])

    with pytest.raises(SimvueRunError, match="its grid 't' has 1"):
        run.log_metrics({"t": np.zeros((2, 2))})
    run.log_metrics({"t": np.zeros(2)})

    assert [record["kind"] for record in recorded(run, tmp_path)] == ["grid", "tensor"]


@pytest.mark.requirement("DLV-075")
def test_an_array_on_no_grid_gets_another_when_its_shape_changes(run, tmp_path):
    for shape in ((2,), (2,), (3,), (2, 3)):
        run.log_metrics({"t": np.zeros(shape)})

    records = recorded(run, tmp_path)
    assert [record["kind"] for record in records] == ["tensor", "tensor", "grid", "tensor", "grid", "tensor"]
    assert records[2] == {
        "kind": "grid",
        "name": "t",
        "labels": ["axis_0"],
        "ticks": [[0.0, 0.5, 1.0]],
        "metrics": ["t"],
    }
    assert records[4]["ticks"] == [[0.0, 0.5, 1.0], [0.0, 1.0]]


def test_units_are_recorded_with_what_can_be_derived(run, tmp_path):
    assert run.set_metric_units("a", units="cm")
    run.set_metric_units("b", units="degC")
    run.set_metric_units("c", units="zork", mks_unit="m", mks_conversion=3)
    run.set_metric_units("d", units="bogus")
    run.set_metric_units("e", units="cm", mks_unit="km")
    run.set_metric_units("a", units="W/m**2")

    found = [(record["kind"], record["values"]["simvue"]["metrics"]) for record in recorded(run, tmp_path)]
    assert found == [
        ("metadata", {"a": {"units": "cm", "mks_units": "m", "mks_conversion": 0.01}}),
        ("metadata", {"b": {"units": "degC", "mks_units": "K", "mks_conversion": None}}),
        ("metadata", {"c": {"units": "zork", "mks_units": "m", "mks_conversion": 3.0}}),
        ("metadata", {"d": {"units": "bogus", "mks_units": None, "mks_conversion": None}}),
        ("metadata", {"e": {"units": "cm", "mks_units": "km", "mks_conversion": pytest.approx(1e-5)}}),
        ("metadata", {"a": {"units": "W/m**2", "mks_units": "kg/s**3", "mks_conversion": 1.0}}),
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        {"metric_name": "naïve", "units": "m"},
        {"metric_name": "a", "units": None},
        {"metric_name": "a", "units": 1},
        {"metric_name": "a", "units": "m", "mks_unit": 1},
        {"metric_name": "a", "units": "m", "mks_conversion": "1"},
        {"metric_name": "a", "units": "m", "mks_conversion": math.inf},
    ],
    ids=str,
)
def test_units_that_cannot_be_are_refused(run, tmp_path, arguments):
    with pytest.raises(SimvueRunError):
        run.set_metric_units(**arguments)

    assert recorded(run, tmp_path) == []


def test_nothing_is_recorded_by_a_disabled_run_nor_before_init(tmp_path):
    def calls(run):
        return [
            lambda: run.log_metrics({"t": np.zeros(2)}),
            lambda: run.assign_metric_to_grid(metric_name="t"),
            lambda: run.set_metric_units("t", units="m"),
        ]

    assert all(call() for call in calls(Run(mode="disabled")))
    for call in calls(Run(mode="offline", cache_directory=tmp_path / "cache")):
        with pytest.raises(SimvueRunError, match="init"):
            call()


def test_arrays_of_a_library_that_is_not_known_need_none(tmp_path):
    code = """
    import sys
    from simvue import Run

    class Field:
        ndim, shape = 1, (2,)
        def tolist(self):
            return [1.5, float("nan")]

    with Run(mode="offline", cache_directory=sys.argv[1]) as run:
        run.init("name")
        run.log_metrics({"t": Field()})
        run.assign_metric_to_grid(metric_name="t", axes_ticks=[[0, 1]], axes_labels=["x"])
        run.set_metric_units("t", units="cm")
    print("numpy" in sys.modules)
    """

    result = journals.run(code, tmp_path / "cache", HOME=str(tmp_path))

    assert (result.stdout, result.stderr) == ("False\n", "")
    assert journals.whole(journals.only(tmp_path / "cache"))[2]["array"] == [1.5, "NaN"]


def test_arrays_grids_and_units_reach_a_server(tmp_path, monkeypatch):
    site = Site(tmp_path / "site")
    monkeypatch.setenv("HOME", str(site.home))
    run = Run(mode="offline", cache_directory=site.cache)
    run.init("grids")
    run.assign_metric_to_grid(
        metric_name="T", grid_name="plate", axes_ticks=[[0, 1, 2], [0, 5]], axes_labels=["x", "y"]
    )
    run.log_metrics({"T": np.array([[1.0, 2.0, 3.0], [4.0, 5.0, np.nan]]), "r": 0.5})
    run.log_metrics({"auto": np.arange(3)})
    run.assign_metric_to_grid(metric_name="U", grid_name="plate")
    run.log_metrics({"U": np.zeros((2, 3)), "T": np.ones((2, 3))})
    run.set_metric_units("r", units="cm")
    run.set_metric_units("T", units="K")
    run.close()
    with running_server("--ephemeral", "--faults", "--token", CANARY) as process:
        server = Server(process)
        site.configure(server.url)

        result = site.send()

        assert result.exit == 0, result.err
        (found,) = server.get("/runs")["data"]
        identifier = found["id"]
        names = server.get(f'/metrics/names?runs=["{identifier}"]')
        grids = {row["id"]: row for row in server.get("/grids")["data"]}
        values = {
            (name, step): server.get(f"/runs/{identifier}/metrics/{name}/values?step={step}")
            for name, step in (("T", 0), ("auto", 1), ("U", 2), ("T", 2))
        }
        used = {row["metric"]: row for row in server.get(f"/runs/{identifier}/grids")}
    assert sorted(names) == ["T", "U", "auto", "r"]
    assert json.dumps(values["T", 0]["array"]) == "[[1.0, 2.0, 3.0], [4.0, 5.0, NaN]]"
    assert values["auto", 1]["array"] == [0, 1, 2]
    assert values["T", 2]["array"] == [[1.0] * 3] * 2
    assert sorted((row["name"], row["grid"]) for row in grids.values()) == [
        ("auto", [[0.0, 0.5, 1.0]]),
        ("plate", [[0.0, 1.0, 2.0], [0.0, 5.0]]),
    ]
    assert sorted(used) == ["T", "U", "auto"]
    assert found["metadata"]["simvue"]["metrics"] == {
        "r": {"units": "cm", "mks_units": "m", "mks_conversion": 0.01},
        "T": {"units": "K", "mks_units": "K", "mks_conversion": 1.0},
    }

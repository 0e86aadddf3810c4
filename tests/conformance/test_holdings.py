"""What a server holds is read whole, and every way to differ is said."""

import json
from collections import Counter
from dataclasses import replace

import ormsgpack
import pytest

from simvue_conformance.holdings import (
    Event,
    Grid,
    Holding,
    compare,
    differences,
    folders,
    holdings,
    instant,
    point,
    series,
)
from simvue_conformance.server.local import LocalServer

STAMP = "2026-03-01T09:00:00.000000"
ROWS = [(0, 0.0, STAMP, 0.1), (1, 0.5, STAMP, "NaN")]


@pytest.fixture(scope="module")
def server():
    server = LocalServer()
    yield server
    server.close()


@pytest.fixture(scope="module")
def held(server):
    def post(path, value, method="POST"):
        is_batch = path.endswith(("/metrics", "/events"))
        kind = "application/msgpack" if is_batch else "application/json"
        body = ormsgpack.packb(value) if is_batch else json.dumps(value).encode()
        status, _, answer = server.request(method, f"/api{path}", {**server.authorization, "content-type": kind}, body)
        assert status == 200, answer
        return json.loads(answer).get("id")

    marks = {"simvue": {"run": "key", "journal": "j"}, "nx": 1}
    run = post(
        "/runs", {"name": "named", "folder": "/f", "metadata": marks, "tags": ["b", "a"], "ttl": 9, "status": "running"}
    )
    post("/runs", {"name": "plain", "folder": "/"})
    rows = [{"step": s, "time": t, "timestamp": at, "values": {"x": float(value)}} for s, t, at, value in ROWS]
    post("/metrics", {"run": run, "metrics": rows})
    post("/events", {"run": run, "events": [{"message": "m", "timestamp": STAMP, "log_level": "info"}] * 2})
    alert = post("/alerts", {"name": "mine", "source": "user"})
    post(f"/runs/{run}", {"alerts": [alert]}, "PUT")
    post(f"/alerts/{alert}/status/{run}", {"status": "ok"}, "PUT")
    grid = post("/grids", {"name": "g", "labels": ["x"], "grid": [[0, 1]]})
    post(f"/runs/{run}/grids/{grid}", {"metric": "t"}, "PUT")
    tensor = {"metric": "t", "grid": grid, "array": [1.0, 2.0], "step": 0, "time": 0.0, "timestamp": STAMP}
    post(f"/runs/{run}/metrics", [tensor])
    return holdings(server)


def test_a_run_is_known_by_its_key_or_its_name(held):
    assert sorted(held) == ["key", "plain"]


def test_everything_of_a_run_is_read(held, server):
    run = held["key"]

    assert (run.name, run.folder, run.tags, run.metadata, run.status) == (
        "named",
        "/f",
        ("b", "a"),
        {"nx": 1},
        "running",
    )
    assert run.details["ttl"] == 9
    assert run.metrics == {"x": series(ROWS)}
    assert run.metrics["x"]["time"] == {point("time", 0.0, 0.1): 1, point("time", 0.5, "NaN"): 1}
    assert run.events == {Event(STAMP, "info", "m"): 2}
    assert run.alerts["mine"]["state"] == "ok"
    assert run.grids == {"t": Grid("g", ("x",), "[[0.0, 1.0]]")}
    assert run.tensors == {"t": {(0, 0.0, STAMP, "[1.0, 2.0]"): 1}}
    assert run.folder_details == folders(server)["/f"]


def test_the_same_is_no_difference(held):
    assert differences(held, held) == []


@pytest.mark.parametrize(
    ("change", "said", "is_twice"),
    [
        ({"status": "failed"}, "status is 'running' and should be 'failed'", False),
        ({"events": Counter([Event(STAMP, "info", "m")])}, "events: 1 too many", True),
        ({"events": Counter([Event(STAMP, "info", "m")] * 3)}, "events: 1 of 3 missing", False),
        ({"events": Counter()}, "events: 2 that should not be there", False),
        ({"metadata": {"nx": True}}, "metadata nx is 1 and should be True", False),
        ({"metadata": {}}, "metadata nx is there and should not be: 1", False),
        ({"metrics": {}}, "metrics x is there and should not be", False),
        ({"metrics": {"x": series(ROWS), "y": series(ROWS)}}, "metrics y is not there", False),
        ({"details": {"ttl": 10}}, "details ttl is 9 and should be 10", False),
    ],
)
def test_each_difference_is_said(held, change, said, is_twice):
    wanted = {**held, "key": replace(held["key"], **change)}

    found = compare(held, wanted)

    assert [difference.words.startswith(f"run key: {said}") for difference in found] == [True]
    assert found[0].is_twice == is_twice
    assert differences(held, wanted, without=list(change)) == []


def test_runs_that_are_missing_or_twice_are_said(held):
    second = {**held, "key (2)": held["key"]}

    assert differences(held, second) == ["run key (2) is not there"]
    assert compare(second, held)[0].is_twice
    assert not compare(second, {"plain": held["plain"], "key": held["key"], "key (2)": held["key"]})
    assert not compare({"other": held["key"]}, {})[0].is_twice


def test_only_the_details_that_are_expected_count(held):
    assert differences(held, {**held, "key": replace(held["key"], details={}, folder_details={})}) == []


def test_instants_are_cut_and_in_utc():
    assert instant("2026-03-01T10:00:00.1234567+01:00") == "2026-03-01T09:00:00.123456"


def test_a_holding_needs_only_a_name():
    assert Holding(name="a").status == "running"

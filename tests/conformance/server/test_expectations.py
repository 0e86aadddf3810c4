"""The twelve things that published clients rely on, each by itself."""

import base64
import json

import ormsgpack
import pytest

from simvue_conformance.server.local import LOCAL_TOKEN

USER_ALERT = {"name": "usr", "source": "user"}
STAMP = "2024-01-02T03:04:05.678901"


def test_1_every_success_is_200_with_a_json_body(local):
    run = local.new_run()
    alert, tag = local.post("/api/alerts", USER_ALERT)["id"], local.post("/api/tags", {"name": "t"})["id"]

    answers = [
        local.send("PUT", f"/api/runs/{run}/heartbeat"),
        local.send("PUT", f"/api/runs/{run}/abort", {"reason": "r"}),
        local.send("PUT", f"/api/alerts/{alert}/status/{run}", {"status": "ok"}),
        local.send("DELETE", f"/api/alerts/{alert}"),
        local.send("DELETE", f"/api/tags/{tag}"),
        local.send("DELETE", f"/api/runs/{run}"),
    ]

    assert answers == [(200, {})] * 6


@pytest.mark.parametrize(
    ("path", "body"),
    [("/api/folders", {"path": "/f"}), ("/api/tags", {"name": "t"}), ("/api/alerts?deduplicate=True", USER_ALERT)],
)
def test_2_creating_again_is_a_409_with_the_same_id(local, path, body):
    created = local.post(path, body)["id"]

    status, answer = local.send("POST", path, body)

    assert (status, answer["id"]) == (409, created)


def test_3_the_version_is_in_the_range_that_clients_accept(local):
    major, minor, patch = map(int, local.get("/api/version")["version"].split("."))

    assert (1, 2, 16) <= (major, minor, patch) < (2, 0, 0)


def test_4_the_other_version_is_there(local):
    assert local.get("/api/nosim/version")["version"].count(".") == 2


def test_5_a_token_is_a_jwt_by_its_shape():
    payload = LOCAL_TOKEN.split(".")[1]

    assert json.loads(base64.urlsafe_b64decode(payload + "=="))["exp"] > 4_000_000_000


@pytest.mark.parametrize("kind", ["runs", "folders", "tags", "alerts", "artifacts", "grids"])
def test_6_lists_have_data_and_the_total(local, kind):
    for number in range(3):
        local.new_run(tags=[f"t{number}"], folder=f"/f{number}")
        local.post("/api/alerts", USER_ALERT)
        local.post("/api/grids", {"name": "g", "labels": ["x"], "grid": [[0.0]]})
        local.post(
            "/api/artifacts", {"name": "a", "original_path": "", "size": 1, "mime_type": "x/y", "checksum": "a" * 64}
        )

    page = local.get(f"/api/{kind}?count=2&start=0")

    assert len(page["data"]) == 2
    assert page["count"] == (4 if kind == "folders" else 3)


def test_6_storages_and_lists_of_a_run_are_bare(local):
    run = local.new_run()

    assert all(
        isinstance(local.get(path), list)
        for path in ("/api/storage", f"/api/runs/{run}/artifacts", f"/api/runs/{run}/grids")
    )


def test_7_an_unknown_run_is_422_for_metrics_and_any_unknown_id_404(local):
    kinds = ("runs", "folders", "tags", "alerts", "artifacts", "grids", "storage")

    assert local.log("nobody", {"x": 1})[0] == 422
    assert {local.send("GET", f"/api/{kind}/nobody")[0] for kind in kinds} == {404}


def test_8_the_status_of_an_alert_is_null_until_it_is_set(local):
    alert, run = local.post("/api/alerts", USER_ALERT)["id"], local.new_run()

    assert local.get(f"/api/alerts/{alert}/status/{run}") == {"status": None}


def test_9_metadata_merges_and_tags_and_alerts_replace(local):
    alert = local.post("/api/alerts", USER_ALERT)["id"]
    run = local.new_run(metadata={"a": 1}, tags=["x"], alerts=[alert])

    local.put(f"/api/runs/{run}", {"metadata": {"b": 2}, "tags": ["y"], "alerts": []})

    found = local.get(f"/api/runs/{run}")
    assert (found["metadata"], found["tags"], found["alerts"]) == ({"a": 1, "b": 2}, ["y"], [])


def test_10_an_event_has_three_members(local):
    run = local.new_run()
    body = {"run": run, "events": [{"message": "m", "timestamp": STAMP, "log_level": "error", "extra": 1}]}

    local.send_bytes("POST", "/api/events", ormsgpack.packb(body), "application/msgpack")

    assert local.get(f"/api/events?run={run}")["data"] == [{"message": "m", "timestamp": STAMP, "log_level": "error"}]


@pytest.mark.parametrize("axis", ["step", "time", "timestamp"])
def test_11_series_ascend_along_their_axis(local, axis):
    run = local.new_run()
    rows = [
        {"step": n, "time": float(n % 7), "timestamp": f"2024-01-02T03:04:{n % 5:02d}.000000", "values": {"x": n}}
        for n in (9, 2, 7, 4, 0)
    ]
    local.pack("/api/metrics", {"run": run, "metrics": rows})

    points = local.get(f'/api/metrics?runs=["{run}"]&metrics=["x"]&xaxis={axis}')[run]["x"]

    assert [point[axis] for point in points] == sorted(point[axis] for point in points)
    assert {tuple(point) for point in points} == {(axis, "value")}


def test_12_an_artifact_has_a_url_and_its_size_is_not_checked(local):
    body = {
        "name": "a",
        "original_path": "",
        "size": 10**9,
        "mime_type": "x/y",
        "checksum": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    }

    url = local.post("/api/artifacts", body)["url"]

    assert local.target.request("PUT", "/" + url.split("/", 3)[3])[0] == 200

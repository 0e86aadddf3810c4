"""Alerts: recognised definitions, status on runs, the abort they ask for."""

import pytest

THRESHOLD = {
    "name": "thr",
    "description": None,
    "notification": "none",
    "source": "metrics",
    "enabled": True,
    "abort": False,
    "alert": {
        "metric": "x",
        "rule": "is above",
        "threshold": 0.0,
        "window": 1,
        "frequency": 1,
        "aggregation": "average",
    },
}
USER = {"name": "usr", "source": "user", "notification": "none"}


def test_the_same_definition_again_is_a_409_that_names_it(either):
    first = either.send("POST", "/api/alerts?deduplicate=True", THRESHOLD)[1]["id"]

    # The order of the members says nothing.
    again = {**THRESHOLD, "alert": dict(reversed(THRESHOLD["alert"].items()))}
    status, answer = either.send("POST", "/api/alerts?deduplicate=True", again)

    assert (status, answer["id"]) == (409, first)


@pytest.mark.parametrize("change", [{"name": "other"}, {"description": "d"}, {"notification": "email"}], ids=str)
def test_another_definition_is_another_alert(local, change):
    first = local.post("/api/alerts?deduplicate=True", THRESHOLD)["id"]

    assert local.post("/api/alerts?deduplicate=True", {**THRESHOLD, **change})["id"] != first


def test_without_deduplicate_alerts_are_not_recognised(local):
    assert local.post("/api/alerts", USER)["id"] != local.post("/api/alerts", USER)["id"]


def test_an_alert_has_every_member_that_clients_read(local):
    identifier = local.post("/api/alerts", THRESHOLD)["id"]

    found = local.get(f"/api/alerts/{identifier}")

    assert found["alert"] == THRESHOLD["alert"]
    assert set(found) >= {
        "id",
        "name",
        "description",
        "source",
        "notification",
        "enabled",
        "abort",
        "auto",
        "delay",
        "run_tags",
        "created",
    }


def test_the_status_on_a_run_is_null_until_it_is_set(either):
    alert, run = either.post("/api/alerts", USER)["id"], either.new_run()
    before = either.get(f"/api/alerts/{alert}/status/{run}")

    assert either.put(f"/api/alerts/{alert}/status/{run}", {"status": "ok"}) == {}

    assert (before, either.get(f"/api/alerts/{alert}/status/{run}")) == ({"status": None}, {"status": "ok"})


def test_a_run_shows_its_alerts_whole_with_their_status(local):
    alert = local.post("/api/alerts", USER)["id"]
    run = local.new_run(alerts=[alert])

    local.put(f"/api/alerts/{alert}/status/{run}", {"status": "critical"})

    (shown,) = local.get(f"/api/runs/{run}")["alerts"]
    assert (shown["alert"]["id"], shown["alert"]["name"], shown["status"]) == (alert, "usr", {"current": "critical"})


def test_the_alerts_of_a_run_are_replaced(local):
    first, second = (local.post("/api/alerts", {**USER, "name": name})["id"] for name in ("a", "b"))
    run = local.new_run(alerts=[first])

    local.put(f"/api/runs/{run}", {"alerts": [second]})

    assert [shown["alert"]["id"] for shown in local.get(f"/api/runs/{run}")["alerts"]] == [second]


@pytest.mark.parametrize(
    ("abort", "state", "aborted"), [(True, "critical", True), (False, "critical", False), (True, "ok", False)]
)
def test_a_critical_alert_aborts_the_run_if_it_was_told_to(local, abort, state, aborted):
    alert, run = local.post("/api/alerts", {**USER, "abort": abort})["id"], local.new_run()

    local.put(f"/api/alerts/{alert}/status/{run}", {"status": state})

    assert local.get(f"/api/runs/{run}/abort") == {"status": aborted}


def test_a_deleted_alert_is_gone_from_runs_too(local):
    alert = local.post("/api/alerts", USER)["id"]
    run = local.new_run(alerts=[alert])

    status, answer = local.send("DELETE", f"/api/alerts/{alert}")

    assert (status, answer) == (200, {})
    assert local.send("GET", f"/api/alerts/{alert}")[0] == 404
    assert local.get(f"/api/runs/{run}")["alerts"] == []


def test_a_definition_is_changed_in_part_or_not_at_all(local):
    alert = local.post("/api/alerts", THRESHOLD)["id"]

    local.put(f"/api/alerts/{alert}")
    local.put(f"/api/alerts/{alert}", {"alert": {"frequency": 7}, "enabled": False})

    found = local.get(f"/api/alerts/{alert}")
    assert (found["alert"]["frequency"], found["alert"]["metric"], found["enabled"]) == (7, "x", False)


@pytest.mark.parametrize(
    "alert",
    [
        {"rule": "is near"},
        {"frequency": 0},
        {"threshold": "1"},
        {"aggregation": "median"},
        {"rule": "is inside range"},
        {"rule": "is inside range", "range_low": 2.0, "range_high": 1.0},
    ],
    ids=str,
)
def test_a_definition_that_cannot_be_meant_is_refused(local, alert):
    body = {**THRESHOLD, "alert": {**THRESHOLD["alert"], **alert}}

    status, answer = local.send("POST", "/api/alerts", body)

    assert status == 422
    assert answer["detail"][0]["loc"][:2] == ["body", "alert"]


def test_a_run_cannot_have_an_alert_that_does_not_exist(local):
    status, _ = local.send("POST", "/api/runs", {"folder": "/", "alerts": ["nobody"]})

    assert status == 422
    assert local.get("/api/runs")["count"] == 0

"""Alerts are judged by the server when data arrive: thresholds, ranges, patterns, and the abort they ask for."""

import math

import ormsgpack
import pytest

DEFINITION = {
    "metric": "x",
    "rule": "is above",
    "threshold": 5.0,
    "window": 10,
    "frequency": 1,
    "aggregation": "average",
}


def _alert(api, *, abort=False, enabled=True, **definition):
    rule = {**DEFINITION, **definition}
    if rule["rule"].endswith("range"):
        del rule["threshold"]
    body = {"name": "alert", "source": "metrics", "abort": abort, "enabled": enabled, "alert": rule}
    return api.post("/api/alerts", body)["id"]


def _log(api, run, *points):
    """Log pairs of seconds and values, in one batch."""
    rows = [
        {
            "step": step,
            "time": 0.0,
            "timestamp": f"2024-01-02T03:{second // 60:02d}:{second % 60:02d}.5",
            "values": values,
        }
        for step, (second, values) in enumerate(points)
    ]
    body = ormsgpack.packb({"run": run, "metrics": rows})
    assert api.send_bytes("POST", "/api/metrics", body, "application/msgpack") == (200, {})


def _state(api, alert, run):
    return api.get(f"/api/alerts/{alert}/status/{run}")["status"]


@pytest.mark.parametrize(
    ("aggregation", "values", "state"),
    [
        ("average", [2, 7], "ok"),
        ("average", [4, 7], "critical"),
        ("sum", [2, 2], "ok"),
        ("sum", [2, 4], "critical"),
        ("at least one", [1, 5], "ok"),
        ("at least one", [6, 1], "critical"),
        ("all", [6, 5], "ok"),
        ("all", [6, 7], "critical"),
    ],
)
def test_the_values_of_the_window_become_one_verdict(local, aggregation, values, state):
    alert = _alert(local, aggregation=aggregation)
    run = local.new_run(alerts=[alert])

    _log(local, run, *[(second, {"x": value}) for second, value in enumerate(values)])

    assert _state(local, alert, run) == state


@pytest.mark.parametrize(
    ("rule", "value", "state"),
    [
        ("is above", 5, "ok"),
        ("is above", math.inf, "critical"),
        ("is below", 5, "ok"),
        ("is below", 4.9, "critical"),
        ("is inside range", 1, "critical"),
        ("is inside range", 3, "critical"),
        ("is inside range", 3.1, "ok"),
        ("is outside range", 3, "ok"),
        ("is outside range", 0, "critical"),
        ("is above", True, "ok"),
    ],
)
@pytest.mark.parametrize("aggregation", ["average", "at least one"])
def test_every_rule_is_applied_to_values_and_to_their_aggregate(local, rule, value, state, aggregation):
    alert = _alert(local, rule=rule, range_low=1.0, range_high=3.0, aggregation=aggregation)
    run = local.new_run(alerts=[alert])

    _log(local, run, (0, {"x": value}))

    assert _state(local, alert, run) == state


def test_the_window_ends_with_the_newest_value_by_its_own_time_stamp(local):
    alert = _alert(local, aggregation="at least one", window=10)
    run = local.new_run(alerts=[alert])
    states = []

    for second, value in ((0, 9), (9, 1), (10, 1), (1, 1)):
        _log(local, run, (second, {"x": value}))
        states.append(_state(local, alert, run))

    # At second 10 the value of second 0 is out of the window; a late value does not move the window back.
    assert states == ["critical", "critical", "ok", "ok"]


def test_a_window_of_any_length_is_understood(local):
    alert = _alert(local, window=2**62)
    run = local.new_run(alerts=[alert])

    _log(local, run, (0, {"x": 9}))

    assert _state(local, alert, run) == "critical"


@pytest.mark.parametrize(
    "values", [[math.nan], [math.nan, math.nan], [math.inf, -math.inf]], ids=["nan", "two", "infinities"]
)
def test_values_without_a_verdict_change_nothing(local, values):
    alert = _alert(local)
    run = local.new_run(alerts=[alert])

    _log(local, run, *[(second, {"x": value}) for second, value in enumerate(values)])

    assert _state(local, alert, run) is None


def test_nan_is_left_out_of_a_window(local):
    alert = _alert(local, aggregation="all")
    run = local.new_run(alerts=[alert])

    _log(local, run, (0, {"x": 6}), (1, {"x": math.nan}))

    assert _state(local, alert, run) == "critical"


def test_other_metrics_say_nothing(local):
    alert = _alert(local)
    run = local.new_run(alerts=[alert])

    _log(local, run, (0, {"y": 9}))

    assert _state(local, alert, run) is None


def test_a_pattern_of_metrics_is_critical_if_any_of_them_is(local):
    alert = _alert(local, metric="loss/*")
    run = local.new_run(alerts=[alert])

    _log(local, run, (0, {"loss/a": 9, "loss/b": 1, "loss": 1}))
    _log(local, run, (1, {"loss/b": 1}))

    assert _state(local, alert, run) == "critical"


def test_an_alert_is_of_the_runs_that_list_it(local):
    alert = _alert(local)
    inside, outside = local.new_run(alerts=[alert]), local.new_run()

    for run in (inside, outside):
        _log(local, run, (0, {"x": 9}))

    assert (_state(local, alert, inside), _state(local, alert, outside)) == ("critical", None)


def test_a_disabled_alert_is_not_judged(local):
    alert = _alert(local, enabled=False)
    run = local.new_run(alerts=[alert])

    _log(local, run, (0, {"x": 9}))

    assert _state(local, alert, run) is None


def test_an_alert_attached_later_looks_back_with_the_next_data(local):
    alert, run = _alert(local, aggregation="at least one"), local.new_run()
    _log(local, run, (0, {"x": 9}))
    local.put(f"/api/runs/{run}", {"alerts": [alert]})
    before = _state(local, alert, run)

    _log(local, run, (1, {"x": 1}))

    assert (before, _state(local, alert, run)) == (None, "critical")


@pytest.mark.parametrize("abort", [True, False])
def test_a_critical_metric_asks_to_abort_if_it_was_told_to_and_stays_so(either, abort):
    alert = _alert(either, abort=abort, aggregation="at least one")
    run = either.new_run(alerts=[alert], status="running")

    _log(either, run, (0, {"x": 9}))
    _log(either, run, (30, {"x": 1}))

    assert _state(either, alert, run) == "ok"
    assert either.get(f"/api/runs/{run}/abort") == {"status": abort}
    assert either.get(f"/api/runs/{run}")["status"] == "running"


def test_a_pattern_in_a_message_is_critical_from_then_on(either):
    body = {"name": "boom", "source": "events", "abort": True, "alert": {"pattern": "Boom (1)", "frequency": 1}}
    alert = either.post("/api/alerts", body)["id"]
    run = either.new_run(alerts=[alert])
    states = []

    for message in ("all well", "boom (1)", "it went Boom (1)!", "all well"):
        either.say(run, message)
        states.append(_state(either, alert, run))

    assert states == ["ok", "ok", "critical", "critical"]
    assert either.get(f"/api/runs/{run}/abort") == {"status": True}


def test_a_refused_batch_is_not_judged(local):
    alert = _alert(local)
    run = local.new_run(alerts=[alert])

    status, _ = local.log(run, {"x": 9.0}, {"x": "many"})

    assert (status, _state(local, alert, run)) == (422, None)


def test_a_repeated_request_is_judged_once(local):
    alert = _alert(local, aggregation="sum", threshold=10.0)
    run = local.new_run(alerts=[alert])

    for _ in range(2):
        local.log(run, {"x": 9.0}, key="once")

    assert _state(local, alert, run) == "ok"


def test_a_changed_definition_is_judged_with_the_next_data(local):
    alert = _alert(local)
    run = local.new_run(alerts=[alert])
    _log(local, run, (0, {"x": 3}))

    local.put(f"/api/alerts/{alert}", {"alert": {"threshold": 1.0}})
    _log(local, run, (1, {"x": 3}))

    assert _state(local, alert, run) == "critical"


@pytest.mark.parametrize(
    "change",
    [{"alert": {"rule": "is inside range"}}, {"source": "events"}, {"alert": {"range_low": 2, "range_high": 1}}],
)
def test_a_change_that_leaves_half_a_definition_is_refused(local, change):
    alert = _alert(local)

    assert local.send("PUT", f"/api/alerts/{alert}", change)[0] == 422


def test_in_null_mode_nothing_is_judged(make_local):
    api = make_local(null=True)
    alert = _alert(api)
    run = api.new_run(alerts=[alert])

    _log(api, run, (0, {"x": 9}))

    assert _state(api, alert, run) is None

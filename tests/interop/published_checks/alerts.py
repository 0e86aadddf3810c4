"""Alerts: made from a run or by themselves, judged by the server, and what follows for the run."""

from typing import Any

from common import bare_run, fresh, online_run, refused, wait_until

import simvue
from simvue.api.objects import Alert, Events, EventsAlert, Metrics, MetricsRangeAlert, MetricsThresholdAlert, UserAlert
from simvue.api.objects import Run as RunObject
from simvue.exception import ObjectNotFoundError

STAMP = "2024-01-02T03:04:05.678901"


def _log(run: RunObject, **values: float) -> None:
    Metrics.new(run=run.id, metrics=[{"time": 0.0, "timestamp": STAMP, "step": 0, "values": values}]).commit()


def _threshold(**fields: Any) -> MetricsThresholdAlert:
    alert = MetricsThresholdAlert.new(
        **{
            "name": fresh("above"),
            "description": None,
            "notification": "none",
            "metric": "x",
            "rule": "is above",
            "threshold": 5.0,
            "window": 1,
            "frequency": 1,
            "aggregation": "at least one",
            **fields,
        }
    )
    alert.commit()
    return alert


def check_a_threshold_is_judged() -> None:
    alert = _threshold()
    run = bare_run(status="running", alerts=[alert.id])
    assert alert.get_status(run.id) is None
    _log(run, x=1.0)
    assert alert.get_status(run.id) == "ok"
    _log(run, x=9.0)
    assert alert.get_status(run.id) == "critical"
    assert not RunObject(run.id).abort_trigger
    assert simvue.Client().get_alerts(run_id=run.id) == [alert.name]


def check_a_range_is_judged() -> None:
    alert = MetricsRangeAlert.new(
        name=fresh("range"),
        description="outside",
        notification="email",
        metric="y",
        rule="is outside range",
        range_low=0.0,
        range_high=10.0,
        window=1,
        frequency=1,
        aggregation="all",
    )
    alert.commit()
    run = bare_run(status="running", alerts=[alert.id])
    _log(run, y=11.0)
    assert alert.get_status(run.id) == "critical"
    again = Alert(alert.id)
    assert isinstance(again, MetricsRangeAlert)
    assert (again.alert.range_low, again.alert.range_high, again.alert.rule) == (0, 10, "is outside range")


def check_a_pattern_is_judged() -> None:
    alert = EventsAlert.new(name=fresh("pattern"), description=None, notification="none", pattern="boom", frequency=1)
    alert.commit()
    run = bare_run(status="running", alerts=[alert.id])
    events = [{"message": "it went boom", "timestamp": STAMP, "log_level": "info"}]
    Events.new(run=run.id, events=events).commit()
    assert alert.get_status(run.id) == "critical"
    assert Alert(alert.id).alert.pattern == "boom"


def check_a_critical_alert_aborts_the_run() -> None:
    stopped: list[int] = []
    run = simvue.Run(abort_callback=lambda _run: stopped.append(1))
    run.config(disable_resources_metrics=True, abort_on_alert="ignore")
    run.init(name=fresh("stop"), folder="/checks")
    run.create_metric_threshold_alert(
        name=fresh("stop"), metric="temperature", threshold=100, rule="is above", trigger_abort=True
    )
    run.log_metrics({"temperature": 1000.0})
    wait_until(lambda: RunObject(run.id).abort_trigger, 5)
    run.close()


def check_alerts_of_a_run_are_recognised() -> None:
    name, pattern = fresh("same"), fresh("same-pattern")
    found = []
    for _ in range(2):
        with online_run() as run:
            first = run.create_metric_range_alert(
                name=name, metric="m", range_low=1, range_high=2, rule="is inside range", window=5
            )
            second = run.create_event_alert(name=pattern, pattern="x")
            third = run.create_user_alert(name=f"{name}-user", trigger_abort=False)
            run.log_alert(identifier=third, state="critical")
            found.append((first, second, third))
            wait_until(lambda: len(RunObject(run.id).alerts) == 3)
            wait_until(lambda: UserAlert(third).get_status(run.id) == "critical")  # noqa: B023 - as above
    assert found[0] == found[1]


def check_alerts_are_added_by_name_and_id() -> None:
    first, second = _threshold(), _threshold(metric="z*")
    with online_run() as run:
        run.add_alerts(ids=[first.id])
        run.add_alerts(names=[second.name])
        wait_until(lambda: set(RunObject(run.id).alerts) == {first.id, second.id})
        client = simvue.Client()
        assert set(client.get_alerts(run_id=run.id, critical_only=False)) == {first.name, second.name}
        assert client.get_alerts(run_id=run.id) == []


def check_the_state_of_a_user_alert() -> None:
    alert = UserAlert.new(name=fresh("user"), description="d", notification="none")
    alert.commit()
    run = bare_run(status="running", alerts=[alert.id])
    assert alert.get_status(run.id) is None
    alert.read_only(False)
    alert.set_status(run.id, "critical")
    assert alert.get_status(run.id) == "critical"
    alert.set_status(run.id, "ok")
    assert alert.get_status(run.id) == "ok"


def check_alerts_change_and_go() -> None:
    alert = _threshold()
    change = MetricsThresholdAlert(alert.id)
    change.read_only(False)
    change.name = fresh("renamed")
    change.description = "changed"
    change.commit()
    again = Alert(alert.id)
    assert (again.name, again.description, again.enabled) == (change.name, "changed", True)
    assert again.source == "metrics"
    assert again.alert.threshold == 5
    for name in ("abort", "auto", "delay", "run_tags", "created", "notification"):
        getattr(again, name)
    assert again.to_dict()
    assert alert.id in {identifier for identifier, _ in Alert.get()}
    assert len(list(Alert.get(count=1))) == 1
    simvue.Client().delete_alert(alert.id)
    with refused(ObjectNotFoundError):
        Alert(alert.id)

"""Alerts have rules, or states that a program sets."""

import pytest

from simvue.api.objects import Alert, EventsAlert, MetricsRangeAlert, MetricsThresholdAlert, Run, UserAlert
from simvue.api.objects.alert.fetch import AlertSort

COMMON = {"description": "words", "notification": "none"}
METRIC = {**COMMON, "metric": "x", "window": 2, "frequency": 1, "aggregation": "average"}


def threshold(name="above", **given):
    return MetricsThresholdAlert.new(**{"name": name, "rule": "is above", "threshold": 0, **METRIC, **given})


def within(**given):
    members = {"name": "range", "rule": "is inside range", "range_low": 0, "range_high": 1, **METRIC}
    return MetricsRangeAlert.new(**{**members, **given})


def events(**given):
    return EventsAlert.new(**{"name": "events", "pattern": "bad", "frequency": 1, **COMMON, **given})


def user(name="user", **given):
    return UserAlert.new(**{"name": name, **COMMON, **given})


@pytest.mark.parametrize("make", [threshold, within, events, user])
def test_an_alert_of_each_kind_comes_back_as_what_it_is(make):
    alert = make()
    alert.commit()

    found = Alert(alert.id)
    assert type(found) is type(alert)
    assert found.is_read_only
    assert (found.name, found.description, found.notification) == (alert.name, "words", "none")
    assert (found.enabled, found.abort, found.auto, found.delay, found.run_tags) == (True, False, False, 0, [])
    assert found.compare(alert)
    assert {type(one) for key, one in Alert.get() if key == alert.id} == {type(alert)}


def test_a_threshold_may_be_nought():
    alert = threshold(threshold=0)
    alert.commit()

    assert Alert(alert.id).alert.threshold == 0
    assert isinstance(Alert(alert.id), MetricsThresholdAlert)


def test_a_rule_is_shown_and_changed_part_by_part():
    alert = within(name="parts")
    alert.commit()
    assert (alert.alert.metric, alert.alert.aggregation, alert.alert.rule) == ("x", "average", "is inside range")
    assert (alert.alert.range_low, alert.alert.range_high, alert.alert.window) == (0.0, 1.0, 2)

    alert.alert.frequency = 7
    alert.commit()

    assert alert.alert.frequency == 7
    assert alert.alert.range_high == 1.0
    with pytest.raises(AttributeError, match="cannot be set"):
        alert.alert.metric = "y"
    with pytest.raises(ValueError, match="at least 1"):
        alert.alert.frequency = 0


def test_details_can_be_changed():
    alert = events(name="details")
    alert.commit()
    alert.abort, alert.enabled, alert.description, alert.notification = True, False, "other", "email"
    alert.commit()

    found = Alert(alert.id)
    assert (found.abort, found.enabled, found.description, found.notification) == (True, False, "other", "email")
    assert (found.alert.pattern, found.source) == ("bad", "events")


def test_the_same_alert_is_one():
    first, second, other = user("same"), user("same"), user("same", description="another")
    for alert in (first, second, other):
        alert.commit()

    assert first.id == second.id != other.id
    assert not first.compare(other)
    assert not first.compare(threshold())


def test_a_program_sets_the_state_of_its_own_alerts_only():
    run = Run.new(folder="/alerts")
    run.commit()
    alert = user("state", abort=True)
    alert.commit()
    assert alert.get_status(run.id) is None

    alert.set_status(run.id, "critical")

    assert Alert(alert.id).get_status(run.id) == "critical"
    with pytest.raises(ValueError, match="ok, critical"):
        alert.set_status(run.id, "bad")
    with pytest.raises(NotImplementedError, match="UserAlert"):
        threshold().set_status(run.id, "ok")


def test_alerts_are_listed_by_kind_and_limited():
    for name in ("list a", "list b", "list c"):
        user(name).commit()
        threshold(name).commit()

    listed = [one.name for _, one in UserAlert.get(count=2, sorting=[AlertSort(column="created")])]
    assert listed == ["list c", "list b"]
    assert all(isinstance(one, MetricsThresholdAlert) for _, one in MetricsThresholdAlert.get())
    assert len(list(Alert.get(count=4))) == 4


@pytest.mark.parametrize(
    ("make", "given"),
    [
        (threshold, {"rule": "is inside range"}),
        (threshold, {"window": 0}),
        (threshold, {"frequency": 1.5}),
        (threshold, {"aggregation": "median"}),
        (threshold, {"notification": "sms"}),
        (threshold, {"name": "a?"}),
        (within, {"range_low": 1}),
        (within, {"rule": "is above"}),
        (events, {"frequency": 0}),
    ],
)
def test_a_rule_that_cannot_be_is_refused_at_once(make, given):
    with pytest.raises(ValueError):
        make(**given)

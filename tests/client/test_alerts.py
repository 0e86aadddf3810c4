"""Alerts are found for a run or for all, by what they are for the run, as names or as objects."""

import pytest

from simvue.api.objects import MetricsThresholdAlert, UserAlert
from simvue.client import ArgumentError
from simvue.server.refusals import ObjectNotFoundError


@pytest.fixture(scope="module")
def watched(site):
    """A run with three alerts, one of them critical."""
    alerts = [site.alert(f"watched-{name}") for name in ("b", "a", "c")]
    run = site.run("alerts", alerts=alerts)
    site.send("PUT", f"/api/alerts/{alerts[0]}/status/{run}", {"status": "critical"})
    site.send("PUT", f"/api/alerts/{alerts[1]}/status/{run}", {"status": "ok"})
    return run


def test_the_critical_alerts_of_a_run_are_named(client, site, watched):
    assert client.get_alerts(run_id=watched) == ["watched-b"]
    assert client.get_alerts(run_id=site.run("no-alerts")) == []


def test_all_alerts_of_a_run_are_sorted_and_counted(client, watched):
    def named(**options):
        return client.get_alerts(run_id=watched, critical_only=False, sort_by_columns=[("name", True)], **options)

    assert named() == ["watched-c", "watched-b", "watched-a"]
    assert named(start_index=1, count_limit=1) == ["watched-b"]


def test_alerts_are_objects_of_their_kind(client, site, watched):
    rule = {"rule": "is above", "frequency": 1, "window": 1, "metric": "x", "aggregation": "average", "threshold": 0.0}
    threshold = site.alert("alerts-threshold", source="metrics", alert=rule)

    of_run = client.get_alerts(run_id=watched, names_only=False)
    of_all = client.get_alerts(critical_only=False, names_only=False)

    assert [(type(alert), alert.name) for alert in of_run] == [(UserAlert, "watched-b")]
    assert {alert.id: type(alert) for alert in of_all}[threshold] is MetricsThresholdAlert


def test_all_alerts_of_the_server_are_sorted_and_counted(client, site):
    for number in range(120):
        site.alert(f"zz-{number:03}")
    order = [("name", True)]

    assert client.get_alerts(critical_only=False, count_limit=2, start_index=1, sort_by_columns=order) == [
        "zz-118",
        "zz-117",
    ]
    assert len(client.get_alerts(critical_only=False)) >= 120


def test_an_alert_is_deleted_once(client, site):
    alert = site.alert("alerts-doomed")

    assert client.delete_alert(alert) is None

    with pytest.raises(ObjectNotFoundError):
        client.delete_alert(alert)


def test_what_makes_no_sense_is_refused(client, watched):
    with pytest.raises(ArgumentError, match="critical_only"):
        client.get_alerts()
    with pytest.raises(ObjectNotFoundError):
        client.get_alerts(run_id="nobody")
    with pytest.raises(ArgumentError, match="nonsense"):
        client.get_alerts(run_id=watched, sort_by_columns=[("nonsense", True)])

"""Alerts of a run."""

import pytest

from simvue import Run, SimvueRunError
from tests.journal import journals


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    run = Run(mode="offline", cache_directory=tmp_path / "cache")
    run.init("name")
    yield run
    run.close()


def recorded(run, tmp_path):
    run.close()
    found = journals.whole(journals.only(tmp_path / "cache"))[2:-2]
    return [{name: record[name] for name in record if name not in ("seq", "at", "crc")} for record in found]


@pytest.mark.requirement("REC-060", "REC-061", "REC-062", "REC-063", "REC-064", "REC-065", "REC-066", "REC-067")
@pytest.mark.requirement("REC-069", "REC-070", "REC-071", "REC-072")
def test_every_kind_of_alert_is_defined(run, tmp_path):
    run.create_metric_threshold_alert("t", "a", 3.5, "is above", frequency=5, trigger_abort=True)
    run.create_metric_range_alert("r", "a", 1, 2, "is outside range", window=3, aggregation="all", description="d")
    run.create_event_alert("e", "diverged", notification="email")
    run.create_user_alert("u")

    common = {"kind": "alert", "notification": "none", "abort": False}
    metric = {**common, "source": "metrics", "metric": "a"}
    assert recorded(run, tmp_path) == [
        {
            **metric,
            "name": "t",
            "rule": "is above",
            "threshold": 3.5,
            "aggregation": "average",
            "window": 5,
            "frequency": 5,
            "abort": True,
        },
        {
            **metric,
            "name": "r",
            "rule": "is outside range",
            "range_low": 1,
            "range_high": 2,
            "aggregation": "all",
            "window": 3,
            "frequency": 1,
            "description": "d",
        },
        {**common, "name": "e", "source": "events", "pattern": "diverged", "frequency": 1, "notification": "email"},
        {**common, "name": "u", "source": "user"},
    ]


@pytest.mark.requirement("REC-075", "REC-076", "REC-077")
def test_the_state_of_an_alert_is_set_by_name_or_by_what_created_it(run, tmp_path):
    known = run.create_user_alert("u")

    run.log_alert(known)
    run.log_alert(name="u", state="ok")
    run.log_alert("Wfo123")

    states = [{name: record[name] for name in record if name != "kind"} for record in recorded(run, tmp_path)[1:]]
    assert states == [
        {"name": "u", "state": "critical"},
        {"name": "u", "state": "ok"},
        {"id": "Wfo123", "state": "critical"},
    ]


@pytest.mark.requirement("REC-060", "REC-061")
def test_alerts_of_the_server_are_attached_by_identifier(run, tmp_path):
    assert run.add_alerts(ids=["a1", "a2"])

    assert recorded(run, tmp_path) == [{"kind": "alert", "id": "a1"}, {"kind": "alert", "id": "a2"}]


@pytest.mark.parametrize("attach", [True, False])
def test_an_alert_of_one_run_is_defined_for_another_that_adds_it(run, tmp_path, attach):
    shared = run.create_event_alert("shared", "diverged", attach_to_run=attach)
    other = Run(mode="offline", cache_directory=tmp_path / "other")
    other.init("other")

    assert other.add_alerts(ids=[shared])
    assert other.add_alerts(names=["shared"])
    other.close()

    found = journals.whole(journals.only(tmp_path / "other"))
    definitions = [record for record in found if record["kind"] == "alert"]
    assert [(record["name"], record["pattern"]) for record in definitions] == [("shared", "diverged")]
    assert len(recorded(run, tmp_path)) == attach


def test_alerts_of_this_run_are_attached_already(run, tmp_path):
    run.create_user_alert("u")

    assert run.add_alerts(names=["u"], ids=["a1"])

    assert [record.get("id", record.get("name")) for record in recorded(run, tmp_path)] == ["u", "a1"]


@pytest.mark.parametrize(
    "call",
    [
        lambda run: run.log_alert(),
        lambda run: run.log_alert("a", "b"),
        lambda run: run.log_alert("a", state="bad"),
        lambda run: run.add_alerts(names=["x"]),
        lambda run: run.create_user_alert("naïve"),
        lambda run: run.create_event_alert("x", ""),
        lambda run: run.create_metric_threshold_alert("x", "a", 1.0, "above"),
        lambda run: run.create_metric_range_alert("x", "a", 2.0, 1.0, "is inside range"),
    ],
)
@pytest.mark.requirement("REC-060", "REC-065", "REC-068", "REC-075", "REC-076")
def test_an_alert_that_no_record_can_hold_raises(run, tmp_path, call):
    with pytest.raises(SimvueRunError):
        call(run)

    assert recorded(run, tmp_path) == []

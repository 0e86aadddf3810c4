"""Runs are created, changed, watched and ended."""

from datetime import datetime

import pytest

from simvue.api.objects import Folder, Run, UserAlert
from simvue.api.objects.base import VisibilityBatchArgs
from simvue.api.objects.run import RunBatchArgs


@pytest.fixture
def run():
    made = Run.new(folder="/runs", name="first", tags=["one"], metadata={"a": {"b": 1}}, description="words")
    made.commit()
    return made


def test_a_run_has_what_it_was_created_with(run):
    found = Run(run.id)

    assert (found.name, found.folder, found.tags, found.description) == ("first", "/runs", ["one"], "words")
    assert found.metadata == {"a": {"b": 1}}
    assert (found.status, found.ttl, found.heartbeat_timeout, found.notifications) == ("created", None, None, "none")
    assert (found.started, found.endtime, found.runtime, found.alerts) == (None, None, None, [])
    assert found.user == "user01"
    assert isinstance(found.created, datetime)


def test_each_attribute_can_be_changed(run):
    run.name, run.description, run.tags, run.folder = "second", "other", ["two"], "/runs"
    run.status, run.ttl, run.heartbeat_timeout, run.notifications = "running", 3600, 60, "error"
    run.metadata, run.system = {"c": 2}, {"cwd": "/w"}
    run.commit()

    found = Run(run.id)
    assert (found.name, found.description, found.tags) == ("second", "other", ["two"])
    assert (found.status, found.ttl, found.heartbeat_timeout, found.notifications) == ("running", 3600, 60, "error")
    assert found.metadata == {"a": {"b": 1}, "c": 2}
    assert found.system["cwd"] == "/w"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "a?b"),
        ("folder", "runs"),
        ("status", "done"),
        ("ttl", -1),
        ("ttl", True),
        ("heartbeat_timeout", 1.5),
        ("notifications", "email"),
        ("tags", "one"),
        ("tags", [1]),
        ("description", 3),
        ("started", "yesterday"),
        ("alerts", "one"),
    ],
)
def test_a_value_that_cannot_be_is_refused_at_once(run, name, value):
    with pytest.raises(ValueError):
        setattr(run, name, value)
    with pytest.raises(ValueError):
        Run.new(**{"folder": "/runs", name: value})

    assert run.staged == {}


def test_alerts_are_attached_and_described(run):
    alert = UserAlert.new(name="watch", description=None, notification="none")
    alert.commit()
    run.alerts = [alert.id]
    assert [one["name"] for one in run.get_alert_details()] == ["watch"]
    run.commit()

    assert Run(run.id).alerts == [alert.id]
    assert [one["name"] for one in Run(run.id).get_alert_details()] == ["watch"]


def test_a_run_can_be_asked_to_end(run):
    assert run.abort_trigger is False
    assert run.abort("enough") == {}

    assert run.abort_trigger is True
    assert Run.new(folder="/runs").abort_trigger is False


def test_a_heartbeat_needs_a_run_on_the_server(run, requests):
    assert run.send_heartbeat() == {}
    assert requests() == [f"PUT runs/{run.id}/heartbeat"]
    assert Run.new(folder="/runs").send_heartbeat() is None


def test_a_favourite_is_marked_by_commit(run, requests):
    run.star = True
    assert run.star is True
    run.commit()

    assert requests() == [f"PUT runs/{run.id}/starred"]
    assert Run(run.id).star is True
    new = Run.new(folder="/runs", star=True)
    new.commit()
    assert Run(new.id).star is True


def test_favourites_are_of_folders_too():
    folder = Folder.new(path="/marked")
    folder.commit()
    folder.star = True
    folder.description = "both"
    folder.commit()

    assert (Folder(folder.id).star, Folder(folder.id).description) == (True, "both")


def test_a_run_without_data_has_none(run):
    assert (run.artifacts, run.grids, list(run.metrics)) == ([], [], [])
    assert dict(run.events)["count"] == 0


def test_many_runs_are_created_at_once_in_order(requests):
    entries = [
        RunBatchArgs(name="b1", tags=["x"]),
        RunBatchArgs(name="b2", folder="/own", description="d", metadata={"q": 1, "z": 3}, status="completed"),
    ]
    shown = VisibilityBatchArgs(tenant=True)

    made = list(Run.batch_create(entries, visibility=shown, folder="/batch", metadata={"z": 2}))

    assert requests() == ["POST runs"]
    first, second = (Run(one) for one in made)
    assert (first.name, first.folder, first.tags, first.metadata) == ("b1", "/batch", ["x"], {"z": 2})
    assert (second.name, second.folder, second.status) == ("b2", "/own", "completed")
    assert second.metadata == {"q": 1, "z": 3}
    assert first.visibility.tenant is True


def test_a_batch_with_a_wrong_entry_creates_nothing(requests):
    with pytest.raises(ValueError, match="a folder"):
        Run.batch_create([RunBatchArgs(name="fine"), RunBatchArgs(folder="odd")])

    assert requests() == []
    assert list(Run.batch_create([])) == []

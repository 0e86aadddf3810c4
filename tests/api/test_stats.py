"""Statistics say who asks and how much there is."""

import pytest

from simvue.api.objects import Run, Stats


def test_the_owner_of_the_token_is_named():
    assert Stats().whoami() == {"user": "user01", "tenant": "tenant01"}


def test_runs_are_counted_by_status():
    before = Stats().get_run_stats()
    Run.new(folder="/stats", status="completed").commit()
    stats = Stats()

    assert stats.runs.completed == before["completed"] + 1
    assert stats.runs.created == before["created"]
    assert stats.runs.running == before["running"]
    assert stats.runs.data == stats.to_dict()["runs"]["data"]


def test_statistics_of_users_are_for_administrators(administrator, monkeypatch, server):
    found = Stats().admin_stats()
    assert {"runs", "alerts", "tags", "files", "volume", "events", "metrics"} == set(next(iter(found.values())))

    monkeypatch.setenv("SIMVUE_TOKEN", server.token)
    with pytest.raises(RuntimeError, match="Forbidden"):
        Stats().admin_stats()


def test_statistics_cannot_be_changed():
    with pytest.raises(NotImplementedError):
        Stats().commit()
    with pytest.raises(NotImplementedError):
        Stats().delete()

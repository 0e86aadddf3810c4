"""Going on with a run that an earlier process began, without a network."""

import json
import time

import pytest

from simvue import Run, SimvueRunError
from tests.journal import journals

THEIRS = "NC83JHHALz9P2D7PDyMcSm"


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def begun(cache, steps: int = 0) -> str:
    """Record the beginning of a run, and return its key."""
    with Run(mode="offline", cache_directory=cache) as run:
        run.init("heat", running=steps > 0)
        for _ in range(steps):
            run.log_metrics({"a": 1.0})
    return run.key


def again(cache, identifier: str) -> list[journals.Record]:
    """Reconnect, record one value, and return the new journal."""
    with Run(mode="offline", cache_directory=cache) as run:
        assert run.reconnect(identifier)
        assert run.log_metrics({"a": 2.0})
    return journals.whole(journals.journals(cache)[-1])


@pytest.mark.requirement("JRN-015", "REC-016")
def test_an_announced_run_is_joined_by_its_key(tmp_path):
    key = begun(tmp_path)

    header, run, metrics, *_, end = again(tmp_path, key)

    assert header["run"] == key
    assert (run["kind"], run["status"], "name" in run, "server_id" in run) == ("run", "running", False, False)
    assert (metrics["step"], end["status"]) == (0, "completed")


def test_the_time_of_a_run_that_was_only_announced_begins_when_it_is_joined(tmp_path):
    key = begun(tmp_path)
    time.sleep(1.0)

    second = again(tmp_path, key)

    assert second[2]["time"] < 0.9


def test_steps_and_times_go_on(tmp_path):
    key = begun(tmp_path, 5)
    first = journals.whole(journals.only(tmp_path))

    second = again(tmp_path, key)

    assert second[2]["step"] == 5
    assert second[2]["time"] > first[6]["time"]


def test_the_run_keeps_its_name_and_its_folder(tmp_path):
    with Run(mode="offline", cache_directory=tmp_path) as first:
        first.init("heat", folder="/pde")

    again = Run(mode="offline", cache_directory=tmp_path)
    again.reconnect(first.id)
    again.set_folder_details(description="all")
    again.close()

    assert again.name == "heat"
    assert journals.whole(journals.journals(tmp_path)[-1])[2]["path"] == "/pde"


def test_a_run_is_found_by_what_the_sender_calls_it(tmp_path):
    key = begun(tmp_path, 1)
    (tmp_path / "control").mkdir()
    (tmp_path / "control" / f"{key}.json").write_text(json.dumps({"run": key, "server_id": THEIRS, "abort": False}))

    header, run, *_ = again(tmp_path, THEIRS)

    assert header["run"] == key
    assert "server_id" not in run


@pytest.mark.requirement("REC-022")
def test_a_run_that_only_the_server_knows_is_attached_to(tmp_path):
    header, run, *_ = again(tmp_path, THEIRS)

    assert (run["server_id"], run["status"]) == (THEIRS, "running")
    assert header["run"] != ""


@pytest.mark.parametrize(
    "call",
    [
        lambda run: run.reconnect(),
        lambda run: run.reconnect("a b"),
        lambda run: run.reconnect(name="heat"),
        lambda run: (run.init("name"), run.reconnect("key")),
    ],
)
def test_what_leads_to_no_run_is_refused(tmp_path, call):
    run = Run(mode="offline", cache_directory=tmp_path)

    with pytest.raises(SimvueRunError):
        call(run)

    run.close() if run._begun else None


def test_a_disabled_run_reconnects_to_nothing():
    assert Run(mode="disabled").reconnect("key")

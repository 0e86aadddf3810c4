"""Follower: what a Python program uses to record what another program writes."""

import subprocess
import sys
import time

import pytest

from simvue import Run
from simvue.errors import ConfigurationError
from simvue.follow import Follower
from tests.journal import journals


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch, tmp_path):
    """No configuration file and no variable of the developer's own is found."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    for name in ("SIMVUE_OFFLINE_DIRECTORY", "SIMVUE_SERVER_PROFILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(tmp_path):
    run = Run(mode="offline", cache_directory=tmp_path / "cache")
    run.init("name")
    yield run
    run.close()


@pytest.fixture
def log(tmp_path):
    return tmp_path / "solver.log"


def recorded(run, tmp_path, *kinds):
    """End the run and return its records of some kinds."""
    run.close()
    return [record for record in journals.whole(journals.only(tmp_path / "cache")) if record["kind"] in kinds]


def test_a_program_is_followed_while_it_runs_and_read_to_its_end(run, tmp_path, log):
    solver = "import time\nwith open('solver.log', 'w') as log:\n  for n in range(5):\n"
    solver += "    print('it', n, 'r', 1 / (n + 1), file=log, flush=True); time.sleep(0.05)\n  log.write('it 5 r 0.0')"

    with Follower(run, log, metrics=[r"it (?P<step>\d+) r (?P<r>\S+)"], interval=0.02) as follower:
        subprocess.run([sys.executable, "-c", solver], check=True)

    found = recorded(run, tmp_path, "metrics")
    assert [record["step"] for record in found] == [0, 1, 2, 3, 4, 5]
    assert [record["values"]["r"] for record in found] == [1.0, 1 / 2, 1 / 3, 1 / 4, 1 / 5, 0.0]
    assert found[-2]["time"] - found[0]["time"] > 0.1  # they were recorded as they came
    assert (follower.tally.values, follower.tally.lines) == (6, 6)


def test_values_go_where_the_log_says(run, tmp_path, log):
    log.write_text("2026-03-01T09:00:00+01:00 step 3 t 0.5 r 1.0D-1\n")

    with Follower(run, log, metrics=[r"(?P<timestamp>\S+) step (?P<step>\d+) t (?P<time>\S+) r (?P<r>\S+)"]):
        pass

    (record,) = recorded(run, tmp_path, "metrics")
    assert {name: record[name] for name in ("at", "step", "time", "values")} == {
        "at": "2026-03-01T08:00:00.000000Z",
        "step": 3,
        "time": 0.5,
        "values": {"r": 0.1},
    }


def test_without_a_step_values_of_a_metric_are_counted(run, tmp_path, log):
    log.write_text("r 1\nq 1\nr 2\nq 2 r 3\n")

    with Follower(run, log, metrics=[r"r=r (\S+)", r"q=q (\S+)"]):
        pass

    found = [(record["step"], record["values"]) for record in recorded(run, tmp_path, "metrics")]
    assert found == [(0, {"r": 1.0}), (0, {"q": 1.0}), (1, {"r": 2.0}), (2, {"r": 3.0}), (1, {"q": 2.0})]


def test_events_and_metadata_are_recorded(run, tmp_path, log):
    log.write_text("cells: 100\nWARNING: slow\ncells: 100\ncells: 200\n")

    with Follower(run, log, events=["warning=WARN"], metadata=[r"cells=cells: (\d+)"]):
        pass

    found = recorded(run, tmp_path, "event", "metadata")
    assert [(record.get("message"), record.get("log_level"), record.get("values")) for record in found] == [
        (None, None, {"cells": 100}),
        ("WARNING: slow", "warning", None),
        (None, None, {"cells": 200}),
    ]


def test_what_is_not_finite_is_recorded(run, tmp_path, log):
    log.write_text("r NaN\nr Infinity\n")

    with Follower(run, log, metrics=[r"r=r (\S+)"]):
        pass

    assert [record["values"]["r"] for record in recorded(run, tmp_path, "metrics")] == ["NaN", "Infinity"]


def test_a_line_that_means_failure_makes_the_run_a_failed_one(run, tmp_path, log):
    log.write_text("FATAL: overflow\nr 1\n")

    with Follower(run, log, metrics=[r"r=r (\S+)"], fail_on=["FATAL"]) as follower:
        pass

    assert follower.stopped.message == "FATAL: overflow"
    found = recorded(run, tmp_path, "metrics", "status")
    assert [record.get("status") for record in found] == [None, "failed"]


def test_nothing_is_recorded_after_a_line_that_means_the_end(run, tmp_path, log):
    log.write_text("r 1\nEnd\nr 2\n")

    with Follower(run, log, metrics=[r"r=r (\S+)"], until=["^End"]):
        pass

    assert [record["values"] for record in recorded(run, tmp_path, "metrics")] == [{"r": 1.0}]
    assert run.status == "completed"


def test_it_can_be_read_without_a_thread(run, log):
    follower = Follower(run, log, metrics=[r"r=r (\S+)"])
    log.write_text("r 1\nr")

    assert (follower.read(), follower.tally.values) == (5, 1)
    log.write_text("r 1\nr 2")
    assert (follower.read(), follower.tally.values) == (2, 1)
    follower.finish()
    follower.finish()

    assert follower.tally.values == 2
    assert follower.read() == 0


def test_it_ends_when_nothing_comes_any_more(run, log):
    log.write_text("r 1")
    follower = Follower(run, log, metrics=[r"r=r (\S+)"], interval=0.01)

    started = time.monotonic()
    follower.follow(lambda: False, idle_timeout=0.2)

    assert 0.2 <= time.monotonic() - started < 5
    assert follower.tally.values == 1


def test_metrics_without_end_are_refused_at_some_number(run, log):
    log.write_text("".join(f"m{number}=1\n" for number in range(10_010)))

    with Follower(run, log, format="keyvalue") as follower:
        pass

    assert (follower.tally.values, follower.tally.refused) == (10_000, 10)


def test_what_a_run_cannot_hold_is_counted_and_the_rest_is_recorded(run, tmp_path, log):
    log.write_text(f"r 1\n{'k' * 300}: 1\nr 2\n")

    with Follower(run, log, metrics=[r"r=r (\S+)"], metadata=[r"(?P<" + "k" * 300 + r">\d)"]) as follower:
        pass

    assert (follower.tally.refused, len(follower.tally.problems)) == (3, 1)
    assert len(recorded(run, tmp_path, "metrics")) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "nothing to look for"),
        ({"metrics": ["a"]}, "it is not said"),
        ({"metrics": [r"a=(\d)"], "interval": 0}, "more than 0"),
    ],
)
def test_what_cannot_be_followed_is_refused_at_once(run, log, options, message):
    with pytest.raises(ConfigurationError, match=message):
        Follower(run, log, **options)


def test_an_error_in_the_thread_is_a_warning(run, log, caplog, monkeypatch):
    follower = Follower(run, log, metrics=[r"r=r (\S+)"], interval=0.01)
    monkeypatch.setattr(run, "log_metrics", None)
    log.write_text("r 1\n")

    with follower:
        time.sleep(0.05)

    assert "the logs are not followed any more" in caplog.text

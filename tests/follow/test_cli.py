"""The command: what it says, records and exits with, where no program is started."""

import json
import signal
import subprocess
import sys
import time

import pytest

from simvue.follow.cli import main
from tests.follow.command import done, ending, offline, records, values, wait_for_journal

R = ("--metric", r"r=^r (\S+)")


@pytest.fixture
def command(tmp_path, monkeypatch, capfd):
    """The command within this process, for what starts and records nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["simvue-follow", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code, *capfd.readouterr()

    return run


def test_a_log_is_recorded_until_a_line_says_so(tmp_path):
    (tmp_path / "a.log").write_text("r 1\nWARN x\n")
    process = offline(
        tmp_path, "a.log", *R, "--event", "warning=WARN", "--until", "^End", "--name", "heat 2d",
        "--folder", "/heat", "--tags", "a,b", "--tags", "c", "--description", "text", "--run-key", "key", "--json",
    )  # fmt: skip
    wait_for_journal(tmp_path)
    with (tmp_path / "a.log").open("a") as log:
        log.write("r 2\nEnd\nr 3\n")

    status, out, err = done(process)

    summary = json.loads(out)
    assert (status, err) == (0, "")
    assert (summary["run"], summary["status"], summary["values"], summary["events"]) == ("key", "completed", 2, 1)
    assert values(tmp_path, "r") == [1, 2]
    (run,) = records(tmp_path, "run")
    assert (run["name"], run["folder"], run["description"], run["tags"]) == (
        "heat 2d",
        "/heat",
        "text",
        ["a", "b", "c"],
    )
    assert ending(tmp_path) == ("completed", ["WARN x"])


def test_it_ends_when_nothing_comes_any_more(tmp_path):
    (tmp_path / "a.log").write_text("r 1\nr 2")

    assert done(offline(tmp_path, "a.log", *R, "--idle-timeout", "0.3"))[0] == 0
    assert values(tmp_path, "r") == [1, 2]
    assert ending(tmp_path) == ("completed", [])


def test_from_the_end_nothing_is_recorded_twice(tmp_path):
    (tmp_path / "a.log").write_text("r 1\n")

    assert done(offline(tmp_path, "a.log", *R, "--from-end", "--idle-timeout", "0.3"))[0] == 0
    assert values(tmp_path, "r") == []


def test_standard_input_is_followed_to_its_end(tmp_path):
    process = offline(tmp_path, "-", *R)
    assert done(process)[0] == 0  # it is empty
    assert ending(tmp_path) == ("completed", [])


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_ends_it_in_order(tmp_path, name):
    (tmp_path / "a.log").write_text("r 1\n")
    process = offline(tmp_path, "a.log", *R)
    wait_for_journal(tmp_path)

    process.send_signal(signal.SIGUSR1)  # is for programs
    time.sleep(0.2)
    assert process.poll() is None
    with (tmp_path / "a.log").open("a") as log:
        log.write("r 2")
    process.send_signal(getattr(signal, name))
    status, _, err = done(process)

    assert status == 128 + getattr(signal, name)
    assert err == f"simvue-follow: the run is terminated: ended by {name}\n"
    assert values(tmp_path, "r") == [1, 2]
    assert ending(tmp_path) == ("terminated", [f"ended by {name}"])


def test_a_line_that_means_failure_ends_it(tmp_path):
    (tmp_path / "a.log").write_text("r 1\nFATAL: overflow\nat line 3 r\nr 2\n")

    status, _, err = done(offline(tmp_path, "a.log", *R, "--fail-on", "FATAL"))

    assert (status, err) == (1, "simvue-follow: the run is failed: FATAL: overflow\n")
    assert values(tmp_path, "r") == [1, 2]
    assert ending(tmp_path) == ("failed", ["FATAL: overflow"])


def test_a_process_that_runs_already_is_watched(tmp_path):
    log = tmp_path / "a.log"
    solver = subprocess.Popen(["sh", "-c", f"sleep 0.5; printf 'r 1\\nr 2' > {log}; exit 3"])

    process = offline(tmp_path, "a.log", *R, "--pid", solver.pid)
    time.sleep(0.8)
    status, _, _ = done(process)  # it is a zombie by now

    assert status == 0
    assert values(tmp_path, "r") == [1, 2]
    assert solver.wait() == 3


def test_a_process_that_has_ended_already_is_no_reason_to_lose_its_log(tmp_path):
    gone = subprocess.Popen(["true"])
    gone.wait()
    (tmp_path / "a.log").write_text("r 1\nr 2")

    status, _, err = done(offline(tmp_path, "a.log", *R, "--pid", gone.pid))

    assert (status, err) == (0, f"simvue-follow: there is no process {gone.pid}; the logs are read as they are\n")
    assert values(tmp_path, "r") == [1, 2]


def test_a_dry_run_shows_what_would_be_recorded(tmp_path, command):
    (tmp_path / "a.log").write_text("nx: 8\nit 3 r 1.0D-1\nWARN \x1b[1m\nr *****\nFATAL\n" + "r 1\n" * 12 + "r 7")

    patterns = ("--metric", r"r=r (\S+)", "--step", r"it (\d+)", "--metadata", r"nx=nx: (\d+)")
    status, out, err = command("a.log", "--dry-run", *patterns, "--event", "warning=WARN", "--fail-on", "FATAL")

    assert status == 0
    assert out.splitlines()[:5] == [
        "a.log:1: metadata nx = 8",
        "a.log:2: metric r = 0.1 (step 3)",
        "a.log:3: event (warning) WARN \\x1b[1m",
        "a.log:5: failed: FATAL",
        "a.log:6: metric r = 1.0 (step 3)",
    ]
    assert out.splitlines()[-2:] == [
        "and 4 more of metrics",
        "18 lines: 14 values, 1 events, 1 metadata; 1 skipped, 0 cut",
    ]
    assert err == "simvue-follow: line 4: '*****' is no number; it is skipped, as are others like it\n"
    assert list(tmp_path.iterdir()) == [tmp_path / "a.log"]


def test_a_dry_run_can_be_read_by_machines(tmp_path, command):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")

    status, out, err = command("a.csv", "--dry-run", "--json", "--format", "csv")

    assert (status, json.loads(out)["values"]) == (0, 2)
    assert err == "a.csv:2: metric a = 1.0, b = 2.0\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a.log", "--metric", "a=(x"], "simvue-follow: metric: missing ), unterminated subpattern at position 2"),
        (["a.log", "--metric", "x"], "it is not said what the metric is"),
        (["a.log"], "there is nothing to look for"),
        (["--metric", r"a=(\d)"], "Name a LOG, or a COMMAND after --."),
        (["a.log", *R, "--format", "xml"], "'xml' is not one of"),
        (["a.log", *R, "--encoding", "utf-16"], "encoding 'utf-16' cannot be followed"),
        (["a.log", *R, "--pid", "1", "--", "true"], "not both"),
        (["a.log", *R, "--idle-timeout", "1", "--", "true"], "its end is the end"),
        (["a.log", *R, "--name", "a*b"], "name='a*b'"),
        (["a.log", *R, "--rank", "1"], "rank needs run_key"),
    ],
)
def test_wrong_usage_is_said_and_nothing_is_recorded(tmp_path, command, arguments, message):
    status, out, err = command("--mode", "offline", "--cache", str(tmp_path / "cache"), *arguments)

    assert (status, out) == (2, "")
    assert message in err
    assert "Traceback" not in err
    assert not (tmp_path / "cache").exists()


def test_the_help_has_examples(command):
    status, out, _ = command("--help")

    assert status == 0
    assert all(word in out for word in ("simpleFoam", "--format csv", "--format namelist", "--dry-run"))

"""A program that is started and followed: its output, its end, the signals that reach it."""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import time

import pytest

from simvue.follow.program import Watched
from tests.follow.command import done, ending, follow, offline, records, values, wait_for_journal

R = ("--metric", r"r=^r (\S+)")


def test_the_output_is_followed_and_still_reaches_the_terminal(tmp_path):
    solver = "echo r 1; echo other; echo r 2 >&2; printf 'r 3'"

    status, out, err = done(offline(tmp_path, "-", *R, "--json", "--", "sh", "-c", solver))

    text, _, summary = out.rpartition("{")
    assert (status, text, err) == (0, "r 1\nother\nr 3\n", "r 2\n")
    assert sorted(values(tmp_path, "r")) == [1, 2, 3]
    assert json.loads("{" + summary)["lines"] == 4
    assert ending(tmp_path) == ("completed", [])


def test_the_log_is_followed_to_the_end_of_the_program(tmp_path):
    solver = "for n in 1 2 3; do echo r $n >> a.log; sleep 0.1; done; printf 'r 4' >> a.log"

    status, out, err = done(offline(tmp_path, "a.log", *R, "--", "sh", "-c", solver))

    assert (status, out, err) == (0, "", "")
    assert values(tmp_path, "r") == [1, 2, 3, 4]
    times = [record["time"] for record in records(tmp_path, "metrics")]
    assert times[2] - times[0] > 0.1


def test_its_exit_status_is_that_of_the_run_and_of_the_command(tmp_path):
    status, _, err = done(offline(tmp_path, "a.log", *R, "--", "sh", "-c", "echo r 1 > a.log; exit 3"))

    assert (status, err) == (3, "simvue-follow: the run is failed: sh ended with exit status 3\n")
    assert values(tmp_path, "r") == [1]
    assert ending(tmp_path) == ("failed", ["sh ended with exit status 3"])


def test_a_program_that_is_killed_makes_the_run_a_failed_one(tmp_path):
    status, _, _ = done(offline(tmp_path, "-", *R, "--", "sh", "-c", "echo r 1; kill -KILL $$"))

    assert status == 128 + signal.SIGKILL
    assert values(tmp_path, "r") == [1]
    assert ending(tmp_path) == ("failed", ["sh ended with signal SIGKILL"])


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_reaches_the_program_whose_end_is_awaited(tmp_path, name):
    solver = f"trap 'sleep 0.2; echo r 2; exit 5' {name[3:]}; echo r 1; while :; do sleep 0.05; done"
    process = offline(tmp_path, "-", *R, "--", "sh", "-c", solver)
    wait_for_journal(tmp_path)

    process.send_signal(getattr(signal, name))
    status, out, _ = done(process)

    assert (status, out) == (5, "r 1\nr 2\n")
    assert values(tmp_path, "r") == [1, 2]
    assert ending(tmp_path) == ("terminated", [f"ended by {name}"])


CATASTROPHIC = ("--event", r"^(a+)+$")
"""Takes longer than anybody waits on a line of many letters a and another one."""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_ends_it_in_the_middle_of_an_expression_that_takes_for_ever(tmp_path, name):
    (tmp_path / "a.log").write_text("r 1\n")
    process = offline(tmp_path, "a.log", *R, *CATASTROPHIC)
    wait_for_journal(tmp_path)
    with (tmp_path / "a.log").open("a") as log:
        log.write("a" * 60 + "b\n")
    time.sleep(0.5)  # else the line may not be read before the end

    process.send_signal(getattr(signal, name))
    status, _, err = done(process)

    assert status == 128 + getattr(signal, name), err
    assert "where an expression takes very long" in err
    assert ending(tmp_path) == ("terminated", [f"ended by {name}"])


def test_the_end_of_a_program_that_was_told_to_end_is_seen_in_such_an_expression_too(tmp_path):
    solver = f"echo r 1; sleep 0.3; echo {'a' * 60}b; while :; do sleep 0.05; done"
    process = offline(tmp_path, "-", *R, *CATASTROPHIC, "--", "sh", "-c", solver)
    wait_for_journal(tmp_path)
    time.sleep(1)

    process.send_signal(signal.SIGTERM)
    status, _, err = done(process)

    assert status == 128 + signal.SIGTERM, err
    assert ending(tmp_path) == ("terminated", ["ended by SIGTERM"])


def test_a_signal_for_the_program_is_no_end(tmp_path):
    solver = "trap 'echo r 2; exit 0' USR1; echo r 1; while :; do sleep 0.05; done"
    process = offline(tmp_path, "-", *R, "--", "sh", "-c", solver)
    wait_for_journal(tmp_path)

    process.send_signal(signal.SIGUSR1)

    assert done(process)[0] == 0
    assert ending(tmp_path) == ("completed", [])


def test_an_interrupt_of_the_terminal_reaches_the_program_once(tmp_path):
    solver = tmp_path / "solver.py"
    solver.write_text(
        "import signal, time\ncount = 0\ndef add(*_):\n  global count\n  count += 1\n"
        "signal.signal(signal.SIGINT, add)\nprint('r 1', flush=True)\n"
        "until = time.monotonic() + 20\nwhile not count and time.monotonic() < until: time.sleep(0.02)\n"
        "time.sleep(0.4)\nprint('r', 10 * count, flush=True)\n"
    )
    command = [sys.executable, "-m", "simvue.follow", "-", *R, "--mode", "offline", "--cache", "cache"]
    child, terminal = pty.fork()
    if child == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.chdir(tmp_path)
        variables = os.environ | {"HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
        os.execve(sys.executable, [*command, "--", sys.executable, str(solver)], variables)
    wait_for_journal(tmp_path)
    os.write(terminal, b"\x03")

    for _ in range(400):
        ended, _ = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        time.sleep(0.05)
    os.close(terminal)

    assert values(tmp_path, "r") == [1, 10]
    assert ending(tmp_path)[0] == "terminated"


def test_a_line_that_means_failure_ends_the_program(tmp_path):
    solver = "echo r 1; echo FATAL; while :; do sleep 0.05; done"

    status, out, _ = done(offline(tmp_path, "-", *R, "--fail-on", "FATAL", "--", "sh", "-c", solver))

    assert (status, out) == (128 + signal.SIGTERM, "r 1\nFATAL\n")
    assert ending(tmp_path) == ("failed", ["FATAL"])


def test_a_program_that_does_not_end_when_told_is_killed(tmp_path):
    solver = "trap '' TERM; echo FATAL; while :; do sleep 0.05; done"

    process = offline(tmp_path, "-", *R, "--fail-on", "FATAL", "--kill-after", "0.3", "--", "sh", "-c", solver)

    assert done(process)[0] == 128 + signal.SIGKILL


def test_a_failure_that_the_program_hides_is_in_the_exit_status(tmp_path):
    process = offline(tmp_path, "-", *R, "--fail-on", "FATAL", "--", "sh", "-c", "echo FATAL; exit 0")

    assert done(process)[0] == 1


def test_after_a_line_that_means_the_end_the_program_goes_on(tmp_path):
    solver = "echo r 1; echo End; sleep 0.3; echo r 2; exit 4"

    status, out, _ = done(offline(tmp_path, "-", *R, "--until", "^End", "--", "sh", "-c", solver))

    assert (status, out) == (4, "r 1\nEnd\nr 2\n")
    assert values(tmp_path, "r") == [1]
    assert ending(tmp_path) == ("completed", [])


def test_a_program_needs_no_log(tmp_path):
    assert done(offline(tmp_path, "--", "sh", "-c", "exit 2"))[0] == 2
    assert ending(tmp_path)[0] == "failed"


@pytest.mark.parametrize(("command", "expected"), [("./nothing", 127), (".", 126)])
def test_a_program_that_cannot_be_started_makes_the_run_a_failed_one(tmp_path, command, expected):
    status, _, err = done(offline(tmp_path, "-", *R, "--", command))

    assert status == expected
    assert err.startswith(f"simvue-follow: {command}: ")
    assert ending(tmp_path)[0] == "failed"


def test_a_child_that_keeps_the_output_open_is_not_waited_for(tmp_path):
    started = time.monotonic()
    process = offline(tmp_path, "-", *R, "--json", "--", "sh", "-c", "sleep 30 & echo r 1; echo $! > pid")

    process.wait(20)

    assert time.monotonic() - started < 15
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    assert done(process)[0] == 0
    assert values(tmp_path, "r") == [1]


def test_a_disk_that_takes_no_record_does_not_stop_the_program(tmp_path):
    (tmp_path / "cache").write_text("no directory")

    status, out, _ = done(offline(tmp_path, "-", *R, "--", "sh", "-c", "echo r 1; exit 3"))

    assert (status, out) == (3, "r 1\n")


def test_the_end_of_another_process_is_seen_also_if_nobody_takes_note():
    process = subprocess.Popen(["sleep", "0.2"])
    watched = Watched(process.pid)

    assert not watched.is_over()
    time.sleep(0.5)
    assert watched.is_over()
    process.wait()
    assert watched.is_over()


def test_an_abort_on_the_server_ends_the_program(tmp_path):
    solver = "trap 'echo r 2; exit 0' TERM; echo r 1; while :; do sleep 0.05; done"
    process = offline(tmp_path, "-", *R, "--run-key", "key", "--", "sh", "-c", solver)
    wait_for_journal(tmp_path)

    (tmp_path / "cache" / "control").mkdir()
    (tmp_path / "cache" / "control" / "key.json").write_text('{"server_id": "abc", "abort": true}')
    status, out, _ = done(process)

    assert (status, out) == (0, "r 1\nr 2\n")
    assert ending(tmp_path) == ("terminated", ["the run was aborted on the server"])


def test_the_use_of_resources_is_the_programs(tmp_path):
    solver = "import time; data = bytearray(b'x' * (300 << 20)); time.sleep(1.8)"

    assert done(offline(tmp_path, "--", sys.executable, "-c", solver))[0] == 0

    assert max(values(tmp_path, "resources/cpu.usage.memory")) > 300


def test_without_a_program_no_use_of_resources_is_recorded(tmp_path):
    assert done(offline(tmp_path, "a.log", *R, "--idle-timeout", "1.5"))[0] == 0

    assert records(tmp_path, "metrics") == []


def test_a_server_out_of_reach_does_not_keep_the_program_from_its_work(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    (tmp_path / ".simvue.ini").write_text(f"[server]\nurl = http://127.0.0.1:{port}\ntoken = {'a' * 40}\n")
    online = ("-", *R, "--mode", "online", "--cache", "cache")

    status, out, err = done(follow(tmp_path, *online, "--", "sh", "-c", "echo r 1; exit 3"))
    alone, _, _ = done(follow(tmp_path, *online))

    assert (status, out, alone) == (3, "r 1\n", 2)
    assert "the run is recorded offline" in err
    assert values(tmp_path, "r") == [1]

"""Signals that end a program: its run is ended first, then the signal does what it does."""

import signal
import subprocess
import time

import pytest

from simvue.run import signals
from tests.journal import journals

SCRIPT = """
import os, signal, sys, threading, time
from simvue import Run
{before}
run = Run(mode="offline", cache_directory=sys.argv[1], run_key="key")
run.init("name")
print("ready", flush=True)
{code}
"""
BUSY = "while True: run.log_metrics({'a': 1.0})"
IDLE = "time.sleep(30)"


def signalled(tmp_path, number: int, code: str, before: str = "", prefix: tuple[str, ...] = ()):
    """Start a program, send it a signal, and return how it exited."""
    script = SCRIPT.format(before=before, code=code)
    with subprocess.Popen(
        [*prefix, *journals.command(script, tmp_path)], env=journals.environment(), stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        time.sleep(0.05)
        process.send_signal(number)
        return process.wait(timeout=20)


@pytest.mark.parametrize("code", [BUSY, IDLE], ids=["busy", "idle"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP])
def test_a_signal_ends_the_run_and_then_the_program(tmp_path, number, code):
    assert signalled(tmp_path, number, code) == -number

    found = journals.whole(journals.only(tmp_path))
    ends = [record for record in found[2:] if record["kind"] != "metrics"]  # on a busy machine some come in between
    assert found[-1] == ends[-1]
    assert [(record["kind"], record["status"], record.get("reason")) for record in ends] == [
        ("status", "terminated", f"signal {number.name}"),
        ("end", "terminated", None),
    ]


def test_handlers_of_the_program_are_left_alone(tmp_path):
    before = """
def stop(*_):
    run.log_event("saved")
    sys.exit(7)
signal.signal(signal.SIGUSR1, stop)
"""

    assert signalled(tmp_path, signal.SIGUSR1, IDLE, before) == 7

    found = journals.whole(journals.only(tmp_path))
    assert [record["kind"] for record in found[2:]] == ["event", "status", "end"]
    assert found[-1]["status"] == "failed"


def test_an_ignored_signal_stays_ignored(tmp_path):
    code = "time.sleep(1); run.log_event('later')"

    assert signalled(tmp_path, signal.SIGHUP, code, prefix=("nohup",)) == 0

    assert journals.whole(journals.only(tmp_path))[-1]["status"] == "completed"


def test_ctrl_c_is_still_an_exception_of_the_program(tmp_path):
    code = "try:\n    time.sleep(30)\nexcept KeyboardInterrupt:\n    run.log_event('caught')"
    before = "signal.signal(signal.SIGINT, signal.default_int_handler)"

    assert signalled(tmp_path, signal.SIGINT, code, before) == 0

    found = journals.whole(journals.only(tmp_path))
    assert (found[2]["message"], found[-1]["status"]) == ("caught", "completed")


def test_a_child_that_is_terminated_ends_its_own_journal_alone(tmp_path):
    code = """
import multiprocessing
def work():
    run.log_event("child")
    time.sleep(30)
child = multiprocessing.get_context("fork").Process(target=work)
child.start()
while not len(os.listdir(os.path.join(sys.argv[1], "journals"))) == 2:
    time.sleep(0.01)
child.terminate()
child.join()
run.log_event(f"exit {child.exitcode}")
"""
    journals.run(SCRIPT.format(before="", code=code), tmp_path)

    parent, child = [journals.whole(path) for path in journals.journals(tmp_path)]
    assert parent[2]["message"] == "exit -15"
    assert parent[-1]["status"] == "completed"
    assert [record["kind"] for record in child] == ["header", "event", "end"]
    assert "status" not in child[-1]


def test_the_handlers_go_with_the_last_run(tmp_path):
    code = """
    import signal, sys
    from simvue import Run
    numbers = (signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP)
    runs = [Run(mode="offline", cache_directory=sys.argv[1]) for _ in range(2)]
    for run in runs:
        run.init("name")
    for run in runs:
        print([signal.getsignal(number) is signal.SIG_DFL for number in numbers])
        run.close()
    print([signal.getsignal(number) is signal.SIG_DFL for number in numbers])
    """

    assert journals.run(code, tmp_path).stdout.splitlines() == ["[False, False, False]"] * 2 + ["[True, True, True]"]


def test_a_run_of_another_thread_leaves_signals_alone(tmp_path):
    code = """
    import sys, threading
    from simvue import Run
    def work():
        with Run(mode="offline", cache_directory=sys.argv[1]) as run:
            run.init("name")
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    """

    result = journals.run(code, tmp_path)

    assert result.stderr == ""
    assert journals.whole(journals.only(tmp_path))[-1]["status"] == "completed"


def test_every_signal_that_asks_a_program_to_end_is_taken():
    assert {number.name for number in signals._SIGNALS} == {"SIGTERM", "SIGUSR1", "SIGHUP", "SIGINT"}

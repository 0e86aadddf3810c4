"""How runs end: with the block, with the program, with an error."""

import signal
import subprocess
import textwrap

import pytest

from tests.journal import journals

SCRIPT = """
import sys, os, threading, time
from simvue import Run
{before}
run = Run(mode="offline", cache_directory=sys.argv[1], run_key="key")
run.init("name")
run.log_metrics({{"a": 1.0}})
"""


def script(code: str, before: str = "") -> str:
    return SCRIPT.format(before=textwrap.dedent(before)) + textwrap.dedent(code)


def ending(cache):
    """Return status, reason, the messages of events and the kinds of the last two records."""
    found = journals.whole(journals.only(cache))
    messages = [(record["message"], record.get("log_level")) for record in found if record["kind"] == "event"]
    status = next((record for record in found if record["kind"] == "status"), {})
    assert found[-1]["kind"] == "end"
    assert found[-1]["status"] == status["status"]
    return status["status"], status.get("reason"), messages


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("", "completed", None),
        ("run.close()", "completed", None),
        ("run.close(); run.close()", "completed", None),
        ("sys.exit()", "completed", None),
        ("sys.exit(0)", "completed", None),
        ("sys.exit(3)", "failed", "exit status 3"),
        ("exit(0)", "completed", None),
        ("exit(4)", "failed", "exit status 4"),
        ("quit('no mesh')", "failed", "exit: no mesh"),
        ("sys.exit('no mesh')", "failed", "exit: no mesh"),
        ("with run: pass", "completed", None),
        ("with run: sys.exit(4)", "failed", "exit status 4"),
        ("with run: raise SystemExit(5)", "failed", "exit status 5"),
        ("with run: sys.exit(0)", "completed", None),
        ("with run: run.set_status('terminated')", "terminated", None),
        ("threading.Thread(target=sys.exit, args=(6,)).start()", "completed", None),
        ("with run: run.close()", "completed", None),
    ],
)
@pytest.mark.requirement("JRN-043", "REC-125", "REC-096", "RDR-043", "WRT-006")
def test_a_program_that_ends_ends_its_run(tmp_path, code, status, reason):
    journals.run(script(code), tmp_path)

    assert ending(tmp_path) == (status, reason, [])


@pytest.mark.parametrize(
    "code",
    ["1 / 0", "with run: 1 / 0", "try:\n    1 / 0\nfinally:\n    run.log_metrics({'a': 2.0})"],
)
def test_an_exception_is_recorded_with_its_traceback_and_still_seen(tmp_path, code):
    result = journals.run(script(code), tmp_path)

    status, reason, ((message, level),) = ending(tmp_path)
    assert (status, reason, level) == ("failed", "ZeroDivisionError: division by zero", "error")
    assert message.startswith("Traceback (most recent call last):")
    assert (result.returncode, result.stderr.splitlines()[-1]) == (1, "ZeroDivisionError: division by zero")


@pytest.mark.parametrize("code", ["raise KeyboardInterrupt", "with run: raise KeyboardInterrupt"])
def test_an_interrupt_terminates_the_run(tmp_path, code):
    result = journals.run(script(code), tmp_path)

    assert ending(tmp_path) == ("terminated", "KeyboardInterrupt", [])
    assert result.returncode == -signal.SIGINT


def test_the_hook_of_the_program_is_called_whenever_it_was_set(tmp_path):
    hook = "def hook(*error):\n    print('hook', error[0].__name__)\n"
    before = journals.run(script("1 / 0", hook + "sys.excepthook = hook"), tmp_path / "before")
    after = journals.run(script("sys.excepthook = hook\n1 / 0", hook), tmp_path / "after")

    assert (before.stdout, after.stdout) == ("hook ZeroDivisionError\n",) * 2
    assert ending(tmp_path / "before")[0] == ending(tmp_path / "after")[0] == "failed"


def test_a_hook_that_kills_the_program_comes_too_late_to_hide_the_failure(tmp_path):
    journals.run(script("1 / 0", "sys.excepthook = lambda *error: os._exit(1)"), tmp_path)

    found = journals.whole(journals.only(tmp_path))
    assert [record["kind"] for record in found[-2:]] == ["event", "status"]
    assert found[-1]["status"] == "failed"


def test_the_hooks_go_with_the_last_run(tmp_path):
    code = """
    import sys
    from simvue import Run
    before = sys.excepthook, sys.exit
    runs = [Run(mode="offline", cache_directory=sys.argv[1]) for _ in range(2)]
    for run in runs:
        run.init("name")
    print((sys.excepthook, sys.exit) == before)
    runs[0].close()
    print((sys.excepthook, sys.exit) == before)
    runs[1].close()
    print((sys.excepthook, sys.exit) == before)
    """

    assert journals.run(code, tmp_path).stdout.split() == ["False", "False", "True"]


def test_all_open_runs_are_ended(tmp_path):
    code = """
    import sys
    from simvue import Run
    for number in range(3):
        Run(mode="offline", cache_directory=sys.argv[1]).init(f"run {number}")
    """

    journals.run(code, tmp_path)

    assert [journals.whole(path)[-1]["status"] for path in journals.journals(tmp_path)] == ["completed"] * 3


def test_what_threads_record_after_the_main_program_is_kept(tmp_path):
    code = "threading.Thread(target=lambda: (time.sleep(0.3), run.log_event('late'))).start()"

    journals.run(script(code), tmp_path)

    assert ending(tmp_path) == ("completed", None, [("late", None)])


def test_records_of_later_exit_functions_raise_nothing(tmp_path):
    before = "import atexit\natexit.register(lambda: print(run.log_metrics({'a': 1.0}), run.log_event('late')))"

    result = journals.run(script("", before), tmp_path)

    assert (result.stdout, result.stderr) == ("False False\n", "")


@pytest.mark.requirement("JRN-042")
def test_a_killed_program_leaves_a_live_journal(tmp_path):
    result = journals.run(script("os.kill(os.getpid(), 9)"), tmp_path)

    assert result.returncode == -9
    assert [record["kind"] for record in journals.whole(journals.only(tmp_path))] == ["header", "run", "metrics"]


def test_a_handler_of_the_program_may_close_the_run_at_any_moment(tmp_path):
    code = """
    import signal
    def stop(*_):
        run.log_event("stopped")
        run.set_status("terminated")
        run.close()
        sys.exit(0)
    signal.signal(signal.SIGTERM, stop)
    print("ready", flush=True)
    while True:
        run.log_metrics({"a": 1.0})
    """
    for number in range(8):
        cache = tmp_path / str(number)
        with subprocess.Popen(
            journals.command(script(code), cache), env=journals.environment(), stdout=subprocess.PIPE
        ) as process:
            process.stdout.readline()
            process.terminate()
            assert process.wait(timeout=20) == 0

        found = journals.accepted(journals.only(cache))
        assert [record["kind"] for record in found[-3:]] == ["event", "status", "end"]
        assert found[-1]["status"] == "terminated"
        assert journals.verdicts(journals.only(cache)).findings == []


def test_a_forked_child_that_falls_out_of_the_block_does_not_end_the_run(tmp_path):
    code = """
    with run:
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            run.log_event("parent goes on")
        else:
            run.log_event("child")
    """

    journals.run(script(code), tmp_path)

    parent, child = [journals.whole(path) for path in journals.journals(tmp_path)]
    assert [record["kind"] for record in parent] == ["header", "run", "metrics", "event", "status", "end"]
    assert [record["kind"] for record in child] == ["header", "event", "end"]
    assert "status" not in child[-1]


def test_a_failing_rank_fails_the_run(tmp_path):
    code = """
    import sys
    from simvue import Run
    with Run(mode="offline", cache_directory=sys.argv[1], run_key="mpi", rank=3) as run:
        run.init("name")
        1 / 0
    """

    journals.run(code, tmp_path)

    assert [record["kind"] for record in journals.whole(journals.only(tmp_path))] == [
        "header",
        "event",
        "status",
        "end",
    ]


def test_an_error_whose_text_cannot_be_made_is_recorded_all_the_same(tmp_path):
    code = """
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError("no text")
    raise Mute
    """

    journals.run(script(code), tmp_path)

    assert ending(tmp_path)[0] == "failed"

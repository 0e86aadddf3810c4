"""Run and its programs: started with it, waited for at its end, killed when it fails."""

import os
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from simvue import Run, SimvueRunError
from tests.journal import journals

HEAD = """
import os, sys, time
from pathlib import Path
from simvue import Run
os.chdir(sys.argv[1])
nap = sys.argv[2]
def until(condition):
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    os._exit(99)
def make(**arguments):
    run = Run(mode="offline", cache_directory="cache", **arguments)
    run.init("name")
    return run
"""


@pytest.fixture
def nap() -> str:
    """A time to sleep that marks the processes of this test."""
    return f"20.{os.getpid()}{time.monotonic_ns() % 1000000}"


def program(code: str, tmp_path: Path, nap: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return journals.run(HEAD + code, tmp_path, nap, HOME=str(tmp_path), **variables)


def sleepers(nap: str) -> list[int]:
    return [
        process.pid
        for process in psutil.process_iter(["cmdline", "status"])
        if process.info["cmdline"] == ["sleep", nap] and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


def records(tmp_path: Path) -> list[journals.Record]:
    found = journals.whole(journals.only(tmp_path / "cache"))
    return [record for record in found if record["kind"] != "metrics"]


def ends(tmp_path: Path) -> tuple[str, str, str | None]:
    """Return the status in the last record that sets it and in the last of all, and the reason."""
    found = records(tmp_path)
    status, end = [record for record in found if record["kind"] == "status"][-1], found[-1]
    return status["status"], end["status"], status.get("reason")


def test_the_end_of_a_run_waits_for_its_programs(tmp_path, nap):
    code = """
run = make()
run.add_process("p", "bash", "-c", "sleep 0.5; echo done")
run.close()
print(run.executor.std_out("p"), run.executor.exit_status)
"""

    result = program(code, tmp_path, nap)

    assert (result.returncode, result.stdout, result.stderr) == (0, "done\n 0\n", "")
    assert ends(tmp_path)[:2] == ("completed", "completed")
    kinds = [record["kind"] for record in records(tmp_path)]
    assert kinds == ["header", "run", "alert", "metadata", "alert_state", "artifact", "status", "end"]


@pytest.mark.parametrize(
    "way",
    [
        "run = make(); start(run); run.close(); print('not reached')",
        "with make() as run:\n    start(run)\nprint('not reached')",
    ],
    ids=["close", "with"],
)
def test_a_program_that_failed_fails_the_run_and_ends_the_interpreter(tmp_path, nap, way):
    code = """
def start(run):
    run.add_process("good", "true")
    run.add_process("bad", "bash", "-c", "echo boom >&2; exit 7")
"""

    result = program(f"{code}\n{way}\n", tmp_path, nap)

    assert (result.returncode, result.stdout) == (7, "")
    assert "exit status 7" in result.stderr
    assert "bad: boom" in result.stderr
    assert ends(tmp_path) == ("failed", "failed", "the process 'bad' ended with exit status 7")


def test_a_status_that_the_program_has_set_kills_nothing(tmp_path, nap):
    code = """
run = make()
run.add_process("p", "bash", "-c", "sleep 0.4; echo done")
run.set_status("failed")
run.close()
print(run.executor.std_out("p"))
"""

    result = program(code, tmp_path, nap)

    assert (result.returncode, result.stdout) == (0, "done\n\n")
    assert ends(tmp_path)[:2] == ("failed", "failed")


def test_without_close_the_programs_are_waited_for_as_well(tmp_path, nap):
    code = """
run = make()
run.add_process("p", "bash", "-c", "sleep 0.4; exit 5")
"""

    result = program(code, tmp_path, nap)

    assert result.returncode == 0  # nobody closed the run; the program's own exit status is left alone
    assert ends(tmp_path)[:2] == ("failed", "failed")
    assert {"name": "p_exit_status", "state": "critical"}.items() <= next(
        record for record in records(tmp_path) if record["kind"] == "alert_state"
    ).items()


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        ("ValueError('mine')", "failed", 1),
        ("KeyboardInterrupt", "terminated", -signal.SIGINT),
        ("SystemExit(3)", "failed", 3),
    ],
)
def test_a_run_that_fails_kills_its_programs_and_keeps_its_own_error(tmp_path, nap, error, status, code):
    script = f"""
with make() as run:
    run.add_process("p", "bash", "-c", f"sleep {{nap}} & sleep {{nap}}")
    until(lambda: len(run.processes) == 3)
    raise {error}
"""

    started = time.monotonic()
    result = program(script, tmp_path, nap)

    assert result.returncode == code, result.stderr
    assert time.monotonic() - started < 15  # killed, not waited for
    assert sleepers(nap) == []
    assert ends(tmp_path)[1] == status


def test_an_error_outside_of_a_with_block_kills_them_as_well(tmp_path, nap):
    code = """
run = make()
run.add_process("p", "sleep", nap)
raise ValueError("mine")
"""

    started = time.monotonic()
    result = program(code, tmp_path, nap)

    assert result.returncode == 1
    assert time.monotonic() - started < 15
    assert sleepers(nap) == []
    assert ends(tmp_path)[:2] == ("failed", "failed")


def test_a_signal_that_ends_the_program_kills_them_as_well(tmp_path, nap):
    code = """
run = make()
run.add_process("p", "bash", "-c", f"sleep {nap}; echo went on")
until(lambda: len(run.processes) == 2)
os.kill(os.getpid(), 15)
time.sleep(20)
"""

    result = program(code, tmp_path, nap)

    assert result.returncode == -signal.SIGTERM
    assert sleepers(nap) == []
    assert ends(tmp_path)[:2] == ("terminated", "terminated")


def test_ctrl_c_while_the_end_waits_leaves_no_orphan(tmp_path, nap):
    code = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
run = make()
run.add_process("p", "bash", "-c", f"trap '' INT; sleep {nap}")
Path("ready").touch()
run.close()
"""
    started = subprocess.Popen(
        journals.command(HEAD + code, tmp_path, nap),
        env=journals.environment(HOME=str(tmp_path)),
        stderr=subprocess.PIPE,
        process_group=0,
    )
    with started:
        until = time.monotonic() + 20
        while not ((tmp_path / "ready").exists() and sleepers(nap)) and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.2)  # it waits by now
        os.killpg(started.pid, signal.SIGINT)
        _, errors = started.communicate(timeout=30)

    assert started.returncode == -signal.SIGINT, errors
    assert sleepers(nap) == []
    assert ends(tmp_path)[:2] == ("terminated", "terminated")


def test_a_disabled_run_starts_its_programs_and_records_nothing(tmp_path, nap):
    code = """
with Run(mode="disabled") as run:
    run.init("name")
    run.add_process("p", "bash", "-c", "sleep 0.3; echo out; exit 4")
"""

    result = program(code, tmp_path, nap)

    assert result.returncode == 4
    assert [path.read_text() for path in tmp_path.glob("*_p.out")] == ["out\n"]
    assert not (tmp_path / "cache").exists()
    assert not (tmp_path / ".simvue").exists()


def test_a_disabled_run_that_fails_kills_its_programs(tmp_path, nap):
    code = """
with Run(mode="disabled") as run:
    run.init("name")
    run.add_process("p", "sleep", nap)
    raise ValueError("mine")
"""

    started = time.monotonic()
    result = program(code, tmp_path, nap)

    assert result.returncode == 1
    assert time.monotonic() - started < 15
    assert sleepers(nap) == []


def test_a_run_without_programs_loads_nothing_for_them(tmp_path, nap):
    code = """
run = make()
run.processes
run.kill_all_processes()
run.close()
print([name for name in ("simvue.executor", "psutil", "subprocess", "multiprocessing") if name in sys.modules])
"""

    result = program(code, tmp_path, nap)

    assert (result.returncode, result.stdout) == (0, "[]\n")


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    run = Run(mode="offline", cache_directory=tmp_path / "cache")
    yield run
    run.kill_all_processes()
    if run.status == "running":
        run.close()


def test_before_the_run_begins_and_after_its_end_no_program_is_started(run, tmp_path):
    with pytest.raises(SimvueRunError, match="call init before"):
        run.add_process("p", "touch", "x")
    run.init("name")
    run.close()
    with pytest.raises(SimvueRunError):
        run.add_process("p", "touch", "x")

    assert not (tmp_path / "x").exists()


def test_what_cannot_be_started_is_said_where_errors_are_suppressed(run, caplog):
    run.init("name")
    run.config(suppress_errors=True)

    run.add_process("p", executable="no-such-program")

    assert "no-such-program" in caplog.text


def test_running_programs_can_be_listed_and_killed_one_by_one(run, nap):
    run.init("name")
    run.add_process("a", "sleep", nap)
    run.add_process("b", "sleep", nap)
    assert len(run.processes) == 2

    run.kill_process("a")
    assert len(run.processes) == 1
    run.kill_process(run.processes[0].pid)

    assert run.processes == []
    run.close()  # killing on request is no failure
    assert run.status == "completed"


def test_an_abort_kills_the_programs(run, nap):
    run.init("name")
    run.add_process("p", "sleep", nap)

    run._on_abort()

    assert sleepers(nap) == []


def test_a_forked_child_neither_waits_for_the_programs_nor_kills_them(run, nap):
    run.init("name")
    run.add_process("p", "sleep", nap)

    child = os.fork()
    if child == 0:
        try:
            run.log_event("child")
            run.close()
        finally:
            os._exit(0)
    started = time.monotonic()
    os.waitpid(child, 0)

    assert time.monotonic() - started < 20
    assert len(sleepers(nap)) == 1


def test_the_exit_status_is_for_the_interpreter_once(run):
    run.init("name")
    run.add_process("bad", "bash", "-c", "exit 9")

    with pytest.raises(SystemExit) as caught:
        run.close()
    run.close()

    assert caught.value.code == 9

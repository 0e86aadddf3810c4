"""Running the program under test: real processes."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from simvue_conformance import program
from simvue_conformance.program import Program
from simvue_conformance.results import NotTestable


def python(source, timeout=30.0):
    return Program(command=(sys.executable, "-c", source), timeout=timeout)


def test_what_it_prints_and_how_it_ends():
    finished = python("import sys; print(sys.argv[1]); print('no\\n\\nspace', file=sys.stderr); sys.exit(3)").run(
        "given"
    )
    assert (finished.code, finished.stdout) == (3, b"given\n")
    assert finished.end == "exit code 3: no | space"


def test_the_end_by_a_signal_is_named():
    assert python("import os; os.abort()").run().end == "killed by SIGABRT"


def test_long_output_is_shortened_for_messages():
    words = python("print('x' * 10_000 + 'end')").run().words
    assert len(words) < 500
    assert words.endswith("end")


def test_the_callers_settings_are_not_passed_on(monkeypatch):
    monkeypatch.setenv("SIMVUE_TOKEN", "secret")
    monkeypatch.setenv("OTHER", "kept")
    source = "import os; print(sorted(name for name in os.environ if name[:6] in ('SIMVUE', 'OTHER', 'MINE')))"
    assert python(source).run(environment={"MINE": "1"}).stdout == b"['MINE', 'OTHER']\n"


def test_a_program_that_is_not_there_is_not_testable():
    with pytest.raises(NotTestable, match="No such file"):
        Program(command=("/nonexistent/writer",)).run()


def test_a_program_that_is_not_executable_says_what_to_do(tmp_path):
    (tmp_path / "writer").touch(mode=0o644)
    with pytest.raises(NotTestable, match="chmod"):
        Program(command=(str(tmp_path / "writer"),)).run()


def test_a_program_that_hangs_is_killed_with_all_it_started(tmp_path):
    note = tmp_path / "pid"
    source = (
        "import subprocess, sys, time, pathlib\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid))\n"
        "time.sleep(600)\n"
    )
    with pytest.raises(NotTestable, match="--timeout"):
        python(source, timeout=3).run()
    assert_gone(int(note.read_text()))


def test_what_is_left_at_the_end_of_the_block_is_killed(tmp_path):
    with python("import time; print('here', flush=True); time.sleep(600)").started() as running:
        while not running.read():
            assert running.is_running
            time.sleep(0.01)
        running.signal(signal.SIGCONT)
        pid = running.pid
    assert_gone(pid)


def assert_gone(pid):
    """The process is dead, or a zombie that nobody reaps in this container."""
    patience_ends = time.monotonic() + 20
    while time.monotonic() < patience_ends:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z"):
                return
        except (ProcessLookupError, FileNotFoundError):
            return
        time.sleep(0.01)
    raise AssertionError(f"{pid} is still there")


def test_what_has_left_the_process_group_is_killed_too(tmp_path):
    note = tmp_path / "pid"
    source = (
        "import os, pathlib, subprocess, sys\n"
        "command = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
        "child = subprocess.Popen(command, start_new_session=True)\n"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid))\n"
        "os._exit(0)\n"
    )
    assert python(source).run().code == 0
    assert_gone(int(note.read_text()))


def test_a_program_that_prints_without_end_is_killed(monkeypatch):
    monkeypatch.setattr(program, "PRINTED", 1 << 20)
    with pytest.raises(NotTestable, match="printed more than 1 MiB"):
        Program(command=("yes",)).run()


def test_after_an_interruption_nothing_runs_and_nothing_starts(monkeypatch):
    monkeypatch.setattr(program, "_is_ending", threading.Event())
    with python("import time; time.sleep(600)").started() as running:
        program.end_all()
        assert not running.is_running
    with pytest.raises(NotTestable, match="interrupted"):
        python("").run()

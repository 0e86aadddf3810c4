"""Programs of an executor: command lines, output, exit statuses, and how they are ended."""

import os
import threading
import time
from multiprocessing import get_context
from pathlib import Path

import psutil
import pytest

from simvue import Run, SimvueRunError
from simvue.executor import CommandNotFound, Executor, command_line, get_current_shell
from tests.journal import journals


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(tmp_path):
    run = Run(mode="offline", cache_directory=tmp_path / "cache")
    run.init("name")
    run.config(disable_resources_metrics=True)
    yield run
    run.kill_all_processes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "_take_exit_code", lambda: None)
        run.close()


@pytest.fixture
def executor(run):
    return run.executor


def recorded(tmp_path: Path, kind: str) -> list[journals.Record]:
    data = journals.only(tmp_path / "cache").read_bytes()
    return [record for record in journals.records(data) if record["kind"] == kind]


def until(condition, patience: float = 10.0) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def sleepers(marker: str) -> list[psutil.Process]:
    """Return the processes that sleep for this long and are no zombies."""
    return [
        process
        for process in psutil.process_iter(["cmdline", "status"])
        if process.info["cmdline"] == ["sleep", marker] and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


@pytest.fixture
def nap() -> str:
    """A time to sleep that marks the processes of this test."""
    return f"60.{os.getpid()}{time.monotonic_ns() % 1000000}"


@pytest.mark.parametrize(
    ("arguments", "options", "expected"),
    [
        ((["a", 1], "prog", None, None), {}, ["prog", "a", "1"]),
        ((["prog", "a"], None, None, None), {}, ["prog", "a"]),
        (([], Path("/bin/prog"), "s.sh", "in.txt"), {"n": 3}, ["/bin/prog", "s.sh", "in.txt", "-n", "3"]),
        ((["p"], "e", None, None), {"mesh_size": 2, "verbose": True}, ["e", "--mesh-size", "2", "--verbose", "p"]),
        ((["p"], "e", None, None), {"v": True, "x": False}, ["e", "-v", "-x", "False", "p"]),
        (([], None, "s.sh", None), {}, ["/bin/bash", "s.sh"]),
    ],
    ids=["arguments", "first argument", "files", "long options", "short options", "shell"],
)
def test_a_command_is_put_together_as_by_the_published_client(arguments, options, expected, monkeypatch):
    monkeypatch.setenv("SHELL", "/bin/bash")

    assert command_line(*arguments, options) == expected


def test_the_shell_is_the_users_else_the_systems(monkeypatch):
    monkeypatch.setenv("SHELL", "/bin/zsh")
    assert get_current_shell() == "/bin/zsh"

    monkeypatch.delenv("SHELL")
    assert Path(get_current_shell()).name == "sh"


def test_output_goes_to_files_and_becomes_artifacts_of_the_run(executor, tmp_path):
    executor.add_process("solver", "bash", "-c", "echo out; echo err >&2")
    executor.wait_for_completion()

    assert executor.std_out("solver") == "out\n"
    assert executor.std_err("solver") == "err\n"
    assert (tmp_path / "name_solver.out").read_text() == "out\n"
    artifacts = {record["name"]: record for record in recorded(tmp_path, "artifact")}
    assert set(artifacts) == {"name_solver.out", "name_solver.err"}  # each of them once
    assert artifacts["name_solver.out"]["category"] == "output"
    assert artifacts["name_solver.out"]["size"] == 4
    assert (tmp_path / "cache" / "artifacts" / artifacts["name_solver.out"]["sha256"]).read_text() == "out\n"


def test_the_next_program_of_that_name_changes_nothing_about_the_first(executor, tmp_path):
    for text in ("first", "second"):
        executor.add_process("p", "echo", text)
        executor.wait_for_completion()

    contents = [
        (tmp_path / "cache" / "artifacts" / record["sha256"]).read_text() for record in recorded(tmp_path, "artifact")
    ]
    assert contents == ["first\n", "second\n"]
    assert [record["state"] for record in recorded(tmp_path, "alert_state")] == ["ok", "ok"]


def test_empty_output_is_no_artifact_and_a_slash_in_the_name_no_directory(executor, tmp_path):
    executor.add_process("a/b", "true")
    executor.wait_for_completion()

    assert (tmp_path / "name_a_b.out").exists()
    assert recorded(tmp_path, "artifact") == []


def test_logs_that_are_not_kept_are_recorded_all_the_same(run, tmp_path):
    executor = Executor(run, keep_logs=False)
    executor.add_process("p", "echo", "text")
    executor.wait_for_completion()

    (artifact,) = recorded(tmp_path, "artifact")
    assert (tmp_path / "cache" / "artifacts" / artifact["sha256"]).read_text() == "text\n"
    assert list(tmp_path.glob("name_p.*")) == []


def test_command_script_and_input_are_recorded(executor, tmp_path):
    (tmp_path / "s.sh").write_text('cat "$1"')
    (tmp_path / "in.txt").write_text("input")

    executor.add_process("p q", executable="bash", script="s.sh", input_file=Path("in.txt"), n=3)
    executor.wait_for_completion()

    assert executor.get_command("p q") == "bash s.sh in.txt -n 3"
    assert recorded(tmp_path, "metadata")[0]["values"] == {"p q_command": "bash s.sh in.txt -n 3"}
    saved = [(record["name"], record["category"]) for record in recorded(tmp_path, "artifact")]
    assert saved == [("s.sh", "code"), ("in.txt", "input"), ("name_p q.out", "output")]


def test_environment_and_directory_are_the_programs_own(executor, tmp_path):
    (tmp_path / "case").mkdir()
    (tmp_path / "s.sh").write_text("pwd; env")

    executor.add_process("p", executable="/bin/sh", script="s.sh", env={"A": "1"}, cwd="case")
    executor.wait_for_completion()

    output = executor.std_out("p").splitlines()
    assert output[0] == str(tmp_path / "case")  # the script is found from here, the logs stay here
    assert "A=1" in output
    assert not any(line.startswith("HOME=") for line in output)
    assert (tmp_path / "name_p.out").exists()


def test_a_failure_makes_its_alert_critical(executor, tmp_path):
    executor.add_process("good", "true")
    executor.add_process("bad", "bash", "-c", "echo boom >&2; exit 3")
    executor.wait_for_completion()

    assert (executor.success, executor.exit_status) == (False, 3)
    assert executor.get_error_summary() == {"bad": "boom\n"}
    states = {record["name"]: record["state"] for record in recorded(tmp_path, "alert_state")}
    assert states == {"good_exit_status": "ok", "bad_exit_status": "critical"}
    assert set(executor._alert_ids) == {"good", "bad"}


def test_while_programs_run_there_is_no_exit_status(executor, nap):
    executor.add_process("p", "sleep", nap)

    assert (executor.success, executor.exit_status, executor.get_error_summary()) == (False, None, {})
    assert [process.name() for process in executor.processes] == ["sleep"]
    assert executor.pids == [executor.processes[0].pid]

    executor.kill_all()


def test_programs_that_succeed_leave_nothing_behind(executor):
    executor.add_process("p", "true")
    executor.wait_for_completion()

    assert (executor.success, executor.exit_status, executor.processes) == (True, 0, [])
    assert not [child for child in psutil.Process().children() if child.status() == psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("kind", ["threading", "multiprocessing"])
def test_the_end_is_told_to_callback_and_trigger(executor, kind):
    trigger = threading.Event() if kind == "threading" else get_context("spawn").Event()
    told = {}

    def callback(*, status_code, std_out, std_err):
        told.update(status=status_code, out=std_out, err=std_err, thread=threading.current_thread())

    executor.add_process(
        "p",
        "bash",
        "-c",
        "echo out; echo err >&2; exit 3",
        completion_callback=callback,
        completion_trigger=trigger,
    )

    assert trigger.wait(10)
    executor.wait_for_completion()
    assert (told["status"], told["out"], told["err"]) == (3, "out\n", "err\n")
    assert told["thread"] is not threading.main_thread()


def test_a_callback_that_fails_is_reported_and_harms_nothing(executor, caplog):
    def callback(**_):
        raise ValueError("in the callback")

    executor.add_process("p", "true", completion_callback=callback)
    executor.wait_for_completion()

    assert executor.success
    assert "completion_callback of the process 'p' failed: ValueError('in the callback')" in caplog.text


def test_a_callback_may_record_and_start_the_next_program(executor, run, tmp_path):
    def callback(*, status_code, std_out, std_err):
        run.log_event(f"ended with {status_code}")
        executor.add_process("next", "echo", "next")

    executor.add_process("p", "true", completion_callback=callback)
    executor.wait_for_completion()

    assert [record["message"] for record in recorded(tmp_path, "event")] == ["ended with 0"]
    assert executor.std_out("next") == "next\n"


def test_only_the_end_of_much_output_is_kept_in_memory(executor):
    size = 40 << 20
    sizes = []

    def callback(*, status_code, std_out, std_err):
        sizes.append(len(std_out))

    executor.add_process("p", "head", "-c", size, "/dev/zero", completion_callback=callback)
    executor.wait_for_completion()

    assert sizes == [16 << 20]
    assert Path("name_p.out").stat().st_size == size


@pytest.mark.parametrize(
    ("arguments", "error", "word"),
    [
        ({"executable": "no-such-program"}, CommandNotFound, "PATH"),
        ({"executable": "./no-such-program"}, CommandNotFound, "not executable"),
        ({"executable": "true", "script": "no.sh"}, CommandNotFound, "no.sh"),
        ({"executable": "true", "input_file": "no.txt"}, CommandNotFound, "no.txt"),
        ({"executable": "true", "cwd": "nowhere"}, CommandNotFound, "nowhere"),
        ({"executable": "true", "env": {"PATH": "/nowhere"}}, CommandNotFound, "PATH"),
        ({"executable": "true", "identifier": "a;b"}, SimvueRunError, "a;b"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_what_cannot_be_started_is_refused_before_anything_is_recorded(executor, tmp_path, arguments, error, word):
    with pytest.raises(error, match=word) as caught:
        executor.add_process(**{"identifier": "p", **arguments})

    assert isinstance(caught.value, SimvueRunError)
    assert recorded(tmp_path, "metadata") == recorded(tmp_path, "alert") == []


def test_a_program_that_is_missing_is_a_file_that_is_not_found(executor):
    with pytest.raises(FileNotFoundError):
        executor.add_process("p", "no-such-program")


def test_an_identifier_is_used_again_only_when_its_program_has_ended(executor, nap):
    executor.add_process("p", "sleep", nap)

    with pytest.raises(SimvueRunError, match="still running"):
        executor.add_process("p", "true")

    executor.kill_process("p")
    executor.add_process("p", "true")
    executor.wait_for_completion()
    assert len(sleepers(nap)) == 0


@pytest.mark.parametrize("by", ["identifier", "number"])
def test_a_kill_ends_the_whole_tree_and_is_no_failure(executor, tmp_path, by, nap):
    executor.add_process("p", "bash", "-c", f"sleep {nap} & sleep {nap}; echo went on; exit 0")
    until(lambda: len(sleepers(nap)) == 2)

    executor.kill_process("p" if by == "identifier" else executor.pids[0])

    assert sleepers(nap) == []
    executor.wait_for_completion()
    assert executor.std_out("p") == ""  # the shell did not go on to its next command
    assert (executor.exit_status, executor.get_error_summary(), executor.success) == (0, {}, False)
    assert [record["state"] for record in recorded(tmp_path, "alert_state")] == ["ok"]


def test_the_children_alone_can_be_killed(executor, nap):
    executor.add_process("p", "bash", "-c", f"sleep {nap}; echo went on")
    until(lambda: len(sleepers(nap)) == 1)

    executor.kill_process("p", kill_children_only=True)
    executor.wait_for_completion()

    assert executor.std_out("p") == "went on\n"


def test_what_does_not_listen_is_ended_by_force(executor, monkeypatch):
    monkeypatch.setattr("simvue.executor.ending._GRACE", 0.3)
    executor.add_process("p", "bash", "-c", "trap '' TERM; echo deaf; while true; do sleep 0.05; done")
    until(lambda: executor.std_out("p") == "deaf\n")

    executor.kill_all()

    assert executor.processes == []


def test_all_are_killed_at_the_same_time(executor, nap):
    for number in range(4):
        executor.add_process(f"p{number}", "bash", "-c", f"trap 'sleep 0.4; exit 0' TERM; echo up; sleep {nap} & wait")
    until(lambda: all(executor.std_out(f"p{number}") == "up\n" for number in range(4)))

    started = time.monotonic()
    executor.kill_all()

    assert 0.3 < time.monotonic() - started < 1.2  # one after the other it would be 1.6
    assert sleepers(nap) == []


def test_an_unknown_identifier_is_said_not_raised(executor, caplog):
    executor.kill_process("unknown")

    assert "no process 'unknown'" in caplog.text
    for ask in (executor.get_command, executor.std_out, executor.std_err):
        with pytest.raises(KeyError):
            ask("unknown")


def test_a_state_that_the_author_has_set_stays(executor, run, tmp_path):
    executor.add_process("p", "bash", "-c", "until [ -e go ]; do sleep 0.02; done; exit 3")
    run.log_alert(name="p_exit_status", state="ok")
    Path("go").touch()
    executor.wait_for_completion()

    assert [record["state"] for record in recorded(tmp_path, "alert_state")] == ["ok"]


def test_a_forked_copy_leaves_the_programs_alone(executor, nap):
    executor.add_process("p", "sleep", nap)

    child = os.fork()
    if child == 0:
        try:
            executor.wait_for_completion()
            executor.kill_all()
        finally:
            os._exit(0)
    os.waitpid(child, 0)

    assert len(sleepers(nap)) == 1
    executor.kill_all()


def test_when_all_is_ended_no_callback_starts_anything_more(executor, caplog, nap):
    executor.add_process("p", "sleep", nap, completion_callback=lambda **_: executor.add_process("next", "sleep", nap))

    executor.end_all()
    executor.wait_for_completion()

    assert executor.processes == []
    assert "the run is ending" in caplog.text


def test_where_no_log_can_be_written_nothing_is_started(executor, tmp_path):
    (tmp_path / "name_p.out").mkdir()

    with pytest.raises(SimvueRunError, match=r"name_p\.out"):
        executor.add_process("p", "touch", "x")

    assert not (tmp_path / "x").exists()

"""Aborts: what the server asks for reaches the program, online in seconds, offline with the sender's passes."""

import json
import subprocess
import time

import pytest

from simvue_conformance.server.process import running_server
from tests.journal import journals
from tests.run import site

SCRIPT = """
import sys, time
from simvue import Run
def told(run):
    print("told", run.key, run._alert_raised_trigger.is_set(), flush=True)
run = Run(mode=sys.argv[1], run_key=sys.argv[2], abort_callback=told)
run.init("name", folder="/abort")
run.config(abort_on_alert=sys.argv[3])
print("ready", flush=True)
for number in range(3000):
    run.log_metrics({"a": 1.0})
    time.sleep(0.1)
    if not run._has_heard or sys.argv[3] == "terminate":
        continue
    time.sleep(0.5)
    print(run.status, run.log_metrics({"a": 2.0}), flush=True)
    break
run.close()
print("closed", flush=True)
"""


@pytest.fixture(scope="module")
def server():
    with running_server("--ephemeral") as process:
        yield process


def start(server, home, *arguments: str) -> "subprocess.Popen[str]":
    variables = journals.environment(**site.variables(server, home))
    process = subprocess.Popen(
        journals.command(SCRIPT, *arguments), env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    return process


def run_of(server, key: str):
    (found,) = [run for run in site.runs(server, "/abort") if run["metadata"]["simvue"]["run"] == key]
    return site.get(server, f"/runs/{found['id']}")


@pytest.mark.requirement("DLV-052")
def test_the_program_is_told_within_seconds_and_obeys(server, tmp_path):
    home = tmp_path / "home"
    wishes = {"terminate": "online", "run": "online", "ignore": "online", "offline": "offline"}
    started = {
        name: start(server, home, mode, f"key-{name}", name if mode == "online" else "terminate")
        for name, mode in wishes.items()
    }
    site.send(home, server)
    for name in wishes:
        site.put(server, f"/runs/{run_of(server, f'key-{name}')['id']}/abort", {"reason": "a test"})
    site.send(home, server)
    asked = time.monotonic()
    said = {name: process.communicate(timeout=120) for name, process in started.items()}

    assert time.monotonic() - asked < 100
    ends = {name: (started[name].returncode, *said[name][0].splitlines()) for name in wishes}
    assert ends == {
        "terminate": (1, "told key-terminate True"),
        "run": (0, "told key-run True", "terminated False", "closed"),
        "ignore": (0, "told key-ignore True", "running True", "closed"),
        "offline": (1, "told key-offline True"),
    }, said
    found = {name: run_of(server, f"key-{name}") for name in ("terminate", "run", "ignore")}
    assert {name: run["status"] for name, run in found.items()} == {
        "terminate": "terminated",
        "run": "terminated",
        "ignore": "completed",
    }
    assert site.events(server, found["terminate"]["id"]) == ["terminated: aborted"]
    journal = journals.whole(journals.only(home / ".simvue"))
    assert [(record["kind"], record["status"], record.get("reason")) for record in journal[-2:]] == [
        ("status", "terminated", "aborted"),
        ("end", "terminated", None),
    ]


def test_an_abort_for_another_run_is_none_of_ours(tmp_path):
    code = """
    import json, sys, time
    from pathlib import Path
    from simvue import Run
    from simvue.run.control import Control
    control = Path(sys.argv[1], "control")
    control.mkdir(parents=True)
    (control / "other.json").write_text(json.dumps({"run": "other", "abort": True}))
    (control / "own.json").write_text("{")
    own = Control(sys.argv[1], "own")
    print(own.wants_abort)
    (control / "own.json").write_text(json.dumps({"run": "own", "server_id": "x", "abort": False}))
    print(own.wants_abort, own.read()["server_id"])
    (control / "own.json").write_text(json.dumps({"run": "own", "server_id": "x", "abort": True}))
    print(own.wants_abort)
    """

    result = journals.run(code, tmp_path)

    assert result.stdout.split() == ["False", "False", "x", "True"], result.stderr


def test_a_callback_that_fails_does_not_keep_the_run_from_its_end(tmp_path):
    code = """
    import json, sys, time
    from pathlib import Path
    from simvue import Run
    def fail(run):
        raise RuntimeError("no")
    run = Run(mode="offline", run_key="key", abort_callback=fail, cache_directory=sys.argv[1])
    run.init("name")
    Path(sys.argv[1], "control").mkdir()
    Path(sys.argv[1], "control", "key.json").write_text(json.dumps({"run": "key", "abort": True}))
    run._look()
    print("not reached")
    """

    result = journals.run(code, tmp_path)

    assert (result.returncode, result.stdout) == (1, "")
    assert "abort_callback failed: RuntimeError('no')" in result.stderr
    assert json.loads(journals.only(tmp_path).read_bytes().splitlines()[-1])["status"] == "terminated"


def test_a_callback_that_calls_sys_exit_keeps_no_run_from_its_abort(server, tmp_path):
    script = """
        import sys, time
        from simvue import Run
        run = Run(abort_callback=lambda run: sys.exit(7))
        run.init("name", folder="/abort-exit")
        print(run.id, flush=True)
        time.sleep(30)
    """
    variables = journals.environment(**site.variables(server, tmp_path / "home"))
    process = subprocess.Popen(
        journals.command(script), env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        identifier = process.stdout.readline().strip()
        site.put(server, f"/runs/{identifier}/abort", {"reason": "enough"})
        _, errors = process.communicate(timeout=25)

    assert process.returncode == 1, errors
    assert "abort_callback failed: SystemExit(7)" in errors
    assert site.get(server, f"/runs/{identifier}")["status"] == "terminated"

"""Online runs: real programs, a real server."""

import contextlib
import os
import pty
import re
import signal
import subprocess

import pytest

from simvue_conformance.server.process import running_server
from tests.journal import journals
from tests.run import site

CTRL_C = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
"""As in a terminal; what is started in the background may ignore it."""


@pytest.fixture(scope="module")
def server():
    with running_server("--ephemeral") as process:
        yield process


@pytest.fixture
def program(server, tmp_path):
    """Run code after the usual beginning; returns the process and the server's run."""

    def run(code: str, before: str = "", **more: str):
        script = site.SCRIPT.format(before=before) + journals.textwrap.dedent(code)
        result = journals.run(script, tmp_path, **{**site.variables(server, tmp_path / "home"), **more})
        identifier = result.stdout.split()[0] if result.stdout else ""
        return result, site.get(server, f"/runs/{identifier}") if identifier else {}

    return run


@pytest.mark.requirement("PTH-002")
def test_everything_is_on_the_server_when_the_program_has_ended(program, server, tmp_path):
    code = """
    for number in range(500):
        run.log_metrics({"a": float(number)})
    run.log_event("half way")
    run.update_metadata({"mesh": {"cells": 4}})
    run.update_tags(["fast"])
    file = os.path.join(sys.argv[1], "result.txt")
    with open(file, "w") as out:
        out.write("42")
    run.save_file(file, "output")
    os.unlink(file)
    run.close()
    """

    result, run = program(code)

    assert (result.returncode, result.stderr) == (0, "")
    assert (run["name"], run["folder"], run["status"], run["tags"]) == ("name", "/online", "completed", ["fast"])
    assert run["metrics"]["a"]["count"] == 500
    assert run["metadata"]["mesh"] == {"cells": 4}
    assert site.events(server, run["id"]) == ["half way"]
    (artifact,) = site.get(server, f"/runs/{run['id']}/artifacts")
    assert (artifact["name"], artifact["size"], artifact["uploaded"]) == ("result.txt", 2, True)
    assert list((tmp_path / "home/.simvue/online").glob("*/journals/*")) == []


def test_the_server_is_known_when_init_returns(program, server):
    result, run = program("print(run.url, run.name, run.key, run.mode, run.status)")

    url, *rest = result.stdout.split()[1:]
    assert url == f"{server.url}/dashboard/runs/run/{run['id']}"
    assert rest == ["name", run["metadata"]["simvue"]["run"], "online", "running"]


@pytest.mark.parametrize(
    ("code", "exit_code", "status"),
    [
        ("", 0, "completed"),
        ("sys.exit(3)", 3, "failed"),
        ("with run: 1 / 0", 1, "failed"),
        ("os.kill(os.getpid(), 15)", -signal.SIGTERM, "terminated"),
        (f"{CTRL_C}; os.kill(os.getpid(), 2); time.sleep(5)", -signal.SIGINT, "terminated"),
        ("run.set_status('failed'); run.close(); run.set_status('terminated')", 0, "terminated"),
        ("run.close(); run.update_metadata({'late': 1})", 0, "completed"),
    ],
)
def test_however_a_program_ends_the_server_knows(program, code, exit_code, status):
    result, run = program("run.log_metrics({'a': 1.0})\n" + code)

    assert (result.returncode, run["status"]) == (exit_code, status)
    assert run["metrics"]["a"]["count"] == 1
    assert ("late" in run["metadata"]) == ("late" in code)


@pytest.mark.requirement("PTH-001", "PTH-004")
def test_what_a_killed_program_recorded_is_delivered_by_the_sender(program, server, tmp_path):
    result, run = program("[run.log_metrics({'a': float(n)}) for n in range(3000)]; os.kill(os.getpid(), 9)")

    sent = site.send(tmp_path / "home", server)

    assert result.returncode == -9
    assert sent.returncode == 0, sent.stderr
    found = site.get(server, f"/runs/{run['id']}")
    assert (found["metrics"]["a"]["count"], found["status"]) == (3000, "running")


@pytest.mark.requirement("WRT-020")
def test_children_record_into_the_same_run(program):
    code = """
    import multiprocessing
    def work(number):
        run.log_metrics({f"child {number}": 1.0})
    workers = [multiprocessing.get_context("fork").Process(target=work, args=(n,)) for n in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    run.log_metrics({"parent": 1.0})
    """

    result, run = program(code)

    assert result.returncode == 0, result.stderr
    assert {"child 0", "child 1", "parent"} <= set(run["metrics"])
    assert run["status"] == "completed"


def test_alerts_are_known_by_the_servers_identifiers(program, server):
    code = """
    first = run.create_user_alert("diverged")
    run.log_alert(first)
    other = Run()
    other.init("other")
    other.add_alerts(names=["diverged"])
    try:
        other.add_alerts(names=["nonsense"])
    except RuntimeError as error:
        print(first, other.id, error, sep="|")
    other.close()
    """

    result, run = program(code)

    alert, other, error = result.stdout.splitlines()[1].split("|")
    (known,) = run["alerts"]
    assert (known["alert"]["id"], known["status"]["current"]) == (alert, "critical")
    assert [one["alert"]["id"] for one in site.get(server, f"/runs/{other}")["alerts"]] == [alert]
    assert "'nonsense'" in error


def test_another_program_goes_on_with_the_run(program, server, tmp_path):
    _, run = program("run.log_metrics({'a': 1.0}); run.log_metrics({'a': 2.0})")
    code = f"""
    from simvue import Run
    run = Run()
    run.reconnect({run["id"]!r})
    print(run.id, run.name)
    run.log_metrics({{"a": 3.0}})
    run.close()
    """

    second = journals.run(code, **site.variables(server, tmp_path / "home"))

    assert second.stdout.split() == [run["id"], "name"], second.stderr
    found = site.get(server, f"/runs/{run['id']}")
    assert (found["metrics"]["a"]["count"], found["metrics"]["a"]["step"], found["status"]) == (3, 2, "completed")
    assert found["metrics"]["a"]["time"] > run["metrics"]["a"]["time"]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"SIMVUE_TOKEN": "no.such.token"}, "SIMVUE_TOKEN"),
        ({"SIMVUE_URL": "http://127.0.0.1:9"}, "cannot be reached"),
    ],
)
def test_a_server_that_cannot_be_used_is_an_error_of_init(program, settings, says):
    result, _ = program("", **settings)

    assert result.returncode == 1
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("simvue.errors.SimvueRunError:")
    assert says in last
    assert "mode='offline'" in last


def test_without_a_server_the_configuration_says_what_is_missing(program):
    result, _ = program("", SIMVUE_URL="", SIMVUE_TOKEN="")

    assert "ConfigurationError" in result.stderr
    assert "SIMVUE_URL and SIMVUE_TOKEN" in result.stderr


@pytest.mark.requirement("PTH-005")
def test_without_a_cache_it_works_from_memory_and_says_so_once(program):
    code = "run.log_metrics({'a': 1.0}); print(run._cache); run.close(); print(os.path.exists(run._cache))"

    result, run = program(code, SIMVUE_OFFLINE_DIRECTORY="/proc/nowhere")

    _, cache, exists = result.stdout.split()
    assert (run["status"], run["metrics"]["a"]["count"], exists) == ("completed", 1, "False")
    assert not cache.startswith("/proc")
    assert len(re.findall("cannot be recorded", result.stderr)) == 1
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(("mode", "printed"), [("disabled", "disabled True"), ("offline", "offline True")])
def test_the_configured_mode_is_used_and_needs_no_token(tmp_path, mode, printed):
    (tmp_path / "simvue.toml").write_text(f'[run]\nmode = "{mode}"\n[offline]\ncache = "{tmp_path}/cache"\n')
    code = "import os, sys; os.chdir(sys.argv[1]); from simvue import Run; run = Run(); print(run.mode, run.init('n'))"

    result = journals.run(code, tmp_path, SIMVUE_URL="", SIMVUE_TOKEN="", HOME=str(tmp_path))

    assert result.stdout.strip() == printed, result.stderr
    assert (tmp_path / "cache").exists() == (mode == "offline")


@pytest.mark.requirement("PTH-003")
def test_a_sender_that_runs_beside_it_leaves_the_run_alone(server, tmp_path):
    script = site.SCRIPT.format(before="") + "run.log_metrics({'a': 1.0})\nsys.stdin.readline()\n"
    settings = site.variables(server, tmp_path / "home")
    with subprocess.Popen(
        journals.command(script),
        env=journals.environment(**settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        identifier = process.stdout.readline().strip()
        sent = site.send(tmp_path / "home", server)
        process.communicate("\n", timeout=30)

    assert sent.returncode in (0, 10), sent.stderr
    assert site.get(server, f"/runs/{identifier}")["metrics"]["a"]["count"] == 1
    assert len(site.runs(server, "/online")) == len({run["id"] for run in site.runs(server, "/online")})


def test_ranks_share_one_run_whoever_delivers_it(server, tmp_path):
    script = """
    import sys, time
    from simvue import Run
    run = Run(run_key="mpi", rank=int(sys.argv[1]))
    run.init("ranks", folder="/ranks")
    print("ready", flush=True)
    run.log_metrics({f"rank {run.rank}": 1.0})
    time.sleep(1.5 if run.rank else 0.0)
    run.log_metrics({f"rank {run.rank}": 2.0})
    run.close()
    """
    settings = journals.environment(**site.variables(server, tmp_path / "home"))
    processes = []
    for rank in range(3):
        process = subprocess.Popen(
            journals.command(script, rank), env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout.readline() == "ready\n"
        processes.append(process)
    errors = [process.communicate(timeout=60)[1] for process in processes]

    assert ([process.returncode for process in processes], errors) == ([0] * 3, [""] * 3)
    (run,) = site.runs(server, "/ranks")
    found = site.get(server, f"/runs/{run['id']}")
    assert {name: found["metrics"][name]["count"] for name in ("rank 0", "rank 1", "rank 2")} == {
        "rank 0": 2,
        "rank 1": 2,
        "rank 2": 2,
    }


def test_what_programs_for_the_published_client_reach_for(program, server):
    before = """
class Connector(Run):
    def _tidy_run(self):
        print("tidied", self._sv_obj._offline)
        super()._tidy_run()
"""
    code = """
    run.close()
    run = Connector(server_token=type("Secret", (), {"get_secret_value": lambda self: os.environ["SIMVUE_TOKEN"]})())
    print(run._sv_obj, run._term_color, run._abort_on_alert)
    run.init("historic", folder="/historic")
    run._sv_obj.started = "2024-01-02T03:04:05"
    run._sv_obj.endtime = "2024-01-02T04:04:05.5"
    run._sv_obj.commit()
    run.close()
    """

    result, _ = program(code, before)

    assert result.stdout.splitlines()[1:] == ["None True terminate", "tidied False"], result.stderr
    (run,) = site.runs(server, "/historic")
    assert (run["started"], run["endtime"]) == ("2024-01-02T03:04:05.000000", "2024-01-02T04:04:05.500000")


def test_an_alert_for_other_runs_is_made_at_once(program, server):
    code = """
    print(run.create_event_alert("for others", "diverged", attach_to_run=False))
    """

    result, run = program(code)

    alert = result.stdout.split()[1]
    assert site.get(server, f"/alerts/{alert}")["alert"] == {"pattern": "diverged", "frequency": 1}
    assert run["alerts"] == []


def test_a_failure_of_init_leaves_nothing_behind(program, tmp_path):
    program("", SIMVUE_TOKEN="no.such.token")

    assert list((tmp_path / "home/.simvue/online").iterdir()) == []


def test_a_terminal_is_told_where_the_run_is(server, tmp_path):
    code = """
    from simvue import Run
    for no_color in (False, True):
        with Run() as run:
            run.init("heat", no_color=no_color)
    """
    terminal, end = pty.openpty()
    with subprocess.Popen(
        journals.command(code),
        env=journals.environment(**site.variables(server, tmp_path / "home"), NO_COLOR=""),
        stdout=end,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(end)
        output = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while piece := os.read(terminal, 4096):
                output += piece
        process.communicate()
    os.close(terminal)

    lines = output.decode().splitlines()
    assert lines[0] == "\033[1;32m[simvue] Run heat created\033[0m"
    assert lines[2] == "[simvue] Run heat created"
    assert lines[3].startswith(f"[simvue] Monitor in the UI at {server.url}/dashboard/runs/run/")
    assert len(lines) == 4


def test_a_run_that_a_server_answers_in_many_megabytes_is_completed(server, tmp_path):
    script = site.SCRIPT.format(before="") + journals.textwrap.dedent("""
        run.update_metadata({f"part {number}": "x" * 1000 for number in range(6000)})
        run.update_tags(["large"])
        run.close()
    """)

    result = journals.run(script, **site.variables(server, tmp_path / "home"))

    assert (result.returncode, result.stderr) == (0, "")
    run = site.get(server, f"/runs/{result.stdout.strip()}")
    assert (run["status"], run["tags"]) == ("completed", ["large"])

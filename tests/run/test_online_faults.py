"""Online runs whose server goes away, or does not do what it is asked."""

import json
import re
import subprocess
import time

import pytest

from simvue_conformance.server.process import running_server
from tests.journal import journals
from tests.run import site


@pytest.mark.requirement("PTH-004")
def test_an_outage_costs_no_call_and_what_is_left_is_delivered_later(tmp_path):
    script = site.SCRIPT.format(before="") + journals.textwrap.dedent("""
        sys.stdin.readline()
        started = time.perf_counter()
        for number in range(1000):
            run.log_metrics({"a": float(number)})
        run.log_event("in the dark")
        print(time.perf_counter() - started)
        run.close(timeout=1.0)
        print(time.perf_counter() - started)
    """)
    store = tmp_path / "data"
    with running_server("--data", str(store)) as server:
        settings = site.variables(server, tmp_path / "home")
        process = subprocess.Popen(
            journals.command(script),
            env=journals.environment(**settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            identifier = process.stdout.readline().strip()
            server.kill()
            output, errors = process.communicate("\n", timeout=30)

    recording, closing = map(float, output.split())
    assert process.returncode == 0
    assert recording < 0.5
    assert closing < 8
    (said,) = errors.splitlines()
    assert re.fullmatch(r"\d+ records of the run \S+ are still to be delivered.*simvue_sender does that", said)
    port = server.url.rpartition(":")[2]
    with running_server("--data", str(store), "--token", server.token, "--port", port) as again:
        sent = site.send(tmp_path / "home", again)
        assert sent.returncode == 0, sent.stdout + sent.stderr
        run = site.get(again, f"/runs/{identifier}")
        assert (run["metrics"]["a"]["count"], run["status"]) == (1000, "completed")
        assert site.events(again, identifier) == ["in the dark"]


def test_a_server_that_does_not_make_the_run_is_an_error_of_init(tmp_path):
    before = "import simvue.run.online\nsimvue.run.online._FOR_CREATION = 1.0"
    with running_server("--ephemeral", "--faults") as server:
        rule = {"method": "POST", "path": "^/api/runs$", "status": 503, "times": 0}
        headers = {**server.authorization, "content-type": "application/json"}
        assert server.request("PUT", "/faults", headers, json.dumps([rule]).encode())[0] == 200
        settings = site.variables(server, tmp_path / "home")

        result = journals.run(site.SCRIPT.format(before=before), **settings)

        assert result.returncode == 1
        last = result.stderr.strip().splitlines()[-1]
        assert last.startswith("simvue.errors.SimvueRunError: the server has not made the run within 1 s: ")
        assert "503" in last
        assert server.request("DELETE", "/faults", server.authorization)[0] == 200
        time.sleep(1.5)  # its back-off is remembered
        assert site.send(tmp_path / "home", server).returncode == 0
        assert [run["status"] for run in site.runs(server, "/online")] == ["failed"]


@pytest.mark.requirement("PTH-004")
def test_a_token_that_may_not_make_runs_is_an_error_of_init_at_once(tmp_path):
    with running_server("--ephemeral", "--faults", "--read-only-token", "may.only.read") as server:
        settings = site.variables(server, tmp_path / "home") | {"SIMVUE_TOKEN": "may.only.read"}
        started = time.monotonic()

        result = journals.run(site.SCRIPT.format(before=""), **settings)

        assert result.returncode == 1
        assert time.monotonic() - started < 15
        last = result.stderr.strip().splitlines()[-1]
        assert last.startswith("simvue.errors.SimvueRunError: the server has not made the run: "), result.stderr
        assert "403" in last


@pytest.mark.requirement("PTH-004", "DLV-039")
def test_a_run_that_the_server_refuses_is_an_error_of_init_at_once_and_stays_in_the_journal(tmp_path):
    with running_server("--ephemeral", "--faults") as server:
        rule = {"method": "POST", "path": "^/api/runs$", "status": 422, "body": {"detail": "not today"}, "times": 0}
        headers = {**server.authorization, "content-type": "application/json"}
        assert server.request("PUT", "/faults", headers, json.dumps([rule]).encode())[0] == 200
        settings = site.variables(server, tmp_path / "home")
        started = time.monotonic()

        result = journals.run(
            site.SCRIPT.format(before="import simvue.run.online as it; it._FOR_CREATION = 3600"), **settings
        )

        assert result.returncode == 1
        assert time.monotonic() - started < 100
        last = result.stderr.strip().splitlines()[-1]
        assert last.startswith("simvue.errors.SimvueRunError: the server has not made the run: "), result.stderr
        assert "422" in last
        assert "not today" in last
        assert server.request("DELETE", "/faults", server.authorization)[0] == 200
        time.sleep(2.5)  # its back-off is remembered
        sent = site.send(tmp_path / "home", server)
        assert sent.returncode == 20, sent.stdout + sent.stderr  # the description was refused
        assert [run["status"] for run in site.runs(server, "/")] == ["failed"]


def test_what_keeps_records_from_the_server_is_said_at_the_end(tmp_path):
    script = site.SCRIPT.format(before="") + journals.textwrap.dedent("""
        sys.stdin.readline()
        run.log_event("refused for now")
        run.close(timeout=1.0)
    """)
    with running_server("--ephemeral", "--faults") as server:
        settings = journals.environment(**site.variables(server, tmp_path / "home"))
        process = subprocess.Popen(
            journals.command(script),
            env=settings,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            process.stdout.readline()
            rule = {"path": "^/api/", "status": 502, "times": 0}
            headers = {**server.authorization, "content-type": "application/json"}
            assert server.request("PUT", "/faults", headers, json.dumps([rule]).encode())[0] == 200
            _, errors = process.communicate("\n", timeout=30)

    assert "still to be delivered (502" in errors


def test_a_token_that_is_refused_during_a_run_is_told_once_in_words(tmp_path):
    before = """
from dataclasses import replace
import simvue.delivery.service as service
service.ONLINE = replace(service.ONLINE, heartbeat_every=0.1, abort_every=0.1)
"""
    script = site.SCRIPT.format(before=before) + journals.textwrap.dedent("""
        sys.stdin.readline()
        for number in range(30):
            run.log_metrics({"a": float(number)})
            time.sleep(0.1)
        sys.stdin.readline()
        run.close()
    """)
    with running_server("--ephemeral", "--faults") as server:
        process = subprocess.Popen(
            journals.command(script),
            env=journals.environment(**site.variables(server, tmp_path / "home")),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            process.stdout.readline()
            rule = {"path": "heartbeat|abort", "status": 401, "times": 0}
            headers = {**server.authorization, "content-type": "application/json"}
            assert server.request("PUT", "/faults", headers, json.dumps([rule]).encode())[0] == 200
            _, errors = process.communicate("\n\n", timeout=60)

    assert process.returncode == 0
    (said,) = errors.splitlines()
    assert re.match(
        r"the server shows no sign of life of the run \S+, and may call it lost: the server answered 401", said
    )
    assert said.endswith("Set SIMVUE_TOKEN, or token in [server], to a valid one")

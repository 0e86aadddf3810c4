"""The command: what it prints, refuses and leaves behind."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from simvue_conformance.server.cli import main
from simvue_conformance.server.process import ServerStartError, running_server


def test_the_first_line_tells_address_and_token(tmp_path):
    ready = tmp_path / "ready.json"
    command = [sys.executable, "-m", "simvue_conformance.server.cli", "--ephemeral", "--ready-file", str(ready)]

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        document = json.loads(_when_there(ready))
        process.terminate()
        rest = process.stdout.read()

    assert re.fullmatch(r"simvue-server listening on http://127\.0\.0\.1:\d+ token \S+\.\S+\.\S+\n", line)
    assert line.split()[3::2] == [document["url"], document["token"]]
    assert (document["pid"], rest, process.returncode) == (process.pid, "", 0)


def _when_there(path):
    for _ in range(500):
        if path.exists():
            return path.read_text()
        time.sleep(0.01)
    raise AssertionError(path)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_cleanly_and_quickly(start_api, number):
    api = start_api("--ephemeral")
    api.get("/api/version")

    before = time.monotonic()
    os.kill(api.target.process.pid, number)
    code = api.target.process.wait(timeout=10)

    assert code == 0
    assert time.monotonic() - before < 3


def test_a_request_under_way_does_not_hold_the_end_up(start_api):
    api = start_api("--ephemeral", "--faults")
    api.put("/faults", [{"path": "version", "delay": 60}])
    with subprocess.Popen(
        [sys.executable, "-c", f"import urllib.request as u; u.urlopen(u.Request('{api.target.url}/api/version'))"],
        stderr=subprocess.DEVNULL,
    ) as caller:
        while not api.get("/faults")[0]["fired"]:
            time.sleep(0.01)
        before = time.monotonic()
        api.target.stop()
        took = time.monotonic() - before
        caller.wait()

    assert took < 5


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org", "::"])
def test_a_host_that_others_reach_is_refused(host):
    result = CliRunner().invoke(main, ["--ephemeral", "--host", host])

    assert result.exit_code == 2
    assert "--i-know-this-is-not-a-production-server" in result.output


@pytest.mark.parametrize("options", [[], ["--ephemeral", "--data", "x"]])
def test_where_data_go_must_be_said_once(options):
    result = CliRunner().invoke(main, options)

    assert result.exit_code == 2
    assert "either --data DIR or --ephemeral" in result.output


def test_the_help_has_examples():
    result = CliRunner().invoke(main, ["--help"])

    assert result.exit_code == 0
    assert "simvue-server --data ./server-data\n" in result.output


def test_a_data_directory_in_use_is_refused_with_what_to_do(start_api, tmp_path):
    start_api("--data", str(tmp_path))

    with pytest.raises(ServerStartError, match="Stop the other server"), running_server("--data", str(tmp_path)):
        pass


def test_a_port_in_use_is_refused_with_what_to_do(start_api):
    port = start_api("--ephemeral").target.url.rpartition(":")[2]

    with pytest.raises(ServerStartError, match="choose another, or 0"), running_server("--ephemeral", "--port", port):
        pass


def test_options_reach_the_server(start_api):
    api = start_api(
        *("--ephemeral", "--token", "one", "--token", "two", "--read-only-token", "three"),
        *("--no-idempotency", "--idempotency-window", "60", "--null"),
    )

    statuses = {
        text: [
            api.target.request(method, "/api/runs", {"authorization": f"Bearer {text}"}, b'{"folder": "/"}')[0]
            for method in ("GET", "POST")
        ]
        for text in ("one", "two", "three", "four")
    }

    assert api.target.token == "one"
    assert statuses == {"one": [200, 200], "two": [200, 200], "three": [200, 403], "four": [401, 401]}
    assert api.get("/api/version") == {"version": "1.2.16", "idempotency_key": False, "idempotency_window": 60}


def test_a_ready_file_appears_whole_and_readable_only_by_its_owner(tmp_path):
    ready = tmp_path / "ready.json"
    command = [sys.executable, "-m", "simvue_conformance.server.cli", "--ephemeral", "--ready-file", str(ready)]

    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _when_there(ready)
        mode = stat.S_IMODE(ready.stat().st_mode)
        process.terminate()

    assert mode == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["ready.json"]

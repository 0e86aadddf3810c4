"""What the documentation says of the command is so."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from simvue_conformance.server.process import running_server
from tests.docs.shell import COMMANDS, PROJECT, Shell, blocks
from tests.journal import journals

PAGE = PROJECT / "docs/pages/how-to/follow-a-log.md"
REFERENCE = PROJECT / "docs/pages/reference/simvue-follow.md"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    if not (COMMANDS / "simvue-follow").exists():  # the project is not installed with its commands
        command = tmp_path / "bin" / "simvue-follow"
        command.write_text(f'#!/bin/sh\nPYTHONPATH={PROJECT} exec {sys.executable} -m simvue.follow "$@"\n')
        command.chmod(0o755)
    return shell


def cache(shell: Shell) -> list[list[journals.Record]]:
    return [journals.whole(path) for path in journals.journals(shell.home / ".simvue")]


def test_the_page_works_as_it_stands(shell: Shell) -> None:
    write, follow, dry, table, namelist, running = (content for _, content in blocks(PAGE, "sh"))
    ((_, shown),) = blocks(PAGE, "text")
    ((_, program),) = blocks(PAGE, "python")
    (shell.home / "program.py").write_text(program)

    shell.run(write)
    assert "WARNING: the pressure did not converge" in shell.run(follow)
    (first,) = cache(shell)
    assert shell.run(dry) == shown
    assert "metric energy = 2.5 (step 1)" in shell.run(table)
    assert "metadata nx = 128.0, dt = 0.001, scheme = 'upwind'" in shell.run(namelist)
    shell.run(running)
    (second,) = cache(shell)[1:]
    assert "5 values" in shell.run("python program.py")
    (third,) = cache(shell)[2:]

    metrics = [record for record in first if record["kind"] == "metrics"]
    assert [record["step"] for record in metrics] == [1, 2, 3, 4, 5]
    assert metrics[0]["values"] == {"residual": 0.11, "cfl": 0.3}
    assert {record["kind"] for record in first} == {"header", "run", "metadata", "metrics", "event", "end", "status"}
    for records in (second, third):
        assert sum(record["kind"] == "metrics" for record in records) == 5
        assert records[-1]["status"] == "completed"


def test_the_reference_shows_the_present_help() -> None:
    command = [sys.executable, "-m", "simvue.follow", "--help"]
    result = subprocess.run(
        command, env=os.environ | {"COLUMNS": "100"}, cwd=PROJECT, capture_output=True, text=True, check=True
    )
    ((_, shown),) = blocks(REFERENCE, "text")

    assert shown == result.stdout.rstrip() + "\n"


def test_the_reference_names_every_sum(shell: Shell) -> None:
    (shell.home / "a.log").write_text("r 1\n")
    summary = json.loads(shell.run(r"simvue-follow a.log --dry-run --json --metric 'r=r (\S+)' 2>/dev/null"))

    rows = re.findall(r"^\| (`.*?) \|", REFERENCE.read_text(), re.MULTILINE)
    assert sorted(name for row in rows for name in re.findall(r"`(\w+)`", row)) == sorted(summary)


def test_a_log_reaches_a_server_while_it_is_followed(shell: Shell) -> None:
    solver = "for n in 1 2 3; do echo it $n r 0.$n; done; exit 3"
    with running_server("--ephemeral") as server:
        (shell.home / ".simvue.ini").write_text(f"[server]\nurl = {server.url}\ntoken = {server.token}\n")
        lines = (
            f"simvue-follow - --metric 'it (?P<step>\\d+) r (?P<r>\\S+)' --name followed -- sh -c '{solver}' || true"
        )
        printed = shell.run(lines)
        _, _, body = server.request("GET", "/api/runs?count=9&start=0", server.authorization)

    (run,) = json.loads(body)["data"]
    assert "the run is failed: sh ended with exit status 3" in printed
    assert (run["name"], run["status"], run["metrics"]["r"]["count"]) == ("followed", "failed", 3)

"""The programs of the how-to pages run, and record what the pages say."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simvue_conformance.server.process import ServerProcess, running_server
from tests.docs.shell import PROJECT, Shell, blocks

HOW_TO = PROJECT / "docs" / "pages" / "how-to"
SLURM = "SLURM_JOB_ID=77 SLURM_STEP_ID=0 SLURM_NTASKS=2"


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with running_server("--ephemeral") as running:
        yield running


@pytest.fixture
def shell(tmp_path: Path, server: ServerProcess) -> Shell:
    settings = tmp_path / ".simvue.ini"
    settings.touch(0o600)
    settings.write_text(f"[server]\nurl = {server.url}\ntoken = {server.token}\n")
    return Shell(tmp_path)


def programs(page: str) -> list[str]:
    return [content for _, content in blocks(HOW_TO / page, "python")]


def run(shell: Shell, program: str, variables: str = "") -> str:
    (shell.home / "program.py").write_text(program)
    return shell.run(f"env {variables} python program.py")


def runs_in(server: ServerProcess, folder: str) -> list[dict[str, Any]]:
    path = f'/api/runs?count=99&start=0&filters=["folder.path == {folder}"]'
    _, _, body = server.request("GET", path, server.authorization)
    found: list[dict[str, Any]] = json.loads(body)["data"]
    return found


def test_a_run_is_recorded_online(shell: Shell, server: ServerProcess) -> None:
    first, second = programs("record-online.md")

    printed = run(shell, first)
    run(shell, second)

    runs = {found["name"]: found for found in runs_in(server, "/online")}
    assert runs["cooling"]["id"] in printed
    assert runs["cooling"]["metrics"]["temperature"]["count"] == 100
    assert [found["status"] for found in runs.values()] == ["completed", "completed"]
    assert runs["can be aborted"]["alerts"][0]["alert"]["name"] == "diverged"


def test_ranks_and_requeued_jobs_make_one_run(shell: Shell, server: ServerProcess) -> None:
    ranks, chosen, requeued = programs("ranks-and-requeues.md")

    for rank in (0, 1):
        run(shell, ranks, f"{SLURM} SLURM_PROCID={rank}")
    run(shell, chosen)
    run(shell, requeued)
    assert shell.run("simvue_sender") == ""

    by_job, by_key = sorted(runs_in(server, "/ranks"), key=lambda found: "residual.1" not in found["metrics"])
    assert set(by_job["metrics"]) >= {"residual.0", "residual.1"}
    assert by_key["metrics"]["residual.0"]["last"] == 0.25


def test_a_solver_is_started_and_measured(shell: Shell, server: ServerProcess) -> None:
    for program in programs("start-a-solver.md"):
        run(shell, program)
    assert shell.run("simvue_sender") == ""

    runs = {found["name"]: found for found in runs_in(server, "/processes")}
    assert runs["measured"]["metrics"].keys() >= {"resources/cpu.usage.percentage", "resources/cpu.usage.memory"}
    (alert,) = runs["solver"]["alerts"]
    assert (alert["alert"]["name"], alert["status"]["current"]) == ("solver_exit_status", "ok")

"""The worked example and the ranks of a job, delivered by simvue_sender: the server holds what the programs said."""

import json
import struct
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simvue_conformance.server.process import ServerProcess, running_server
from tests.run.site import get, runs
from tests.sender.site import COMMAND
from tests.writers.fortran.programs import (
    Record,
    journals,
    metric,
    only,
    opening,
    records,
    surroundings,
    text,
    validate,
)

Point = tuple[str, int, bytes]


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with running_server("--ephemeral") as started:
        yield started


def send(cache: Path, server: ServerProcess) -> dict[str, Any]:
    """Run the sender once."""
    environment = surroundings(cache, SIMVUE_URL=server.url, SIMVUE_TOKEN=server.token)
    result = subprocess.run([COMMAND, "--json"], check=False, capture_output=True, text=True, env=environment)
    assert result.returncode == 0, result.stderr
    summary: dict[str, Any] = json.loads(result.stdout)
    return summary


def said(found: list[Record]) -> Counter[Point]:
    """Return the points that journals hold, each double bit by bit."""
    return Counter(
        (name, record["step"], struct.pack("<d", value))
        for record in found
        if record["kind"] == "metrics"
        for name, value in record["values"].items()
    )


def held(server: ServerProcess, run: str) -> Counter[Point]:
    """Return the points that the server has of a run."""
    names = json.dumps(get(server, f'/metrics/names?runs=["{run}"]'))
    series = get(server, f'/metrics?runs=["{run}"]&metrics={names}&xaxis=step&aggregate=False')[run]
    return Counter(
        (name, point["step"], struct.pack("<d", point["value"])) for name, points in series.items() for point in points
    )


def test_the_example_is_valid_and_is_delivered(
    program: Callable[[str, str], Path], cache: Path, server: ServerProcess
) -> None:
    cache.parent.mkdir()
    subprocess.run(
        [program("heat", "fast")], check=True, capture_output=True, env=surroundings(cache), cwd=cache.parent
    )
    assert validate(only(cache)).returncode == 0
    found = records(only(cache))

    summary = send(cache, server)

    assert summary["delivered"]["metrics"] == 400
    (run,) = runs(server, "/heat")
    assert (run["name"], run["status"], run["description"]) == ("heat 2d", "completed", "explicit scheme")
    assert run["tags"] == ["heat", "2d"]
    assert {key: run["metadata"][key] for key in ("n", "alpha", "scheme")} == {"n": 64, "alpha": 1e-4, "scheme": "FTCS"}
    assert [each["alert"]["name"] for each in run["alerts"]] == ["diverged"]
    assert held(server, run["id"]) == said(found)
    tensor = get(server, f"/runs/{run['id']}/metrics/temperature/values?step=400")
    assert tensor["array"] == next(record["array"] for record in found if record["kind"] == "tensor")
    (artifact,) = get(server, f"/runs/{run['id']}/artifacts")
    assert artifact["checksum"] == next(record["sha256"] for record in found if record["kind"] == "artifact")
    assert artifact["uploaded"]


@pytest.mark.requirement("JRN-032", "REC-037", "RDR-043")
def test_the_ranks_of_a_job_are_one_run(checked_driver: Path, cache: Path, server: ServerProcess) -> None:
    job = {"SLURM_JOB_ID": "4711"}
    for rank in (2, 0, 1):
        commands = [opening("job", rank=rank), *(metric(f"residual.{rank}", step / 7, step) for step in range(20))]
        if rank == 0:
            commands += [b"r", b"e" + text("from a second file") + text("warning")]
        subprocess.run(
            [checked_driver],
            input=b"".join([*commands, b"c"]),
            check=True,
            capture_output=True,
            env=surroundings(cache, **job),
        )
    assert validate(*journals(cache)).returncode == 0
    found = [record for path in journals(cache) for record in records(path)]
    assert Counter(record["kind"] for record in found)["run"] == 1
    assert sum("status" in record for record in found if record["kind"] == "end") == 1

    send(cache, server)

    (run,) = runs(server, "/fortran")
    assert (run["name"], run["status"]) == ("driver", "completed")
    assert held(server, run["id"]) == said(found)
    assert sum(said(found).values()) == 60

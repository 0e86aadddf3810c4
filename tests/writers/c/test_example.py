"""The worked example: it compiles as the page says, computes, and what it recorded arrives on a server."""

import hashlib
import math
import re
import signal
import struct
import subprocess
import time
from pathlib import Path

import pytest

from simvue_conformance.server.process import running_server
from tests.sender.site import CANARY, Server, Site
from tests.writers.c.journals import SOURCES, WARNINGS, build, clean_environment, needs_gcc, ran, records, validate

pytestmark = needs_gcc


@pytest.fixture(scope="module")
def heat(programs) -> Path:
    return build(SOURCES / "heat.c", programs / "heat", "-std=c99", "-O2")


def test_it_solves_the_equation_and_arrives_whole(heat, tmp_path):
    with running_server("--ephemeral", "--faults", "--token", CANARY) as process:
        site, server = Site(tmp_path), Server(process)
        site.configure(server.url)
        subprocess.run([heat, "32", "500"], check=True, cwd=site.home, env=clean_environment(site.cache))
        (path,) = site.journals.iterdir()
        found = records(path)
        assert validate(path)["findings"] == 0

        assert site.send().exit == 0

        meant = {
            (name, record["step"], value)
            for record in found
            if record["kind"] == "metrics"
            for name, value in record["values"].items()
        }
        key = "heat on a plate"
        arrived = server.metrics(key)
        assert set(arrived) == meant
        assert set(arrived.values()) == {1}
        assert len(meant) == 4 * 50
        run = server.run(key)
        assert run["status"] == "completed"
        assert run["metadata"] | {"cells": 32, "steps": 500, "alpha": 0.1} == run["metadata"]
        assert server.events(key) == {"the plate has cooled": 1}
        assert list(site.journals.iterdir()) == []
        (artifact,) = [record for record in found if record["kind"] == "artifact"]
        uploads = server.requests("PUT", "/artifacts/")
        assert uploads
        field = (site.home / "field.dat").read_bytes()
        assert artifact["sha256"] == hashlib.sha256(field).hexdigest()
    last = found[-4]
    exact = math.exp(-2 * math.pi**2 * 0.1 * last["time"])
    assert math.isclose(struct.unpack("1089d", field)[16 * 33 + 16], exact, rel_tol=0.01)
    assert last["values"]["error"] < 0.01


def test_a_scheduler_that_ends_it_leaves_a_whole_journal(heat, cache, tmp_path):
    with subprocess.Popen([heat, "256", "100000000"], cwd=tmp_path, env=clean_environment(cache)) as process:
        while not any(b'"metrics"' in path.read_bytes() for path in (cache / "journals").glob("*.jsonl")):
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0

    (path,) = (cache / "journals").iterdir()
    assert records(path)[-1]["status"] == "terminated"
    validate(path)


def test_it_computes_where_nothing_can_be_recorded(heat, tmp_path):
    (tmp_path / "file").write_text("in the way")

    result = ran([heat, "8", "20"], cwd=tmp_path, env=clean_environment(tmp_path / "file" / "cache"))

    assert result.returncode == 0
    assert (tmp_path / "field.dat").stat().st_size == 81 * 8
    assert "cannot be written" in result.stderr


def test_the_program_of_the_page_works_as_printed(tmp_path):
    page = (SOURCES / "README.md").read_text()
    (tmp_path / "run.c").write_text(re.search(r"```c\n(.*?)```", page, re.DOTALL)[1])
    command = re.search(r"```sh\n(cc [^\n]*)", page)[1].replace("cc ", "gcc ", 1).split()
    subprocess.run([*command, *WARNINGS, f"-I{SOURCES}"], check=True, cwd=tmp_path)

    subprocess.run([tmp_path / "run"], check=True, cwd=tmp_path, env=clean_environment(tmp_path / "cache"))

    (path,) = (tmp_path / "cache" / "journals").iterdir()
    assert {"run", "metrics", "end"} <= {record["kind"] for record in records(path)}
    assert validate(path)["findings"] == 0


def test_the_page_lists_every_status():
    header, page = (SOURCES / "simvue_journal.h").read_text(), (SOURCES / "README.md").read_text()
    listed = dict(re.findall(r"^\| `(SIMVUE_JOURNAL_\w+)` \| (-?\d+) \|", page, re.MULTILINE))

    assert listed == dict(re.findall(r"^    (SIMVUE_JOURNAL_\w+) = (-?\d+)", header, re.MULTILINE))

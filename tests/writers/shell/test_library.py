"""Sourced into a script, simvue-journal.sh leaves the script as it was; its journals are delivered."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.examples.comparison import Server, compare, read_journals
from simvue_conformance.server.process import ServerProcess, running_server
from tests.writers.shell.shells import SOURCE, Site, kinds
from tests.writers.shell.test_records import JOB

SENDER = str(Path(sys.executable).parent / "simvue_sender")


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with running_server("--ephemeral") as server:
        yield server


@pytest.mark.requirement("WRT-014", "WRT-032")
def test_a_script_keeps_its_variables_options_traps_and_umask(site: Site) -> None:
    script = """
    set -euCf
    line=mine name=mine text=mine status=mine journal=mine range=mine values=mine number=mine members=mine IFS=,
    LC_ALL=C.UTF-8; umask 022; trap 'echo trap' 0 HUP
    . "$LIBRARY"
    journal_open --name 'a b,c' --tag x,y
    journal_metric a,b=1 --step 2; journal_event 'one,two'; journal_metadata k=v
    journal_alert d; journal_alert_state d ok; journal_tag 'p,q'
    journal_artifact "$LIBRARY"; journal_folder /; journal_heartbeat; journal_status failed; journal_end
    echo "$line $name $text $status $journal $range $values $number $members $IFS $LC_ALL $- $(umask) ${SIMVUE_JOURNAL}"
    """
    out, err = site.start(script).communicate(timeout=60)

    assert err == b""
    first, trap = out.decode().splitlines()
    assert re.fullmatch(r"(mine ){9}, C\.UTF-8 \S+ 0022 ", first)
    assert set("euCf") <= set(first.split()[-2])
    assert trap == "trap"
    expected = "header run metrics event metadata alert alert_state tags artifact folder heartbeat status end"
    assert kinds(site.records()) == expected.split()
    assert site.records()[1]["name"] == "a b,c"
    assert oct(site.journals()[0].stat().st_mode) == "0o100600"
    assert oct(site.cache.stat().st_mode) == "0o40700"


@pytest.mark.requirement("JRN-002", "JRN-031")
def test_the_cache_is_where_the_environment_says(site: Site) -> None:
    odd = 'it\'s a "cache" $HOME é'
    script = """
    set -eu
    eval "$(simvue-journal open --cache "$1")"; simvue-journal end
    SIMVUE_OFFLINE_DIRECTORY=$1/2; eval "$(simvue-journal open)"; simvue-journal end
    SIMVUE_OFFLINE_DIRECTORY='~/3'; eval "$(simvue-journal open)"; simvue-journal end
    unset SIMVUE_OFFLINE_DIRECTORY; eval "$(simvue-journal open)"; simvue-journal end
    unset HOME; eval "$(simvue-journal open)"; simvue-journal event nowhere
    """
    said = site.run(script, odd)

    assert said.count("\n") == 1
    assert "nor HOME" in said
    for cache in (odd, f"{odd}/2", "3", ".simvue"):
        [journal] = (site.directory / cache / "journals").iterdir()
        assert journal.read_bytes().count(b'"kind":"end"') == 1


@pytest.mark.requirement("REC-002", "REC-003", "WRT-033")
def test_times_are_distinct_and_now_or_whole_seconds_where_there_is_no_finer_clock(site: Site) -> None:
    script = """
    . "$LIBRARY"; journal_open; journal_event 1; journal_event 2; journal_event 3
    unset EPOCHREALTIME; _sj_origin=; date() { command date -u +%Y-%m-%dT%H:%M:%SZ; }; journal_event 4
    date -u +%Y-%m-%dT%H:%M:%S
    """
    out, _ = site.start(script).communicate(timeout=60)

    *fine, coarse = [record["at"] for record in site.records()]
    assert len(set(fine)) == 5
    assert all(re.fullmatch(r"[0-9-]{10}T[0-9:]{8}\.[0-9]{6}Z", at) for at in fine)
    assert re.fullmatch(r"[0-9-]{10}T[0-9:]{8}Z", coarse)
    now = out.decode().strip()
    assert fine == sorted(fine)
    assert now[:16] >= coarse[:16] >= fine[-1][:16] >= fine[0][:16]
    assert now[:11] == fine[0][:11] or now[11:16] == "00:00"


def test_a_wrong_open_stops_only_who_asked_for_it(site: Site) -> None:
    script = 'set -eu; {} eval "$(simvue-journal open {})"; simvue-journal event x; echo went on'
    for variables, arguments, status in [
        ("", "--nmae x", 2),
        ("", "--folder heat", 0),
        ("", "--folder heat --strict", 0),
        ("", "--strict --folder heat", 65),
        ("SIMVUE_JOURNAL_STRICT=1; export SIMVUE_JOURNAL_STRICT;", "--run-key a/b", 65),
        ("", "--cache /dev/null", 0),
        ("", "--strict --cache /dev/null", 69),
    ]:
        process = site.start(script.format(variables, arguments))
        out, err = process.communicate(timeout=60)
        assert process.returncode == status, (arguments, out, err)
        assert (out == b"went on\n") == (status == 0)
        assert err.startswith(b"simvue-journal: ")
        assert err.count(b"\n") == 1


@pytest.mark.requirement("JRN-043")
def test_a_job_that_is_told_to_stop_ends_its_journal(site: Site) -> None:
    script = """
    eval "$(simvue-journal open)"
    trap 'simvue-journal end --exit-code $?' 0
    trap 'exit 143' TERM
    echo ready
    while :; do sleep 0.05; done
    """
    job = site.start(script)
    assert job.stdout is not None
    assert job.stdout.readline() == b"ready\n"
    job.terminate()
    _, err = job.communicate(timeout=60)

    assert (job.returncode, err) == (143, b"")
    assert site.records()[-1]["status"] == "terminated"


def test_help_and_version(site: Site) -> None:
    for arguments in ("--help", "help", "metric --help", "open -h"):
        out, err = site.start(f"simvue-journal {arguments}").communicate(timeout=60)
        assert err == b""
        assert b'eval "$(simvue-journal open' in out
        assert max(map(len, out.decode().splitlines())) <= 120
        assert f"```text\n{out.decode()}```" in (SOURCE.parent / "README.md").read_text()
    assert b"usage" in site.run("simvue-journal", status=2).encode()
    assert site.start("simvue-journal --version").communicate(timeout=60)[0].startswith(b"simvue-journal 0.")


@pytest.mark.requirement("RDR-040", "RDR-041", "RDR-042", "RDR-043")
def test_what_was_recorded_is_what_the_server_holds(site: Site, server: ServerProcess) -> None:
    key = f"shell-{site.shell[0]}-{os.getpid()}"
    site.run(JOB.replace("heat-7", key))
    [every_kind] = site.journals()
    site.run((SOURCE.parent / "job.sh").read_text())
    written = read_journals(path for path in site.journals() if path != every_kind)
    credentials = {"SIMVUE_URL": server.url, "SIMVUE_TOKEN": server.token}

    sent = subprocess.run(
        [SENDER], env=site.environment | credentials, cwd=site.directory, capture_output=True, text=True, check=False
    )

    assert sent.returncode == 0, sent.stdout + sent.stderr
    held = Server(server.url, server.token)
    [(example, contents)] = written.items()
    there = held.contents(held.runs()[example])
    assert [difference for difference in compare(contents, there) if not difference.is_none] == []
    assert contents.metrics["step"].total() == 20
    assert there.status == contents.status == "completed"

    run = held.get(f"/api/runs/{held.runs()[key]}")
    assert (run["name"], run["folder"], run["description"]) == ("heat 2d", "/heat", "größe")
    assert (run["status"], run["tags"], run["metadata"]["x"]) == ("failed", ["only"], "a=b")
    states = {alert["alert"]["name"]: alert["status"]["current"] for alert in run["alerts"]}
    assert states["disk full"] == "critical"
    assert set(states) == {"disk full", "diverged", "range", "words"}
    there = held.contents(run["id"])
    assert {item[0] for item in there.metrics["step"]} == {"loss", "a=b", "c", "d"}
    # A reason is an event on a server.
    reasons = {"failed: mesh is broken", "failed: solver said so"}
    assert {item[2] for item in there.events} == {'time step "halved"', ""} | reasons
    assert {item[:2] for item in there.artifacts} == {("out.dat", "output"), ("in put", "input")}

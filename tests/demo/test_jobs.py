"""The jobs of the demonstration run in every language that is there; the others are left out, and that is said."""

import shutil

import pytest

from docs.examples.comparison import Server, compare, journal_files, read_journals
from docs.examples.demo.jobs import JOBS, SHARED_PLATE, Compilation, start_jobs
from docs.examples.demo.stage import Place, Processes
from simvue_conformance.server.process import running_server
from tests.demo.delivered import deliver, replaced


@pytest.fixture(scope="module")
def delivered(stage, programs):
    """Give the cache of all jobs, and what the server holds of each run."""
    processes, place = stage
    jobs = start_jobs(processes, place, programs, seconds=0.5)
    ends = {name: job.wait(60) for name, job in jobs.items()}
    assert ends == dict.fromkeys(ends, 0)
    assert len(ends) == len(JOBS) + 1  # half.c and half.f90 are two programs
    with running_server("--ephemeral") as server:
        deliver(place.login, place.cache, server)
        questions = Server(server.url, server.token)
        yield place.cache, {key: questions.contents(identifier) for key, identifier in questions.runs().items()}


def test_every_job_arrives_as_it_was_written(delivered):
    cache, held = delivered
    written = read_journals(journal_files(cache))

    assert written.keys() == held.keys()
    assert [part for key in written for part in compare(written[key], held[key]) if not part.is_none] == []
    assert {contents.status for contents in held.values()} == {"completed"}
    assert sorted(contents.journals for contents in written.values()) == [1, 1, 1, 2, 2]
    assert sorted(sorted(contents.languages) for contents in written.values()) == [
        ["c"],
        ["c", "fortran"],
        ["fortran"],
        ["python"],
        ["sh"],
    ]
    assert written[SHARED_PLATE].languages == {"c", "fortran"}


@pytest.mark.parametrize(
    ("old", "new", "part", "counts"),
    [
        ('"threshold":1000.0', '"threshold":1001.0', "facts and metadata", (0, 0, 1)),
        ('"labels":["x","y"]', '"labels":["x","z"]', "facts and metadata", (0, 0, 1)),
        ('"array":[[400.0,', '"array":[[401.0,', "arrays", (0, 0, 1)),
        ('"kind":"tensor"', '"kind":"heartbeat"', "arrays", (1, 0, 0)),
    ],
)
def test_a_planted_difference_is_found(delivered, tmp_path, old, new, part, counts):
    cache, held = delivered
    copy = shutil.copytree(cache, tmp_path / "cache")
    (path,) = [path for path in journal_files(copy) if '"tensor"' in path.read_text()]
    path.write_text(replaced(old, new)(path.read_text()))
    ((key, edited),) = read_journals([path]).items()

    found = [item for item in compare(edited, held[key]) if not item.is_none]

    assert [(item.what, (item.duplicated, item.lost, item.changed)) for item in found] == [(part, counts)]


def place_without_compilers(tmp_path, monkeypatch) -> tuple[Processes, Place]:
    (tmp_path / "bin").mkdir()
    for name in ("sh", "date", "mkdir", "sleep"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "stage").mkdir()
    place = Place(tmp_path / "stage")
    return Processes(place.root / "log"), place


def test_without_compilers_a_line_says_what_is_left_out_and_how_to_get_it(tmp_path, monkeypatch):
    programs = Compilation(*place_without_compilers(tmp_path, monkeypatch)).wait()

    *jobs, left_out = programs.description().splitlines()
    assert [line.split()[0] for line in jobs] == ["heat.py", "collatz.sh"]
    assert left_out == (
        "Left out: half.c and half.f90, heat.c, heat.f90: there is no gcc and there is no gfortran. "
        "To have them: apt-get install gcc gfortran"
    )


def test_a_compiler_that_fails_costs_its_language_only(tmp_path, monkeypatch):
    processes, place = place_without_compilers(tmp_path, monkeypatch)
    for name, script in (("gcc", "echo 'stdio.h: No such file' >&2; exit 1"), ("gfortran", "exit 0")):
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "bin" / name).chmod(0o755)

    programs = Compilation(processes, place).wait()

    *jobs, left_out = programs.description().splitlines()
    assert [line.split()[0] for line in jobs] == ["heat.py", "heat.f90", "collatz.sh"]
    assert left_out.startswith("Left out: half.c and half.f90, heat.c: gcc failed, stdio.h: No such file.")

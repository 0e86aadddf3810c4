"""Half a plate in C and half in Fortran is the plate of heat.py, and one run."""

import os
import subprocess
import sys

import pytest

from docs.examples.comparison import journal_files, read_journals
from docs.examples.demo.shown import mean_temperatures
from tests.demo.delivered import EXAMPLES, environment, run

USAGE = "usage: half RANK SIZE STEPS RUN_KEY"


def share(programs, cache, first, second, key):
    """Run two halves, each with the other's output as its input; return how they ended."""
    (first_reads, second_writes), (second_reads, first_writes) = os.pipe(), os.pipe()
    ends = ((first, first_reads, first_writes), (second, second_reads, second_writes))
    variables = environment(cache.parent, SIMVUE_OFFLINE_DIRECTORY=str(cache))
    halves = [
        subprocess.Popen(
            [programs.folder / f"half-{language}", str(rank), "16", "40", key],
            stdin=reads,
            stdout=writes,
            env=variables,
        )
        for rank, (language, reads, writes) in enumerate(ends)
    ]
    for end in (first_reads, second_writes, second_reads, first_writes):
        os.close(end)
    return [half.wait(60) for half in halves]


def test_any_two_of_them_compute_what_python_computes(programs, tmp_path):
    cache = tmp_path / "cache"
    python = [sys.executable, str(EXAMPLES / "heat.py"), "--size", "16", "--steps", "40", "--run-key", "python"]
    run(python, tmp_path, SIMVUE_OFFLINE_DIRECTORY=str(cache))

    ends = [share(programs, cache, *pair, "-".join(pair)) for pair in (("c", "fortran"), ("fortran", "c"))]

    assert ends == [[0, 0]] * 2
    runs = read_journals(journal_files(cache))
    verdicts = run(["simvue-validate", *map(str, journal_files(cache))], tmp_path).splitlines()
    assert [": valid:" in verdict for verdict in verdicts] == [True] * 6
    assert runs.keys() == {"python", "c-fortran", "fortran-c"}
    for key in ("c-fortran", "fortran-c"):
        step, *_, is_same = mean_temperatures(runs["python"], runs[key])
        assert (step, is_same) == ("39", True)
        assert (runs[key].journals, runs[key].languages, runs[key].status) == (2, {"c", "fortran"}, "completed")
        assert runs[key].metrics["step"].total() == 5 * 40


@pytest.mark.parametrize("language", ["c", "fortran"])
def test_a_rank_whose_other_rank_has_gone_says_so_and_fails(programs, tmp_path, language):
    result = subprocess.run(
        [programs.folder / f"half-{language}", "0", "16", "40", "alone"],
        env=environment(tmp_path, SIMVUE_OFFLINE_DIRECTORY=str(tmp_path / "cache")),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=False,
    )

    alone = read_journals(journal_files(tmp_path / "cache"))["alone"]
    assert result.returncode == 1
    assert alone.status == "failed"
    assert [message for _, _, message in alone.events][-1] == "the other rank has gone"


@pytest.mark.parametrize("arguments", [[], ["2", "16", "40", "key"], ["0", "15", "40", "key"], ["0", "16", "x", "key"]])
@pytest.mark.parametrize("language", ["c", "fortran"])
def test_wrong_arguments_are_said_and_record_nothing(programs, tmp_path, language, arguments):
    result = subprocess.run(
        [programs.folder / f"half-{language}", *arguments],
        env=environment(tmp_path, SIMVUE_OFFLINE_DIRECTORY=str(tmp_path / "cache")),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )

    assert result.returncode == 2
    assert USAGE in result.stderr.decode()
    assert not (tmp_path / "cache").exists()

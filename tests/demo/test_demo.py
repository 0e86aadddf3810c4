"""The examples write valid journals; the demonstration proves what it says, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from tests.demo.delivered import environment, record, run

PROJECT = Path(__file__).parents[2]
DEMO = [sys.executable, "-m", "docs.examples.demo", "--seconds", "5"]


def start(tmp_path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        DEMO, env=environment(tmp_path, TMPDIR=str(tmp_path)), cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )


def test_the_examples_write_journals_that_conform(tmp_path):
    cache = record(tmp_path)

    journals = sorted(map(str, cache.glob("journals/*.jsonl")))
    verdicts = run(["simvue-validate", *journals], tmp_path).splitlines()
    assert len(journals) == 3
    assert [verdict.partition(": ")[2].partition(":")[0] for verdict in verdicts] == ["valid"] * 3


def test_the_ranks_of_the_simulation_stop_at_the_same_step_when_time_is_up(tmp_path):
    run(
        [sys.executable, str(PROJECT / "docs/examples/heat.py"), "--size", "16", "--limit", "0.1"],
        tmp_path,
        SIMVUE_OFFLINE_DIRECTORY=str(tmp_path / "cache"),
    )

    means = [
        max(path.read_text().count('"upper.mean"'), path.read_text().count('"lower.mean"'))
        for path in (tmp_path / "cache" / "journals").iterdir()
    ]
    assert means[0] == means[1] > 1
    assert (tmp_path / "plate.pgm").read_bytes().startswith(b"P5 16 16 255\n")
    assert len((tmp_path / "plate.pgm").read_bytes()) == len(b"P5 16 16 255\n") + 16 * 16


def test_the_demonstration_ends_with_everything_delivered_once_and_nothing_left_behind(tmp_path):
    with start(tmp_path) as demo:
        output = demo.stdout.read()

    assert demo.returncode == 0, output
    assert "was killed (SIGKILL)" in output
    assert "Equal:" in output
    assert "Left out" not in output
    for language in ("C and Fortran  ", "Python  ", "C  ", "Fortran  ", "shell  "):
        assert f"  {language}" in output
    assert "mean temperature at step" in output
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_demonstration_leaves_nothing_behind(tmp_path):
    with start(tmp_path) as demo:
        for line in demo.stdout:
            if "written" in line:
                break
        started = psutil.Process(demo.pid).children(recursive=True)
        os.kill(demo.pid, signal.SIGINT)
        demo.stdout.read()

    gone, alive = psutil.wait_procs(started, timeout=10)
    assert demo.returncode == 130
    assert len(gone) >= 3  # the server and the two jobs, at the least
    assert alive == []
    assert list(tmp_path.iterdir()) == []

"""The minimal writers, which have no library: short, shown as they are, and their journals valid.

A language whose tool is not here is skipped. Julia and MATLAB are nowhere in these tests; their writers are only shown.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.writers.shell.shells import checked, kinds

WRITERS = Path(__file__).parents[2] / "conformance" / "writers"
SHOWN = sorted((WRITERS / "minimal").iterdir())
VALIDATE = str(Path(sys.executable).parent / "simvue-validate")
STRICT = ("-Wall", "-Wextra", "-Werror")
COMPILE: dict[str, tuple[str, ...]] = {
    ".c": ("gcc", "-std=c11", *STRICT),
    ".cpp": ("g++", "-std=c++17", *STRICT),
    ".f90": ("gfortran", "-std=f2008", "-Wall", "-Werror"),
}
RUN: dict[str, tuple[str, ...]] = {
    ".py": (sys.executable,),
    ".sh": ("sh",),
    ".m": ("octave-cli", "--quiet", "--no-init-file"),
}


@pytest.fixture(params=[*COMPILE, *RUN])
def write(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Path]:
    """Return what runs the writer of a language once, and returns the cache."""
    suffix, source = request.param, str(WRITERS / "minimal" / f"minimal{request.param}")
    command = [*COMPILE.get(suffix, RUN.get(suffix, ())), source]
    if not shutil.which(command[0]):
        pytest.skip(f"no {command[0]} here")
    if suffix in COMPILE:
        program = str(tmp_path / "minimal")
        subprocess.run([*command, "-o", program], check=True)
        command = [program]
    (tmp_path / "cache" / "journals").mkdir(parents=True)
    environment = {**os.environ, "SIMVUE_OFFLINE_DIRECTORY": str(tmp_path / "cache"), "HOME": str(tmp_path)}

    def run() -> Path:
        subprocess.run(command, env=environment, cwd=tmp_path, check=True, timeout=60)
        return tmp_path / "cache"

    return run


@pytest.mark.requirement("JRN-010", "JRN-014", "FRM-002", "FRM-009", "REC-126", "WRT-031")
def test_a_minimal_writer_makes_a_valid_journal_each_time(write: Callable[[], Path]) -> None:
    write()
    journals = sorted((write() / "journals").iterdir())

    assert len(journals) == 2
    for journal in journals:
        header, *metrics, end = checked(journal)
        assert journal.name == header["journal"] + ".jsonl"
        assert kinds(metrics) == ["metrics"] * 3
        assert [record["step"] for record in metrics] == [0, 1, 2]
        losses = [record["values"]["loss"] for record in metrics]
        assert losses in ([1 / 3, 1 / 4, 1 / 5], [0.9, 0.8, 0.7])
        assert (end["kind"], end["records"]) == ("end", 4)
    verdict = subprocess.run([VALIDATE, "--json", *journals], capture_output=True, text=True, check=False)
    assert verdict.returncode == 0, verdict.stdout
    assert json.loads(verdict.stdout.splitlines()[-1])["findings"] == 0  # no warning either


@pytest.mark.parametrize("source", SHOWN, ids=lambda path: path.suffix[1:])
def test_a_minimal_writer_is_short_and_shown_as_it_is(source: Path) -> None:
    text = source.read_text()

    assert len(text.splitlines()) <= 15
    assert max(map(len, text.splitlines())) <= 120
    assert f"\n{text}```\n" in (WRITERS / "README.md").read_text()


def test_every_language_is_shown() -> None:
    assert [path.name for path in SHOWN] == [f"minimal.{name}" for name in ("c", "cpp", "f90", "jl", "m", "py", "sh")]

"""The conformance suite, run as anybody runs it, on each writer that is here: they keep what is asked of them.

What is listed in a writer's `known-failing.txt` is known to fail; there is none now.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

WRITERS = Path(__file__).parents[2] / "conformance" / "writers"


def compiled(source: Path, program: Path, *command: str) -> str:
    """Compile a source; return the program."""
    if not shutil.which(command[0]):
        pytest.skip(f"no {command[0]} here: make test installs it")
    result = subprocess.run(
        [*command, *map(str, (source, "-o", program)), "-pthread"],
        cwd=program.parent,
        check=False,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    return str(program)


def judge(directory: Path, command: list[str], *options: str) -> None:
    """Run the suite; say which requirements the writer does not keep, and why."""
    known = directory / "known-failing.txt"
    listed = ["--known-failing", str(known)] if known.exists() else []
    suite = [sys.executable, "-m", "simvue_conformance.cli", "writer", "--json", "--timeout", "600", *options, *listed]
    result = subprocess.run([*suite, "--", *command], check=False, capture_output=True, text=True)
    assert result.stdout, result.stderr
    requirements = json.loads(result.stdout)["requirements"]
    wrong = {row["id"]: row for row in requirements if row["status"] not in {"passed", "known to fail"}}
    assert not wrong, json.dumps(wrong, indent=1)
    assert result.returncode == 0, result.stderr


def test_the_c_writer_conforms(tmp_path: Path) -> None:
    flags = ("gcc", "-std=c99", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-DSIMVUE_JOURNAL_THREADS")
    program = compiled(WRITERS / "c" / "conformance.c", tmp_path / "conformance", *flags)

    judge(WRITERS / "c", [program], "--with", "threads,fork,checksum")


def test_the_fortran_writer_conforms(tmp_path: Path) -> None:
    directory = WRITERS / "fortran"
    flags = ("gfortran", "-std=f2008", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror")
    journal = str(directory / "simvue_journal.f90")
    program = compiled(directory / "conformance.f90", tmp_path / "conformance", *flags, journal)

    judge(directory, [program], "--with", "checksum")


def test_the_shell_writer_conforms() -> None:
    judge(WRITERS / "shell", [str(WRITERS / "shell" / "conformance.sh")], "--plain")


def test_the_python_client_conforms() -> None:
    program = str(WRITERS / "python" / "conformance.py")

    judge(WRITERS / "python", [sys.executable, program], "--with", "threads,fork,checksum")

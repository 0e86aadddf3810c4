"""The one file compiles without a warning, under every standard and level that a solver may ask for."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.writers.fortran.programs import SOURCES, compile_journal, link, only, records, surroundings

WAYS = [
    ("-std=gnu", "-O3", "-march=native", "-flto"),
    ("-std=f2008", "-Og", "-fcheck=all", "-ftrapv"),
    ("-std=f2018", "-O1", "-fdefault-integer-8", "-fdefault-real-8"),
]


def test_it_compiles_without_a_warning(compiler: str, builds: dict[str, Path], tmp_path: Path) -> None:
    running = [compile_journal(compiler, tmp_path / str(number), *way) for number, way in enumerate(WAYS)]

    errors = {way: process.communicate()[1] for way, process in zip(WAYS, running, strict=True)}

    assert errors == dict.fromkeys(WAYS, "")
    assert set(builds) == {"checked", "fast"}  # these too, with -O0 and -Ofast


def test_no_line_is_too_long_for_the_standard() -> None:
    lines = [line for path in SOURCES.glob("*.f90") for line in path.read_text(encoding="ascii").splitlines()]

    assert max(map(len, lines)) <= 132


@pytest.mark.skipif(shutil.which("cmake") is None, reason="cmake is not installed")
def test_cmake_builds_the_example(compiler: str, tmp_path: Path) -> None:
    configure = ["cmake", "-S", str(SOURCES), "-B", str(tmp_path), f"-DCMAKE_Fortran_COMPILER={compiler}"]
    subprocess.run(configure, check=True, capture_output=True)

    subprocess.run(["cmake", "--build", str(tmp_path)], check=True, capture_output=True)

    assert (tmp_path / "heat").exists()


def test_the_example_of_the_readme_records(compiler: str, builds: dict[str, Path], tmp_path: Path) -> None:
    readme = (SOURCES / "README.md").read_text()
    source = tmp_path / "first.f90"
    source.write_text(readme.split("```fortran\n")[1].split("```")[0])
    cache = tmp_path / "cache"

    program = link(compiler, builds["checked"], tmp_path / "first", [source], "-std=f2008")
    subprocess.run([program], check=True, env=surroundings(cache))

    steps = [record["step"] for record in records(only(cache)) if record["kind"] == "metrics"]
    assert steps == list(range(1, 101))


def test_the_readme_names_each_call() -> None:
    readme = (SOURCES / "README.md").read_text()
    module = (SOURCES / "simvue_journal.f90").read_text()
    calls = re.findall(r"^      (?:procedure|generic) :: (\w+)", module, re.MULTILINE)

    assert [call for call in calls if f"{call}(" not in readme] == []
    assert len(calls) > 20

"""The writer compiled in two ways, once for all tests: with every check that gfortran has, and as fast as it can."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.writers.fortran.programs import HERE, SOURCES, compile_journal, link

BUILDS = {
    "checked": ("-std=f2008", "-O0", "-g", "-fcheck=all", "-ffpe-trap=invalid,zero,overflow"),
    "fast": ("-std=f2018", "-Ofast", "-fopenmp"),
}


@pytest.fixture(scope="session")
def compiler() -> str:
    """The compiler; without one there is nothing to test."""
    found = shutil.which("gfortran")
    if found is None:
        pytest.skip("gfortran is not installed: apt-get install gfortran")
    return found


@pytest.fixture(scope="session")
def builds(compiler: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folders with the compiled writer, by the names of BUILDS."""
    home = tmp_path_factory.mktemp("fortran")
    running = {name: compile_journal(compiler, home / name, *flags) for name, flags in BUILDS.items()}
    for name, process in running.items():
        _, errors = process.communicate()
        assert process.returncode == 0, f"{name}: {errors}"
    return {name: home / name for name in BUILDS}


@pytest.fixture(scope="session")
def program(compiler: str, builds: dict[str, Path]) -> Callable[[str, str], Path]:
    """A function that returns a program by its name and the build; each is compiled once."""
    made: dict[tuple[str, str], Path] = {}

    def get(name: str, build: str = "checked") -> Path:
        if (name, build) not in made:
            folder = builds[build]
            sources = [HERE / "faulty.f90", HERE / "driver.f90"] if name == "faulty" else [HERE / f"{name}.f90"]
            if name == "heat":
                sources = [SOURCES / "heat.f90"]
            made[name, build] = link(compiler, folder, folder / name, sources, *BUILDS[build])
        return made[name, build]

    return get


@pytest.fixture(params=list(BUILDS))
def driver(request: pytest.FixtureRequest, program: Callable[[str, str], Path]) -> Path:
    """The driver, of each build."""
    return program("driver", request.param)


@pytest.fixture
def checked_driver(program: Callable[[str, str], Path]) -> Path:
    """The driver in which every error of the language ends the program."""
    return program("driver", "checked")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache that does not exist yet."""
    return tmp_path / "deep" / "cache"

"""The compiled examples, made once as the demonstration makes them."""

from collections.abc import Iterator

import pytest

from docs.examples.demo.jobs import Compilation, Programs
from docs.examples.demo.stage import Place, Processes


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Processes, Place]]:
    place = Place(tmp_path_factory.mktemp("stage"))
    processes = Processes(place.root / "log")
    yield processes, place
    processes.stop()


@pytest.fixture(scope="session")
def programs(stage: tuple[Processes, Place]) -> Programs:
    programs = Compilation(*stage).wait()
    assert programs.reasons == {}
    return programs

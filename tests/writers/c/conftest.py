"""Programs that the tests of the C writer share: each is compiled once."""

from pathlib import Path

import pytest

from tests.writers.c.journals import HERE, build

_SANITIZED = ("-std=c99", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory for programs."""
    return tmp_path_factory.mktemp("programs")


@pytest.fixture(scope="session")
def driver(programs: Path) -> Path:
    """The driver, in which every overrun and every undefined operation ends the program."""
    return build(HERE / "driver.c", programs / "driver", *_SANITIZED)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache that does not exist yet."""
    return tmp_path / "cache"

"""A cache on disk, the real world, and an exchange with a server that answers from a list."""

import pytest

from simvue.delivery.os_world import OsWorld
from tests.delivery.exchanges import Scene


@pytest.fixture
def cache(tmp_path):
    return str(tmp_path)


@pytest.fixture
def world():
    return OsWorld()


@pytest.fixture
def scene():
    return Scene()

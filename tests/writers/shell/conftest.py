"""A site for each shell."""

from pathlib import Path

import pytest

from tests.writers.shell.shells import NAMES, SHELLS, Site


@pytest.fixture(params=SHELLS, ids=NAMES)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    return Site(tmp_path, request.param)

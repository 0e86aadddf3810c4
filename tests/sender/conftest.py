"""Fixtures for the sender: a site of one's own, and reference servers that the tests of a module share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simvue_conformance.server.process import ServerProcess, running_server
from tests.sender.site import CANARY, Server, Site


@pytest.fixture(scope="module")
def keyed_process() -> Iterator[ServerProcess]:
    with running_server("--ephemeral", "--faults", "--token", CANARY) as process:
        yield process


@pytest.fixture(scope="module")
def keyless_process() -> Iterator[ServerProcess]:
    with running_server("--ephemeral", "--faults", "--no-idempotency", "--token", CANARY) as process:
        yield process


def _fresh(process: ServerProcess) -> Iterator[Server]:
    server = Server(process)
    server.mark()
    yield server
    server.faults()


@pytest.fixture
def server(keyed_process: ServerProcess) -> Iterator[Server]:
    """A server that honours idempotency keys, without faults."""
    yield from _fresh(keyed_process)


@pytest.fixture
def keyless(keyless_process: ServerProcess) -> Iterator[Server]:
    """A server that knows no idempotency keys, without faults."""
    yield from _fresh(keyless_process)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site without a configuration."""
    return Site(tmp_path)


@pytest.fixture
def ready(site: Site, server: Server) -> Site:
    """A site that is configured for the server."""
    site.configure(server.url)
    return site

"""One server for all tests of the client, each of which makes runs of its own; and a client for it."""

import os
from collections.abc import Iterator

import pytest

from simvue.client import Client
from simvue_conformance.server.process import running_server
from tests.client.site import Site

OTHER_TOKEN = "token.of.another.user"


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """A server behind a socket."""
    with running_server("--ephemeral", "--faults", "--admin-token", OTHER_TOKEN) as server:
        yield Site(server)


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in os.environ:
        if name.startswith("SIMVUE_"):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)


@pytest.fixture
def client(site: Site) -> Client:
    """A client that knows the server from its arguments alone."""
    return Client(server_url=site.server.url, server_token=site.server.token)


@pytest.fixture
def other_client(site: Site) -> Client:
    """A client of another user of the same server."""
    return Client(server_url=site.server.url, server_token=OTHER_TOKEN)

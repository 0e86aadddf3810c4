"""One reference server for all tests of the objects; each test finds it in its environment."""

import json

import pytest

from simvue_conformance.server.process import running_server

ADMIN = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjQxMDI0NDQ4MDB9.bm8gb25lIGxvb2tz"


@pytest.fixture(scope="package")
def server():
    with running_server("--ephemeral", "--faults", "--admin-token", ADMIN) as running:
        yield running


@pytest.fixture(autouse=True)
def configured(server, monkeypatch, tmp_path):
    """Make the server the configured one; nothing of the developer's own is read."""
    monkeypatch.setenv("SIMVUE_URL", server.url)
    monkeypatch.setenv("SIMVUE_TOKEN", server.token)
    monkeypatch.delenv("SIMVUE_SERVER_PROFILE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def administrator(monkeypatch):
    monkeypatch.setenv("SIMVUE_TOKEN", ADMIN)


@pytest.fixture
def requests(server):
    """Return a function that tells which requests came since it was asked last."""
    seen = [0]

    def new():
        _, _, body = server.request("GET", "/requests")
        found = json.loads(body)
        found = found if isinstance(found, list) else found["requests"]
        fresh = [f"{one['method']} {one['path'].removeprefix('/api/')}" for one in found[seen[0] :]]
        seen[0] = len(found)
        return fresh

    new()
    return new

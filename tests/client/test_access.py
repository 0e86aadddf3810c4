"""Every method asks the server that the client was made for, and none leaks its token."""

import json
import subprocess
import sys

import pytest

from simvue.api.objects import Run
from simvue.client import Client
from simvue.errors import ConfigurationError, Unreachable
from simvue_conformance.server.process import running_server
from tests.client.site import Site


class Hidden:
    """A token as pydantic wraps it."""

    def __init__(self, token):
        self.token = token

    def get_secret_value(self):
        return self.token


def test_every_method_honours_the_address_and_the_token_of_the_client(site, tmp_path):
    # Nothing is configured in these tests, so whoever asks elsewhere than the client says gets nowhere.
    client = Client(server_url=site.server.url, server_token=Hidden(site.server.token))
    alert = site.alert("access")
    run = site.run("access", folder="/access", tags=["access"], alerts=[alert])
    site.log(run, "x", [1.0])
    site.artifact(run, "a", b"1")

    folder, (_, tag) = client.get_folder("/access"), next(iter(client.get_tags(count_limit=1)))
    found = client.get_run(run)
    folder.refresh()
    tag.refresh()
    found.refresh()

    assert client.get_run_id_from_name("access") == run
    assert list(client.get_metrics_names(run)) == ["x"]
    assert [entry.id for entry in client.get_alerts(run_id=run, critical_only=False, names_only=False)] == [alert]
    for _, artifact in client.list_artifacts(run):
        assert b"".join(artifact.download_content()) == b"1"
    assert [name for _, name in ((i, f.path) for i, f in client.get_folders(filters=["path == /access"]))] == [
        "/access"
    ]
    client.get_artifacts_as_files(run, output_dir=tmp_path)
    assert client.delete_folder("/access", recursive=True, remove_runs=True) == [run]


def test_two_clients_of_two_servers_do_not_mix(site):
    with running_server("--ephemeral") as other:
        there = Site(other)
        run, twin = site.run("access-here"), there.run("access-there")
        here = Client(server_url=site.server.url, server_token=site.server.token)
        away = Client(server_url=other.url, server_token=other.token)

        assert here.get_run(run).name == "access-here"
        assert away.get_run(twin).name == "access-there"
        assert [name for _, name in ((i, r.name) for i, r in away.get_runs(None))] == ["access-there"]


def test_a_client_needs_a_server(client):
    with pytest.raises(ConfigurationError, match="SIMVUE_URL"):
        Client()


def test_making_a_client_asks_nothing_and_a_question_fails_after_some_time(monkeypatch):
    monkeypatch.setattr("simvue.server.api._PAUSES", (0.01,))
    client = Client(server_url="http://127.0.0.1:9", server_token="secret-token")

    with pytest.raises(Unreachable) as caught:
        client.get_run_name_from_id("x")
    assert "secret-token" not in f"{client!r} {vars(client)} {caught.value!r}"


def test_the_package_offers_the_client_and_loads_nothing_that_is_optional():
    code = """
import json, sys
from simvue import Client
from simvue.client import Client as Same
assert Client is Same
print(json.dumps([name for name in ('numpy', 'pandas', 'matplotlib', 'plotly', 'pydantic') if name in sys.modules]))
"""

    result = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert json.loads(result.stdout) == []


def test_what_is_returned_can_be_changed_and_committed(client, site):
    run = client.get_run(site.run("access-change"))

    assert isinstance(run, Run)
    run.read_only(False)
    run.description = "new"
    run.commit()

    assert client.get_run(run.id).description == "new"


def test_the_published_command_line_finds_the_address(client, site):
    assert str(client._user_config.server.url).rstrip("/").startswith(site.server.url)

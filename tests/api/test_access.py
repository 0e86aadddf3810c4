"""Access to the configured server is shared by all who ask for the same."""

import logging

import pytest

from simvue.api.access import configured_api, revealed
from simvue.errors import ConfigurationError


def test_the_environment_goes_before_arguments(server):
    api = configured_api(server_url="http://elsewhere.invalid", server_token="other")

    assert api.address == f"{server.url}/api"
    assert api.get("whoami")["user"] == "user01"


def test_arguments_go_before_files(server, monkeypatch, tmp_path):
    monkeypatch.delenv("SIMVUE_URL")
    monkeypatch.delenv("SIMVUE_TOKEN")
    (tmp_path / "simvue.toml").write_text('[server]\nurl = "http://elsewhere.invalid"\ntoken = "x.y.z"\n')

    assert configured_api(server_url=server.url).address == f"{server.url}/api"
    assert configured_api().address == "http://elsewhere.invalid/api"


def test_a_profile_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.delenv("SIMVUE_URL")
    monkeypatch.delenv("SIMVUE_TOKEN")
    (tmp_path / "simvue.toml").write_text('[profiles.lab]\nurl = "https://lab.invalid"\ntoken = "x.y.z"\n')

    assert configured_api(server_profile="lab").address == "https://lab.invalid/api"
    with pytest.raises(ConfigurationError):
        configured_api()


def test_connections_are_shared():
    assert configured_api() is configured_api()


def test_remarks_are_made_once(monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("SIMVUE_URL", "http://remarked.invalid")
    with caplog.at_level(logging.WARNING, "simvue"):
        configured_api()
        configured_api()

    assert [record.message for record in caplog.records if "http" in record.message] == [
        record.message for record in caplog.records
    ]
    assert len(caplog.records) == 1


def test_a_token_shows_itself_only_when_asked(server):
    class Hidden:
        def get_secret_value(self):
            return "secret"

    assert revealed(Hidden()) == "secret"
    assert revealed("plain") == "plain"
    assert revealed(None) is None
    assert server.token not in repr(configured_api())

"""The configuration is shown as the published client shows it."""

import json
from pathlib import Path

import pytest

from simvue.config.user import SimvueConfiguration
from simvue.errors import ConfigurationError

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjQxMDI0NDQ4MDB9.x"


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    for name in ("SIMVUE_URL", "SIMVUE_TOKEN", "SIMVUE_SERVER_PROFILE", "SIMVUE_OFFLINE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def configured(place):
    (place / "simvue.toml").write_text(
        f'[server]\nurl = "https://one.invalid"\ntoken = "{TOKEN}"\n'
        f'[profiles.two]\nurl = "https://two.invalid"\ntoken = "{TOKEN}"\n'
        '[run]\nfolder = "/studies"\ntags = ["a"]\n'
    )
    return place / "simvue.toml"


@pytest.mark.parametrize("mode", ["online", "offline"])
def test_everything_is_shown_in_any_mode(configured, place, mode):
    found = SimvueConfiguration.fetch(mode=mode)

    assert found.server.url == "https://one.invalid/api"
    assert found.server.token.get_secret_value() == TOKEN
    assert found.profiles["two"].url == "https://two.invalid/api"
    assert (found.run.folder, found.run.tags, found.run.mode) == ("/studies", ["a"], mode)
    assert found.offline.cache == place / ".simvue"
    assert found.metrics.system_metrics_interval == 60
    assert found.config_file() == configured
    assert found.headers["Authorization"] == f"Bearer {TOKEN}"
    assert found.server_verify is True
    assert found.server_version is found.nosim_version is None


def test_a_profile_can_be_chosen(configured):
    assert SimvueConfiguration.fetch(mode="online", profile="two").server.url == "https://two.invalid/api"


def test_what_is_shown_hides_the_token(configured):
    found = SimvueConfiguration.fetch(mode="online")
    dumped = found.model_dump(mode="json", warnings="none")

    assert TOKEN not in json.dumps(dumped) + repr(found) + repr(found.server)
    assert dumped["server"]["token"] == "**********"
    assert dumped["server"]["url"] == "https://one.invalid/api"
    assert isinstance(dumped["offline"]["cache"], str)
    assert isinstance(found.model_dump()["offline"]["cache"], Path)


def test_offline_needs_no_server():
    found = SimvueConfiguration.fetch(mode="offline")

    assert (found.server.url, found.server.token, found.profiles) == (None, None, {})
    with pytest.raises(FileNotFoundError):
        found.config_file()
    with pytest.raises(ConfigurationError):
        SimvueConfiguration.fetch(mode="online")


def test_tables_of_a_file_can_be_given():
    tables = {"server": {"url": "https://one.invalid", "token": TOKEN, "odd": 1}, "run": {"metadata": {"git": False}}}
    found = SimvueConfiguration(**tables, unknown={})

    assert found.server.url == "https://one.invalid/api"
    assert found.server.token.get_secret_value() == TOKEN
    assert (found.run.metadata.git, found.run.metadata.system) == (False, True)

"""Settings follow the documented precedence, and each says where it came from."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simvue.config import Origin, Token
from tests.config.place import ACCESS, SEED, TOML, Place


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_offline_needs_no_url_and_no_token_and_does_not_look(place):
    place.write("~/.simvue.ini", "[server]\nurl = nonsense\ntoken = eyJ0eXAi...\n[offline]\ncache = /data\n")
    environment = {"SIMVUE_SERVER_PROFILE": "missing", "SIMVUE_SERVER_CA_CERTIFICATE": "/missing"}

    settings = place.load(environment, mode="offline")

    assert settings.server is None
    assert settings.cache == Path("/data")


def test_a_file_may_set_the_mode_and_the_argument_goes_first(place):
    place.write("~/.simvue.ini", SEED + "[run]\nmode = offline\n")

    assert place.load().mode == "offline"
    assert place.load(mode="online").server is not None


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become a user without account and home")
def test_offline_works_without_home_and_directory_if_the_cache_is_given(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    script = (
        "import os, pwd\nfrom simvue.config import load\nos.rmdir(os.getcwd())\nos.setuid(54321)\n"
        "print(load(mode='offline').cache)"
    )
    environment = {"SIMVUE_OFFLINE_DIRECTORY": "/data", "PYTHONPATH": str(Path(__file__).parents[1])}

    done = subprocess.run([sys.executable, "-c", script], env=environment, cwd=gone, capture_output=True, check=False)

    assert done.stdout == b"/data\n", done.stderr


def test_loading_imports_neither_parsers_nor_third_parties_without_files(tmp_path):
    script = (
        "import sys; before = set(sys.modules)\n"
        "from simvue.config import load; load(mode='offline')\n"
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    root = str(Path(__file__).parents[1])
    environment = {"HOME": str(tmp_path), "PYTHONPATH": root}

    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, cwd=tmp_path, capture_output=True, check=True
    )

    loaded = set(done.stdout.decode().split())
    assert "simvue" in loaded
    assert not loaded & {"configparser", "tomllib", "http", "socket"}
    assert loaded <= sys.stdlib_module_names | {"simvue"}


def test_environment_goes_before_argument_before_file_before_default(place):
    place.write("~/.simvue.toml", TOML + '[offline]\ncache = "/file"\n')
    variable = {"SIMVUE_OFFLINE_DIRECTORY": "/variable"}

    in_order = [
        place.load(variable, cache="/argument"),
        place.load(cache="/argument"),
        place.load(),
    ]

    assert [str(settings.cache) for settings in in_order] == ["/variable", "/argument", "/file"]
    assert [settings.origins["cache"].kind for settings in in_order] == ["environment", "argument", "file"]
    assert [note for note in in_order[0].notes if "SIMVUE_OFFLINE_DIRECTORY goes before the argument" in note]


def test_url_and_token_follow_the_same_order(place):
    place.write("~/.simvue.ini", SEED)

    by_argument = place.load(server_url="https://arg.example", server_token="from-arg")
    by_variable = place.load(ACCESS, server_url="https://arg.example", server_token="from-arg")

    assert (by_argument.server.url, by_argument.server.token.reveal()) == (
        "https://arg.example/api",
        "from-arg",
    )
    assert (by_variable.server.url, by_variable.server.token.reveal()) == (
        "https://env.example/api",
        "from-env",
    )
    assert "from-arg" not in "".join(by_variable.notes)


def test_an_empty_variable_counts_as_not_set(place):
    place.write("~/.simvue.ini", SEED)

    settings = place.load({"SIMVUE_URL": "", "SIMVUE_TOKEN": " "})

    assert settings.server.url == "https://app.simvue.io/api"


def test_every_value_says_where_it_came_from(place):
    path = place.write("~/.simvue.ini", SEED + "[sender]\nconnections = 2\n")

    settings = place.load({"SIMVUE_URL": "https://env.example"})

    assert settings.origins["server.url"] == Origin(kind="environment", place="SIMVUE_URL")
    assert str(settings.origins["server.token"]) == f"{path}, [server] token"
    assert str(settings.origins["sender.connections"]) == f"{path}, [sender] connections"
    assert settings.origins["cache"].kind == "default"
    for name in settings.origins:
        value: object = settings
        for part in name.split("."):
            value = getattr(value, part)  # every name is a path from the settings


def test_a_token_that_goes_to_another_server_than_its_own_is_remarked_on(place):
    place.write("~/.simvue.ini", SEED)

    mixed = place.load({"SIMVUE_URL": "https://env.example"})
    together = place.load({"SIMVUE_URL": "https://app.simvue.io"})

    assert [note for note in mixed.notes if "do they match?" in note]
    assert together.notes == ()


PROFILE = '[profiles.site]\nurl = "https://site.example"\ntoken = "site-token"\n'


@pytest.mark.parametrize(
    ("environment", "arguments"),
    [({"SIMVUE_SERVER_PROFILE": "site"}, {"profile": "other"}), ({}, {"profile": "site"})],
)
def test_a_profile_replaces_the_server(place, environment, arguments):
    place.write("~/.simvue.toml", TOML + PROFILE)

    settings = place.load(environment, **arguments)

    assert settings.profile == "site"
    assert settings.server.url == "https://site.example/api"
    assert settings.server.token.reveal() == "site-token"


def test_a_profile_never_borrows_the_token_of_another_server(place):
    place.write("~/.simvue.toml", TOML + '[profiles.site]\nurl = "https://site.example"\n')

    message = place.refusal(profile="site")

    assert "no server token" in message
    assert "[profiles.site]" in message


def test_an_unknown_profile_is_refused_with_its_origin(place):
    path = place.write("~/.simvue.toml", TOML)

    message = place.refusal({"SIMVUE_SERVER_PROFILE": "site"})

    assert "SIMVUE_SERVER_PROFILE" in message
    assert "[profiles.site]" in message
    assert str(path) in message


def test_certificates_come_from_file_and_environment(place):
    server = place.write("server.pem", "x")
    storage = place.write("~/storage.pem", "x")
    place.write(
        "~/.simvue.toml",
        TOML + '[server.certificates]\nserver_ca_cert = true\nstorage_ca_cert = "~/storage.pem"\n',
    )

    settings = place.load({"SIMVUE_SERVER_CA_CERTIFICATE": str(server)})

    assert settings.server.certificates.server == str(server)
    assert settings.server.certificates.storage == str(storage)


def test_identities_are_checked_even_if_a_file_says_no(place):
    place.write("~/.simvue.toml", TOML + "[server.certificates]\nserver_ca_cert = false\n")

    settings = place.load()

    assert settings.server.certificates.server is None
    assert [note for note in settings.notes if "identities are always checked" in note]


def test_a_missing_certificate_is_refused(place):
    message = place.refusal({**ACCESS, "SIMVUE_STORAGE_CA_CERTIFICATE": "/missing.pem"})

    assert "SIMVUE_STORAGE_CA_CERTIFICATE" in message
    assert "/missing.pem" in message


FULL = """
[run]
name = "case"
description = "a case"
tags = ["one", "two"]
folder = "/studies"
record_shell_vars = ["SLURM_*"]
[run.metadata]
git = false
[run.metadata.custom]
code = "solver"
nested = { level = 2 }
[metrics]
system_metrics_interval = 5
[sender]
max_seconds = 30
connections = 8
retention_days = 0.5
stale_after_hours = 12
adopt_after_seconds = 60
[sender.artifact_roots]
"/scratch" = "/mnt/scratch"
"/scratch/User:1/" = "/mnt/user/"
"""


def test_every_table_is_read_from_toml(place):
    place.write("simvue.toml", TOML + FULL)

    settings = place.load()
    run, sender = settings.run, settings.sender

    assert (run.name, run.description, run.folder, run.tags) == ("case", "a case", "/studies", ("one", "two"))
    assert (run.record_environment, run.record_git, run.record_system) == (True, False, True)
    assert run.metadata == {"code": "solver", "nested": {"level": 2}}
    assert run.record_shell_vars == ("SLURM_*",)
    assert settings.metrics_interval == 5
    assert (sender.max_seconds, sender.connections, sender.retention_days) == (30, 8, 0.5)
    assert (sender.stale_after_hours, sender.adopt_after_seconds) == (12, 60)
    assert sender.artifact_roots == (("/scratch/User:1", "/mnt/user"), ("/scratch", "/mnt/scratch"))
    assert settings.notes == ()


def test_every_table_may_be_in_ini_too(place):
    place.write(
        "~/.simvue.ini",
        SEED + "[run]\ntags = one, two\n[run.metadata]\ngit = no\n[metrics]\nsystem_metrics_interval = -1\n"
        "[sender]\nmax_seconds = 30\n[sender.artifact_roots]\n/Scratch = /mnt\n",
    )

    settings = place.load()

    assert settings.run.tags == ("one", "two")
    assert settings.run.record_git is False
    assert settings.metrics_interval == 60
    assert settings.sender.max_seconds == 30
    assert settings.sender.artifact_roots == (("/Scratch", "/mnt"),)


def test_the_defaults_are_the_documented_ones(place):
    settings = place.load(ACCESS)
    run, sender = settings.run, settings.sender

    assert (run.name, run.description, run.tags, run.folder, run.metadata) == (None, None, (), "/", {})
    assert (run.record_environment, run.record_git, run.record_system) == (True, True, True)
    assert settings.metrics_interval == 60
    assert (sender.max_seconds, sender.connections, sender.retention_days) == (50, 4, 7)
    assert (sender.stale_after_hours, sender.adopt_after_seconds, sender.artifact_roots) == (24, 600, ())
    assert {origin.kind for name, origin in settings.origins.items() if "server" not in name} == {"default"}


@pytest.mark.parametrize("name", ["environment", "git", "system"])
def test_a_variable_switches_automatic_metadata_off(place, name):
    settings = place.load({**ACCESS, f"SIMVUE_DISABLE_{name.upper()}_METRICS": "1"})

    assert getattr(settings.run, f"record_{name}") is False


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("~", "{home}"),
        ("~/cache", "{home}/cache"),
        ("$HOME/cache", "{home}/$HOME/cache"),
        ("~other/cache", "{home}/~other/cache"),
        ("cache", "{home}/cache"),
        ("/absolute/~", "/absolute/~"),
    ],
)
def test_a_path_expands_the_tilde_only_and_starts_at_its_file(place, written, expected):
    place.write("~/.simvue.ini", SEED + f"[offline]\ncache = {written}\n")

    settings = place.load()

    assert str(settings.cache) == expected.format(home=place.home)


def test_the_token_shows_only_when_asked(place):
    place.write("~/.simvue.ini", SEED)

    settings = place.load()

    shown = f"{settings} {settings!r} {settings.server} {settings.server.token} {settings.server.token!r}"
    assert "canary" not in shown
    assert str(Token("x")) == "Token(hidden)"


def test_settings_cannot_be_changed(place):
    settings = place.load(ACCESS)

    with pytest.raises(AttributeError):
        settings.server.token._secret = "other"
    with pytest.raises(TypeError):
        settings.origins["server.url"] = settings.origins["cache"]

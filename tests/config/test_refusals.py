"""What cannot be used is refused with its place and what to write, and no refusal shows a token."""

import pytest

from tests.config.place import ACCESS, TOKEN, Place


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("[sender]\nmax_seconds = 0", "[sender] max_seconds: it must be a number of more than 0"),
        ("[sender]\nconnections = 0", "[sender] connections: it must be a number of at least 1"),
        ("[sender]\nconnections = 1.5", "[sender] connections: it must be a whole number"),
        ("[sender]\nconnections = true", "[sender] connections: it must be a number"),
        ("[sender]\nretention_days = nan", "[sender] retention_days: it must be a number"),
        ('[sender]\nartifact_roots = "x"', "sender.artifact_roots: it must be a table"),
        ('[sender.artifact_roots]\n"scratch" = "/mnt"', "both paths must be absolute"),
        ('[sender.artifact_roots]\n"/scratch" = "mnt"', "both paths must be absolute"),
        ("[sender.artifact_roots]\na.b = 1", "sender.artifact_roots.a: it must be a path"),
        ("[metrics]\nsystem_metrics_interval = 0", "it must be a number of more than 0"),
        ("[run]\nname = 5", "[run] name: it must be text"),
        ("[run.name]\nx = 1", "run.name: it is a table, not a value"),
        ("[run]\ntags = [1]", "[run] tags: it must be a list of texts"),
        ('[run]\nfolder = "x"', "[run] folder: it must begin with /"),
        ('[run]\nmode = "onlin"', "[run] mode: it must be online, offline or disabled"),
        ("[run.metadata]\ngit = 3", "[run.metadata] git: it must be true or false"),
        ('[offline]\ncache = ""', "[offline] cache: it must be text"),
        ("run = 1", "run: it must be a table"),
    ],
)  # fmt: skip
def test_an_unusable_value_is_refused_with_file_table_and_key(place, line, words):
    path = place.write("simvue.toml", line)

    message = place.refusal(ACCESS)

    assert words in message
    assert str(path) in message


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("simvue.ini", "url = x\n[server]\n", "line 1: it stands before any section"),
        ("simvue.ini", f"[server]\nurl = x\n{TOKEN}\n", "line 3: it is neither"),
        ("simvue.ini", "[server]\nurl = x\nurl = y\n", "line 3: url is there twice"),
        ("simvue.ini", "[server]\n[server]\n", "line 2: [server] is there twice"),
        ("simvue.ini", "[run]\nmetadata = x\n[run.metadata]\ngit = no\n", "metadata is a key already"),
        ("simvue.ini", f"[server]\nurl = https://x\n  token = {TOKEN}\n", "remove the indentation"),
        ("simvue.toml", f"[server]\ntoken = {TOKEN}\n", "line 2"),
        ("simvue.toml", f"[server]\nurl = https://x.example\ntoken = '{TOKEN}'", "text needs quotes in TOML"),
        ("simvue.toml", f"[server]\ntoken = '{TOKEN}'\ntoken = '{TOKEN}'\n", "line 3"),
        ("simvue.toml", "# " + "x" * (1 << 20), "larger than 1 MiB"),
    ],
)
def test_a_file_that_cannot_be_parsed_is_refused_with_its_line_and_without_the_token(place, name, text, words):
    path = place.write(name, text)

    message = place.refusal()

    assert str(path) in message
    assert words in message
    assert "canary" not in message


def test_a_file_that_is_not_utf8_is_refused_with_its_line(place):
    place.write("simvue.ini", "").write_bytes(b"[server]\nurl = \xff\n")

    assert "simvue.ini, line 2: not UTF-8" in place.refusal()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("app.simvue.io", "no scheme: write it with https://"),
        ("ftp://app.simvue.io", "neither https nor http"),
        ("https://user:canary@", "no host"),
        ("https://host  ; the canary", "space"),
    ],
)
def test_an_unusable_url_is_refused_in_its_own_words(place, url, words):
    message = place.refusal({"SIMVUE_URL": url, "SIMVUE_TOKEN": TOKEN})

    assert message.startswith("the environment variable SIMVUE_URL: ")
    assert words in message
    assert "canary" not in message


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("eyJ0eXAi...", "the placeholder of the documentation"),
        ("eyJ0eXAi\u2026", "the placeholder of the documentation"),
        ("canary with spaces", "no spaces"),
        ("canary\u00e9", "no special characters"),
    ],
)
def test_an_unusable_token_is_refused_in_its_own_words(place, token, words):
    path = place.write("~/.simvue.ini", f"[server]\nurl = https://app.simvue.io\ntoken = {token}\n")

    message = place.refusal()

    assert f"{path}, [server] token" in message
    assert words in message
    assert "canary" not in message


def test_a_missing_server_is_refused_with_what_to_write_and_where(place):
    message = place.refusal()

    assert "no server url and no token" in message
    assert "SIMVUE_URL and SIMVUE_TOKEN" in message
    assert f"{place.home}/.simvue.ini:\n    [server]\n    url = ..." in message


def test_only_what_is_missing_is_asked_for_in_the_language_of_the_file(place):
    path = place.write("simvue.toml", '[server]\nurl = "https://x.example"\n')

    message = place.refusal()

    assert message.startswith("no server token in")
    assert f'{path}:\n    [server]\n    token = "..."' in message

"""The documented files are found in the documented order, and what is odd about them is said."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.config.place import ACCESS, SEED, TOKEN, TOML, Place


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.mark.parametrize("name", ["~/.simvue.ini", "simvue.ini"])
def test_the_documented_file_is_enough(place, name):
    place.write(name, SEED)

    settings = place.load()

    assert settings.server.url == "https://app.simvue.io/api"
    assert settings.server.token.reveal() == TOKEN
    assert settings.cache == place.home / ".simvue"
    assert settings.notes == ()


def test_the_documented_offline_section_moves_the_cache(place):
    place.write("~/.simvue.ini", SEED + "\n[offline]\ncache = /data/username/.simvue\n")

    settings = place.load()

    assert settings.cache == Path("/data/username/.simvue")


def test_the_documented_variables_are_enough_and_go_before_files(place):
    place.write("~/.simvue.ini", SEED)

    settings = place.load(ACCESS)

    assert settings.server.url == "https://env.example/api"
    assert settings.server.token.reveal() == "from-env"


def test_the_nearer_ini_goes_first_and_the_farther_fills_its_gaps(place):
    place.write("simvue.ini", "[server]\nurl = https://near.example\n")
    place.write("~/.simvue.ini", SEED + "[offline]\ncache = /far\n")

    settings = place.load()

    assert settings.server.url == "https://near.example/api"
    assert settings.server.token.reveal() == TOKEN
    assert settings.cache == Path("/far")
    assert [note for note in settings.notes if "do they match?" in note]


def test_undocumented_ini_names_are_not_read(place):
    place.write("~/simvue.ini", SEED)
    place.write(".simvue.ini", SEED)

    assert "no server url and no token" in place.refusal()


def test_ini_may_have_quotes_percent_signs_a_byte_order_mark_and_capitals(place):
    place.write("~/.simvue.ini", f"\ufeff[server]\r\nURL = 'https://a.example/50%25'\r\ntoken: \"{TOKEN}\"\r\n")

    settings = place.load()

    assert settings.server.url == "https://a.example/50%25/api"
    assert settings.server.token.reveal() == TOKEN


@pytest.mark.parametrize("name", ["simvue.toml", ".simvue.toml", "../simvue.toml", "~/simvue.toml", "~/.simvue.toml"])
def test_toml_is_found_here_upwards_and_at_home(place, name):
    path = place.write(name, TOML)

    settings = place.load()

    assert settings.server.url == "https://toml.example/api"
    assert [Path(read).resolve() for read in settings.files] == [path.resolve()]


def test_a_toml_name_is_searched_to_the_top_before_the_next_name(place):
    place.write("../simvue.toml", TOML)
    place.write(".simvue.toml", TOML.replace("toml.example", "dotted.example"))

    assert place.load().server.url == "https://toml.example/api"


def test_toml_wins_over_ini_as_a_whole_and_it_is_said(place):
    place.write("~/.simvue.toml", TOML)
    ini = place.write("simvue.ini", SEED + "[offline]\ncache = /ini\n")

    settings = place.load()

    assert settings.server.url == "https://toml.example/api"
    assert settings.cache == place.home / ".simvue"
    assert [note for note in settings.notes if note.startswith(f"{ini} is not read, because")]


def test_the_search_ends_at_a_directory_that_cannot_be_read(tmp_path):
    place = Place(tmp_path)
    place.write("../simvue.toml", TOML)
    place.work.chmod(0o777)
    script = (
        "import os\nfrom pathlib import Path\nfrom simvue.config.files import find\n"
        "os.setuid(65534) if os.getuid() == 0 else None\n"
        f"print(find(Path({str(place.work)!r}), None).read)"
    )
    for folder in (tmp_path, *tmp_path.parents[:-1]):
        if folder.stat().st_uid == os.getuid() and folder != Path("/tmp"):
            folder.chmod(0o755)
    place.home.chmod(0o755)
    (place.home / "project").chmod(0o711)  # may be passed, but not read

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=Path(__file__).parents[1], capture_output=True, check=False
    )

    assert done.stdout == b"[]\n", done.stderr


def test_pyproject_is_a_base_for_whole_tables(place):
    place.write(
        "../pyproject.toml",
        '[tool.simvue.run]\nname = "base"\nfolder = "/base"\n[tool.simvue.sender]\nconnections = 2\n',
    )
    place.write("simvue.toml", TOML + '[run]\nname = "own"\n')

    settings = place.load()

    assert (settings.run.name, settings.run.folder) == ("own", "/")
    assert settings.sender.connections == 2


@pytest.mark.parametrize(("table", "key"), [("server", "url"), ("server", "token"), ("offline", "cache")])
def test_pyproject_must_not_hold_what_is_personal(place, table, key):
    path = place.write("pyproject.toml", f'[tool.simvue.{table}]\n{key} = "{TOKEN}"\n')

    message = place.refusal(ACCESS)

    assert str(path) in message
    assert f"[tool.simvue.{table}] {key}" in message
    assert TOKEN not in message


@pytest.mark.parametrize("text", ["not = = toml", "[tool]\nsimvue = 3", "[project]\nname = 'simvue'", ""])
def test_a_pyproject_of_others_does_not_disturb(place, text):
    place.write("pyproject.toml", text)

    assert place.load(ACCESS).files == ()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_token_open_to_others_is_noted_with_the_command_that_helps(place, mode):
    path = place.write("~/.simvue.ini", SEED, mode)

    settings = place.load()

    (note,) = settings.notes
    assert note.endswith(f"chmod 600 {path}")
    subprocess.run(["sh", "-c", note.rpartition("run: ")[2]], check=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert place.load().notes == ()


def test_the_command_is_right_for_a_path_with_blanks_and_quotes(tmp_path):
    place = Place(tmp_path / "it's a folder")
    path = place.write("~/.simvue.ini", SEED, 0o644)

    (note,) = place.load().notes

    subprocess.run(["sh", "-c", note.rpartition("run: ")[2]], check=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_open_file_without_a_token_is_fine(place):
    place.write("~/.simvue.ini", "[server]\nurl = https://app.simvue.io\n", 0o644)

    assert place.load({"SIMVUE_TOKEN": "x"}).notes == ()


def test_unknown_keys_are_noted_and_do_no_harm(place):
    path = place.write(
        "simvue.toml",
        TOML
        + "wrong = 1\n[serve]\nurl = 1\n[run.metadata]\nmine = 1\n[profiles.a]\nother = 1\n"
        + "[eco]\nx = 1\n[server.env]\nA='b'\n",
    )

    notes = place.load().notes

    assert notes == (
        f"{path}, server.wrong is unknown and ignored",
        f"{path}, server.env has no effect: export the variables before the program starts",
        f"{path}, serve is unknown and ignored",
        f"{path}, run.metadata.mine is unknown and ignored; own metadata belongs in [run.metadata.custom]",
        f"{path}, profiles.a.other is unknown and ignored",
        f"{path}, eco.x is unknown and ignored",
    )


def test_plain_http_to_another_machine_is_noted(place):
    far = place.load({**ACCESS, "SIMVUE_URL": "http://far.example"})
    near = place.load({**ACCESS, "SIMVUE_URL": "http://127.0.0.1:8000"})

    assert [note for note in far.notes if "use https" in note]
    assert near.notes == ()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file to another user")
def test_a_file_that_a_stranger_put_in_an_open_folder_is_not_read(place):
    planted = place.write("~/project/simvue.toml", TOML.replace("toml.example", "evil.example"))
    os.chown(planted, 65534, 65534)
    planted.parent.chmod(0o1777)
    place.write("~/.simvue.ini", SEED)

    settings = place.load()

    assert settings.server.url == "https://app.simvue.io/api"
    assert [note for note in settings.notes if note.startswith(f"{planted} is not read")]


def test_a_pipe_or_folder_of_that_name_is_passed_over_with_a_note(place):
    (place.work / "simvue.toml").mkdir()
    os.mkfifo(place.work / ".simvue.toml")

    notes = place.load(ACCESS).notes

    assert len([note for note in notes if note.endswith("it is not a file")]) == 2

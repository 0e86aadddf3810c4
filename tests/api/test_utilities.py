"""Small functions that programs import."""

import hashlib
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from simvue.exception import ObjectDispatchError
from simvue.utilities import (
    calculate_file_sha256,
    calculate_object_sha256,
    find_first_instance_of_file,
    get_expiry,
    get_file_artifact_storage_name,
    get_mimetype_for_file,
    get_mimetypes,
    parse_validation_response,
    prettify_pydantic,
)


def test_the_nearest_file_is_found_upwards_and_then_in_the_home(tmp_path, monkeypatch):
    (tmp_path / "home").mkdir()
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "simvue.toml").touch()
    (tmp_path / "home/.other.toml").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "a/b")

    assert find_first_instance_of_file("simvue.toml") == tmp_path / "simvue.toml"
    assert find_first_instance_of_file(["none.toml", ".other.toml"]) == tmp_path / "home/.other.toml"
    assert find_first_instance_of_file(".other.toml", check_user_space=False) is None


def test_the_end_of_a_token_is_read():
    assert get_expiry("eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjQxMDI0NDQ4MDB9.x") == 4102444800
    assert [get_expiry(odd) for odd in ("", "a.b.c", "a.e30.c", "a.WzFd.c")] == [None] * 4


def test_checksums_are_those_of_the_content(tmp_path):
    (tmp_path / "x").write_bytes(b"content")
    expected = hashlib.sha256(b"content").hexdigest()

    assert calculate_file_sha256(tmp_path / "x") == calculate_object_sha256(b"content") == expected
    with pytest.raises(OSError):
        calculate_file_sha256(tmp_path / "y")


def test_media_types_follow_from_names():
    assert get_mimetype_for_file(Path("x.csv")) == "text/csv"
    assert get_mimetype_for_file("x.unknown") == "application/octet-stream"
    assert "application/vnd.plotly.v1+json" in get_mimetypes()
    assert "text/plain" in get_mimetypes()


def test_a_file_is_named_by_its_place(tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "--quiet", "."], check=True)
    monkeypatch.chdir(tmp_path / "sub")

    assert get_file_artifact_storage_name(None, "x.txt") == "x.txt"
    assert get_file_artifact_storage_name("cwd", tmp_path / "sub/x.txt") == "x.txt"
    assert get_file_artifact_storage_name("git", "x.txt") == "sub/x.txt"
    with pytest.raises(ValueError):
        get_file_artifact_storage_name("cwd", "/elsewhere/x.txt")


def test_what_a_server_found_wrong_is_readable():
    found = {"detail": [{"type": "t", "loc": ["body", "x"], "msg": "odd"}], "body": {"x": 3}}

    assert parse_validation_response(found) == "- x: odd (given: '3')"


def test_the_error_of_too_many_items_says_the_numbers():
    assert "20 is more than the 10" in str(ObjectDispatchError("length", 10, 20))


def test_what_pydantic_found_wrong_is_readable(monkeypatch):
    class ValidationError(ValueError):
        """What pydantic's has of it."""

        title = "f"

        def errors(self):
            return [{"loc": ("x", 0), "msg": "should be a number", "type": "t"}]

    monkeypatch.setitem(sys.modules, "pydantic", SimpleNamespace(ValidationError=ValidationError))

    @prettify_pydantic
    def refuse(kind):
        """Refuse everything."""
        raise kind("as it is")

    with pytest.raises(RuntimeError, match=r"`f` does not accept these values:\n- x\.0: should be a number"):
        refuse(ValidationError)
    with pytest.raises(ValueError, match="as it is"):
        refuse(ValueError)
    assert refuse.__doc__ == "Refuse everything."

"""Files of other tools, whole or not."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simvue.metadata import environment
from simvue.metadata.files import bounded, packages, read_json, read_text, read_toml, table, texts
from tests.names import named

NAMES = ["pyproject.toml", "poetry.lock", "uv.lock", "Cargo.toml", "Cargo.lock", "Project.toml", "Manifest.toml"]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "version", "package", "packages", "dependencies", "node_modules/a", "", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def test_a_file_that_is_not_there_has_no_facts_and_no_warning(tmp_path, caplog):
    (tmp_path / "file").touch()

    assert read_text(tmp_path / "none") is None
    assert read_toml(tmp_path / "file" / "none") == {}
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("read", "content"),
    [(read_toml, b"a = = 1"), (read_toml, b"\xff"), (read_json, b"{"), (read_json, b"[" * 100_000)],
    ids=named,
)
def test_a_file_that_is_not_what_its_name_says_is_a_warning(tmp_path, caplog, read, content):
    (tmp_path / "file").write_bytes(content)

    assert read(tmp_path / "file") == {}
    assert "is not what its name says" in caplog.text


def test_a_directory_in_the_place_of_a_file_is_a_warning(tmp_path, caplog):
    assert read_text(tmp_path) is None
    assert "cannot be read" in caplog.text


def test_a_file_that_is_too_large_is_not_read(tmp_path, caplog):
    with (tmp_path / "file").open("wb") as file:
        file.truncate((16 << 20) + 1)

    assert read_json(tmp_path / "file") == {}
    assert "larger than" in caplog.text


def test_only_texts_and_tables_are_taken():
    assert texts({"a": "x", "b": 1, "c": "y" * 300}, "a", "b", "c", "d") == {"a": "x", "c": "y" * 250}
    assert table({"a": {"b": {"c": 1}}}, "a", "b") == {"c": 1}
    assert table({"a": []}, "a", "b") == {}
    assert packages([{"name": "a", "version": "1"}, {"name": "b"}, {"name": 1, "version": "1"}, 5]) == {"a": "1"}
    assert packages("text") == {}


def test_an_environment_is_no_larger_than_a_record_can_hold(caplog):
    found = bounded((f"package-{number:0200}\udcff\0", "1") for number in range(10_000))

    assert 1000 < len(found) < 10_000
    assert len(json.dumps(found, ensure_ascii=False).encode()) < 500_000
    assert f"only {len(found)} are recorded" in caplog.text
    assert bounded([("", "1"), ("x" * 251, "1"), ("a", "1")]) == {"a": "1"}


@settings(max_examples=40)
@given(ANYTHING)
def test_whatever_a_lock_of_node_says_the_facts_are_texts(tmp_path_factory, content):
    place = tmp_path_factory.mktemp("project")
    (place / "package-lock.json").write_text(json.dumps(content))

    found = environment(repository=place).get("javascript", {})

    assert all(isinstance(value, str) for part in found.values() for value in part.values())


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(["package", "deps", "compat", "project", "tool", "name"]), st.text(max_size=3)))
def test_whatever_files_of_toml_say_there_are_facts(tmp_path_factory, content):
    place = tmp_path_factory.mktemp("project")
    for name in NAMES:
        (place / name).write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in content.items()))

    assert environment(repository=place)["python"]["environment"]

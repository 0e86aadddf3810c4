"""Artifacts come back as values and as files, and no name makes a file outside of the directory that was given."""

import time

import pytest

from simvue.api.objects import FileArtifact, ObjectArtifact
from simvue.client import ArgumentError, DownloadError
from simvue.server.refusals import ObjectNotFoundError

JSON = "application/json"


@pytest.fixture(scope="module")
def saved(site):
    """A run with an artifact of each category."""
    run = site.run("artifacts")
    site.artifact(run, "out/data.json", b'{"k": [1, 2]}', JSON)
    site.artifact(run, "in.txt", b"text here", "text/plain", "input", "/abs/in.txt")
    site.artifact(run, "main.py", b"print()", "text/x-python", "code")
    return run


def files(directory):
    """Return the files below a directory with their content."""
    found = [path for path in sorted(directory.rglob("*")) if path.is_file()]
    return {str(path.relative_to(directory)): path.read_bytes() for path in found}


def test_content_comes_back_as_its_kind_says(client, saved):
    assert client.get_artifact(saved, "out/data.json") == {"k": [1, 2]}
    assert client.get_artifact(saved, "in.txt") == b"text here"


def test_artifacts_are_listed_as_objects_of_their_kind_and_sorted(client, saved):
    found = [artifact for _, artifact in client.list_artifacts(saved, [("name", True)])]

    assert [artifact.name for artifact in found] == ["out/data.json", "main.py", "in.txt"]
    assert [type(artifact) for artifact in found] == [ObjectArtifact, ObjectArtifact, FileArtifact]
    assert {identifier for identifier, _ in client.list_artifacts(saved)} == {artifact.id for artifact in found}
    assert list(client.list_artifacts("nobody")) == []
    with pytest.raises(ArgumentError, match="nonsense"):
        client.list_artifacts(saved, [("nonsense", True)])


def test_an_artifact_becomes_a_file(client, saved, tmp_path):
    client.get_artifact_as_file(saved, "out/data.json", tmp_path)
    client.get_artifact_as_file(saved, "in.txt", output_dir=str(tmp_path))

    assert files(tmp_path) == {"out/data.json": b'{"k": [1, 2]}', "in.txt": b"text here"}


def test_without_a_directory_the_working_directory_takes_it(client, saved, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    client.get_artifact_as_file(saved, "in.txt")

    assert files(tmp_path) == {"in.txt": b"text here"}


@pytest.mark.parametrize(
    ("category", "names"),
    [
        (None, {"out/data.json", "in.txt", "main.py"}),
        ("input", {"in.txt"}),
        ("output", {"out/data.json"}),
        ("code", {"main.py"}),
    ],
)
def test_artifacts_become_files_by_category(client, saved, tmp_path, category, names):
    client.get_artifacts_as_files(saved, category, tmp_path)

    assert set(files(tmp_path)) == names


def test_ten_are_fetched_at_a_time(client, site, tmp_path):
    run = site.run("artifacts-parallel")
    for number in range(10):
        site.artifact(run, f"{number}.bin", bytes([number]))
    site.send("PUT", "/faults", [{"method": "GET", "path": "^/storage/", "delay": 0.5, "times": 10}])

    begun = time.monotonic()
    client.get_artifacts_as_files(run, output_dir=tmp_path)

    assert time.monotonic() - begun < 2.5  # one after the other takes five seconds
    assert files(tmp_path) == {f"{number}.bin": bytes([number]) for number in range(10)}


def test_hostile_names_stay_inside_or_are_refused_and_the_others_are_written(client, site, tmp_path):
    inside = tmp_path / "deep" / "inside"
    inside.mkdir(parents=True)
    (inside / "link").symlink_to(tmp_path)
    run = site.run("artifacts-hostile")
    for name in ("../up", "a/../../up", "/absolute", "link/through", "..", "good"):
        site.artifact(run, name, name.encode())

    with pytest.raises(DownloadError, match="4 of 6") as caught:
        client.get_artifacts_as_files(run, output_dir=inside)

    assert all(repr(name) in str(caught.value) for name in ("../up", "a/../../up", "link/through", ".."))
    assert files(tmp_path) == {"deep/inside/good": b"good", "deep/inside/absolute": b"/absolute"}
    with pytest.raises(DownloadError, match="no path below"):
        client.get_artifact_as_file(run, "../up", inside)


def test_of_several_with_one_name_the_newest_is_written_and_none_is_chosen_as_a_value(client, site, tmp_path):
    run = site.run("artifacts-twice")
    site.artifact(run, "same", b"old")
    site.artifact(run, "same", b"new")

    client.get_artifacts_as_files(run, output_dir=tmp_path)

    assert files(tmp_path) == {"same": b"new"}
    with pytest.raises(ArgumentError, match="2 artifacts"):
        client.get_artifact(run, "same")


def test_a_download_that_fails_is_reported_and_the_others_are_written(client, site, tmp_path):
    run = site.run("artifacts-gone")
    for name in ("a", "b"):
        site.artifact(run, name, name.encode())
    (tmp_path / "a").mkdir()

    with pytest.raises(DownloadError, match="1 of 2") as caught:
        client.get_artifacts_as_files(run, output_dir=tmp_path)

    assert str(tmp_path / "a") in str(caught.value)
    assert files(tmp_path) == {"b": b"b"}


def test_content_that_changed_on_the_way_is_no_value(client, site):
    run = site.run("artifacts-torn")
    site.artifact(run, "x", b'{"k": 1}', JSON)
    site.send("PUT", "/faults", [{"method": "GET", "path": "^/storage/", "raw_body": '{"k": 2}'}])

    with pytest.raises(DownloadError, match="SHA-256"):
        client.get_artifact(run, "x")
    assert client.get_artifact(run, "x") == {"k": 1}


def test_an_empty_artifact_is_an_empty_file(client, site, tmp_path):
    run = site.run("artifacts-empty")
    site.artifact(run, "nothing", b"")

    client.get_artifacts_as_files(run, output_dir=tmp_path)

    assert files(tmp_path) == {"nothing": b""}


def test_what_is_not_there_is_not_found(client, saved, tmp_path):
    with pytest.raises(ObjectNotFoundError, match="nonsense"):
        client.get_artifact(saved, "nonsense")
    with pytest.raises(ObjectNotFoundError):
        client.get_artifact_as_file("nobody", "in.txt", tmp_path)
    with pytest.raises(ObjectNotFoundError):
        client.get_artifacts_as_files("nobody", output_dir=tmp_path)
    with pytest.raises(ArgumentError, match="no directory"):
        client.get_artifact_as_file(saved, "in.txt", tmp_path / "nowhere")
    with pytest.raises(ArgumentError, match="category"):
        client.get_artifacts_as_files(saved, "nonsense", tmp_path)
    assert files(tmp_path) == {}

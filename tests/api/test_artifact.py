"""Artifacts are uploaded when they are made, attached to runs, and downloaded."""

import gc
import hashlib

import numpy as np
import pytest

from simvue.api.objects import Artifact, FileArtifact, ObjectArtifact, Run
from simvue.exception import ObjectNotFoundError
from simvue.serialization import deserialize_data
from simvue_conformance.server.process import running_server


@pytest.fixture
def run():
    made = Run.new(folder="/artifacts")
    made.commit()
    return made


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "result.csv"
    path.write_bytes(b"a,b\n1,2\n")
    return path


def content(artifact):
    return b"".join(artifact.download_content())


def test_a_file_is_described_uploaded_attached_and_downloaded(run, path):
    artifact = FileArtifact.new(name="results/1", file_path=path, metadata={"x": 1})
    artifact.attach_to_run(run.id, "output")

    found = Artifact(artifact.id)
    assert isinstance(found, FileArtifact)
    assert (found.name, found.original_path, found.mime_type) == ("results/1", str(path), "text/csv")
    assert (found.size, found.checksum) == (8, hashlib.sha256(b"a,b\n1,2\n").hexdigest())
    assert (found.uploaded, found.metadata) == (True, {"x": 1})
    assert content(found) == b"a,b\n1,2\n"
    assert artifact.storage_url is not None
    assert found.storage_url is None
    assert found.get_category(run.id) == "output"
    assert list(found.runs) == [run.id]
    assert [one["name"] for one in run.artifacts] == ["results/1"]


def test_an_object_is_uploaded_in_the_form_of_its_kind(run):
    artifact = ObjectArtifact.new(name="array", obj=np.arange(3.0))
    artifact.attach_to_run(run.id, "input")

    found = Artifact.from_name(run.id, "array")
    assert isinstance(found, ObjectArtifact)
    assert found.original_path == ""
    array = deserialize_data(content(found), found.mime_type, allow_pickle=False)
    assert array.tolist() == [0.0, 1.0, 2.0]


def test_an_object_without_a_form_is_pickled_only_if_that_is_allowed():
    assert ObjectArtifact.new(name="set", obj={1, 2}).uploaded
    with pytest.raises(ValueError, match="allow_pickling"):
        ObjectArtifact.new(name="set", obj={1, 2}, allow_pickling=False)


def test_an_object_goes_to_the_server_that_is_given(path, monkeypatch):
    with running_server("--ephemeral", "--form-uploads") as other:
        given = {"server_url": other.url, "server_token": other.token}
        monkeypatch.delenv("SIMVUE_URL")
        monkeypatch.delenv("SIMVUE_TOKEN")

        artifacts = [
            ObjectArtifact.new(name="number", obj=1, **given),
            FileArtifact.new(name="file", file_path=path, snapshot=True, **given),
        ]

        assert [content(one) for one in artifacts] == [b"1", b"a,b\n1,2\n"]


def test_an_empty_file_is_a_file(tmp_path):
    (tmp_path / "empty").touch()

    artifact = FileArtifact.new(name="empty", file_path=str(tmp_path / "empty"), mime_type="text/plain")

    assert (artifact.size, content(artifact), artifact.mime_type) == (0, b"", "text/plain")


def test_a_missing_file_and_an_odd_name_are_refused_at_once(path, requests):
    with pytest.raises(FileNotFoundError):
        FileArtifact.new(name="x", file_path="nowhere.txt")
    with pytest.raises(ValueError, match="a name"):
        FileArtifact.new(name="a?b", file_path=path)

    assert requests() == []


def test_artifacts_of_a_run_are_found_by_category_and_name(run, path):
    first = FileArtifact.new(name="twice", file_path=path)
    first.attach_to_run(run.id, "code")
    assert [key for key, _ in Artifact.from_run(run.id, category="code")] == [first.id]
    assert list(Artifact.from_run(run.id, category="input")) == []
    assert Artifact.from_name(run.id, "twice").id == first.id

    second = ObjectArtifact.new(name="twice", obj=[1])
    second.attach_to_run(run.id, "output")

    with pytest.raises(RuntimeError, match="2 artifacts named 'twice'"):
        Artifact.from_name(run.id, "twice")
    assert Artifact.from_name(run.id, "twice", force_overwrite=True).id == second.id
    assert {key for key, _ in Artifact.from_run(run.id)} == {first.id, second.id}
    assert {key for key, _ in Artifact.get(runs=[run.id])} == {first.id, second.id}
    with pytest.raises(ObjectNotFoundError, match="none is attached"):
        Artifact.from_name(run.id, "never")


def test_there_is_no_list_of_artifacts_of_a_run_that_is_nowhere():
    with pytest.raises(RuntimeError):
        list(Artifact.from_run("nowhere"))


def test_artifacts_are_sorted_and_deleted(path):
    made = [FileArtifact.new(name=f"sorted {letter}", file_path=path) for letter in "bac"]
    by_name = [{"column": "name", "descending": False}]

    names = [one.name for _, one in Artifact.get(sorting=by_name) if one.name.startswith("sorted")]
    assert names == ["sorted a", "sorted b", "sorted c"]
    made[0].delete()
    with pytest.raises(ObjectNotFoundError):
        Artifact(made[0].id)


def test_a_download_may_be_left_in_the_middle(path):
    pieces = FileArtifact.new(name="left", file_path=path).download_content()

    assert next(pieces) == b"a,b\n1,2\n"
    pieces.close()
    gc.collect()  # a file that was left open would be a warning, and so an error

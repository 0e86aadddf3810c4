"""Artifacts of every kind: saved, listed, fetched again byte for byte."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pandas as pd
import requests
from common import bare_run, fresh, online_run

import simvue
from simvue.api.objects import Artifact, FileArtifact, ObjectArtifact


def check_files_and_objects_of_a_run() -> None:
    source, code, empty = Path(fresh("data") + ".txt"), Path(fresh("code") + ".py"), Path(fresh("empty") + ".txt")
    source.write_bytes(b"content\x00\xff" * 1000)
    code.write_text("print(1)\n")
    empty.touch()
    frame = pd.DataFrame({"a": [1, 2], "b": [3.0, 4.0]})
    with online_run() as run:
        identifier = run.id
        assert run.save_file(source, category="input", metadata={"kind": "raw"})
        assert run.save_file(code, category="code", name="renamed/code.py")
        assert run.save_file(empty, category="output", snapshot=True)
        assert run.save_object({"a": [1, 2]}, category="output", name="document")
        assert run.save_object(np.arange(6).reshape(2, 3), category="output", name="array")
        assert run.save_object(frame, category="output", name="frame")
        assert run.save_object({1, 2}, category="output", name="pickled", allow_pickle=True)
    client = simvue.Client()
    listed = {artifact.name: artifact for _, artifact in client.list_artifacts(identifier)}
    assert len(listed) == 7, sorted(listed)
    assert client.get_artifact(identifier, "document") == {"a": [1, 2]}
    assert (client.get_artifact(identifier, "array") == np.arange(6).reshape(2, 3)).all()
    assert client.get_artifact(identifier, "frame").equals(frame)
    assert client.get_artifact(identifier, "pickled", allow_pickle=True) == {1, 2}
    target = Path(fresh("download"))
    target.mkdir()
    client.get_artifact_as_file(identifier, source.name, output_dir=target)
    assert (target / source.name).read_bytes() == source.read_bytes()
    everything = Path(fresh("download"))
    everything.mkdir()
    client.get_artifacts_as_files(identifier, category="code", output_dir=everything)
    assert [path.read_text() for path in everything.rglob("*.py")] == ["print(1)\n"]


def check_the_list_of_artifacts_is_sorted() -> None:
    with online_run() as run:
        identifier = run.id
        for name in ("beta", "alpha", "gamma"):
            run.save_object([name], category="output", name=name)
    for descending in (False, True):
        found = simvue.Client().list_artifacts(identifier, sort_by_columns=[("name", descending)])
        names = [artifact.name for _, artifact in found]
        assert names == sorted(names, reverse=descending), names


def check_artifacts_of_the_low_level() -> None:
    path = Path(fresh("low") + ".txt")
    path.write_text("low level")
    run = bare_run(status="running")
    file = FileArtifact.new(name=fresh("low"), storage=None, file_path=path, mime_type="text/plain", metadata={"k": 1})
    file.attach_to_run(run.id, "input")
    thing = ObjectArtifact.new(name=fresh("thing"), storage=None, obj=np.ones(3), metadata=None)
    thing.attach_to_run(run.id, "output")
    found = dict(Artifact.from_run(run.id))
    assert set(found) == {file.id, thing.id}
    assert [name for name, _ in Artifact.from_run(run.id, category="input")] == [file.id]
    again = Artifact(file.id)
    assert isinstance(again, FileArtifact)
    assert (again.size, again.mime_type, again.uploaded) == (9, "text/plain", True)
    assert again.checksum
    assert again.storage_id
    assert again.download_url
    assert again.created
    assert b"".join(again.download_content()) == b"low level"
    assert Artifact.from_name(run.id, file.name).id == file.id
    assert isinstance(Artifact(thing.id), ObjectArtifact)
    assert list(again.runs) == [run.id], list(again.runs)
    assert file.id in {identifier for identifier, _ in Artifact.get()}
    file.delete()
    assert set(dict(Artifact.from_run(run.id))) == {thing.id}


def check_the_content_is_held_against_its_checksum() -> None:
    """Announce content, and upload other content to the address that came back."""
    name = fresh("changed")
    announced = {
        "name": name,
        "original_path": f"/data/{name}",
        "size": 6,
        "mime_type": "text/plain",
        "checksum": hashlib.sha256(b"before").hexdigest(),
    }
    headers = {"Authorization": f"Bearer {os.environ['SIMVUE_TOKEN']}"}
    url = f"{os.environ['SIMVUE_URL']}/api/artifacts"
    made = requests.post(url, json=announced, headers=headers, timeout=10).json()
    answer = requests.put(made["url"], data=b"after!", timeout=10)
    assert answer.status_code == 400
    assert "The SHA256 you specified did not match the calculated checksum." in answer.text
    assert not Artifact(made["id"]).uploaded

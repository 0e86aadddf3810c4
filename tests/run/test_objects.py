"""Run.save_object, save_directory, save_all: what they record, and what reaches a server."""

import hashlib
import json
import os
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from simvue import Run, SimvueRunError
from simvue.serialization import deserialize_data
from simvue_conformance.server.process import running_server
from tests.journal import journals
from tests.names import named
from tests.sender.site import CANARY, Server, Site


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    run = Run(mode="offline", cache_directory=tmp_path / "cache")
    run.init("name")
    yield run
    run.close()


def saved(run, tmp_path):
    run.close()
    return [record for record in journals.whole(journals.only(tmp_path / "cache")) if record["kind"] == "artifact"]


@pytest.fixture
def tree(tmp_path):
    """A directory with files of one name at two places, and links."""
    top = tmp_path / "results"
    (top / "b" / "deep").mkdir(parents=True)
    for path in ("x.dat", "b/x.dat", "b/deep/y.txt"):
        (top / path).write_text(path)
    (top / "linked").symlink_to(top / "b", target_is_directory=True)
    (top / "link.dat").symlink_to(top / "x.dat")
    (top / "gone.dat").symlink_to(top / "nothing")
    return top


@pytest.mark.requirement("REC-080", "REC-081", "REC-083", "REC-084", "REC-085", "REC-086", "REC-087", "REC-088")
def test_an_object_is_recorded_with_its_bytes_put_aside(run, tmp_path):
    array = np.arange(6.0).reshape(2, 3)

    assert run.save_object(array, "input", "field", metadata={"k": "v"})
    array[:] = 0.0

    (record,) = saved(run, tmp_path)
    content = (tmp_path / "cache" / "artifacts" / record["sha256"]).read_bytes()
    assert {name: record[name] for name in record if name not in ("seq", "at", "crc")} == {
        "kind": "artifact",
        "name": "field",
        "category": "input",
        "metadata": {"k": "v"},
        "stored": True,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "mimetype": "application/vnd.simvue.numpy.v1",
    }
    assert np.load(BytesIO(content)).sum() == 15.0


def test_an_object_without_a_name_has_that_of_its_type(run, tmp_path):
    value = {"a": 1}

    run.save_object(value, category="output")

    assert saved(run, tmp_path)[0]["name"] == f"dict_{id(value)}"


@pytest.mark.parametrize(
    "arguments",
    [
        {"obj": {1, 2}, "category": "input"},
        {"obj": lambda: 1, "category": "input", "allow_pickle": True},
        {"obj": 1, "category": "result"},
        {"obj": 1, "category": "input", "name": "na*me"},
        {"obj": 1, "category": "input", "metadata": {"a": object()}},
    ],
    ids=named,
)
def test_an_object_that_cannot_be_saved_raises_and_leaves_nothing(run, tmp_path, arguments):
    with pytest.raises(SimvueRunError):
        run.save_object(**arguments)

    assert saved(run, tmp_path) == []
    assert not (tmp_path / "cache" / "artifacts").exists()


def test_a_type_without_a_form_says_what_to_do(run):
    with pytest.raises(SimvueRunError, match=r"builtins\.set .*allow_pickle=True"):
        run.save_object({1, 2}, "input")


@pytest.mark.requirement("WRT-014")
def test_an_object_that_cannot_be_kept_is_a_warning(run, tmp_path, caplog):
    (tmp_path / "cache" / "artifacts").write_text("in the way")

    assert run.save_object([1], "output") is False

    assert saved(run, tmp_path) == []
    assert "could not be put aside" in caplog.text


def test_an_announced_run_has_no_outputs(tmp_path):
    run = Run(mode="offline", cache_directory=tmp_path / "cache")
    run.init("name", running=False)

    assert run.save_object([1], "input")
    with pytest.raises(SimvueRunError, match="announced"):
        run.save_object([1], "output")
    run.close()


def test_nothing_is_saved_by_a_disabled_run_nor_before_init(tmp_path):
    assert Run(mode="disabled").save_object({1, 2}, "input")
    assert Run(mode="disabled").save_all(["missing"], "input")
    for call in (lambda run: run.save_object([1], "input"), lambda run: run.save_directory(tmp_path, "input")):
        with pytest.raises(SimvueRunError, match="call init before"):
            call(Run(mode="offline", cache_directory=tmp_path / "cache"))


def test_a_directory_is_saved_file_by_file_and_files_of_one_name_stay_apart(run, tmp_path, tree):
    assert run.save_directory(tree, category="output", file_type="text/plain")

    records = saved(run, tmp_path)
    assert [record["name"] for record in records] == ["link.dat", "x.dat", "b/x.dat", "b/deep/y.txt"]
    assert [record["path"] for record in records] == [
        str(tree / name) for name in ("x.dat", "x.dat", "b/x.dat", "b/deep/y.txt")
    ]
    assert {record["mimetype"] for record in records} == {"text/plain"}


def test_names_keep_the_path_as_given_if_asked(run, tmp_path, tree):
    run.save_all(["results/b", "results/x.dat"], "input", preserve_path=True)

    assert [record["name"] for record in saved(run, tmp_path)] == [
        "results/b/x.dat",
        "results/b/deep/y.txt",
        "results/x.dat",
    ]


def test_a_list_has_files_and_directories(run, tmp_path, tree):
    assert run.save_all([tree / "b", str(tree / "x.dat")], category="code")

    records = saved(run, tmp_path)
    assert [(record["name"], record["category"]) for record in records] == [
        ("x.dat", "code"),
        ("deep/y.txt", "code"),
        ("x.dat", "code"),
    ]


def test_the_cache_below_a_directory_is_left_out(run, tmp_path, tree):
    run.save_object([1], "input", "first")

    assert run.save_directory(".", "output")

    names = [record["name"] for record in saved(run, tmp_path)]
    assert names == ["first", *(f"results/{name}" for name in ("link.dat", "x.dat", "b/x.dat", "b/deep/y.txt"))]


@pytest.mark.parametrize("items", [["results/x.dat", "missing"], "results", [], ["results"]], ids=str)
def test_of_a_list_with_a_fault_nothing_is_saved(run, tmp_path, tree, items):
    (tree / "b" / "naïve~.txt").write_text("x")

    if items:
        with pytest.raises(SimvueRunError):
            run.save_all(items, "input")
    else:
        assert run.save_all(items, "input")

    assert saved(run, tmp_path) == []


def test_objects_and_directories_reach_a_server(tmp_path, tree):
    site = Site(tmp_path / "site")
    code = f"""
    import simvue
    with simvue.Run(mode="offline") as run:
        run.init("objects")
        run.save_object({{"a": [1, None]}}, "output", "facts", metadata={{"k": 1}})
        run.save_object({{1, 2}}, "output", "set", allow_pickle=True)
        run.save_directory({str(tree)!r}, category="input")
    """
    with running_server("--ephemeral", "--faults", "--token", CANARY) as process:
        server = Server(process)
        site.configure(server.url)
        environment = {name: "" for name in os.environ if name.startswith("SIMVUE_")} | site.environment
        result = journals.run(code, **environment)
        assert (result.returncode, result.stderr) == (0, "")

        result = site.send()

        assert result.exit == 0, result.err
        (run,) = server.get("/runs")["data"]
        found = {entry["name"]: entry for entry in server.get(f"/runs/{run['id']}/artifacts")}
        assert {name: entry["category"] for name, entry in found.items()} == {
            **dict.fromkeys(("facts", "set"), "output"),
            **dict.fromkeys(("link.dat", "x.dat", "b/x.dat", "b/deep/y.txt"), "input"),
        }
        assert found["facts"]["original_path"] == ""
        assert found["facts"]["metadata"] == {"k": 1}
        objects = []
        for name in ("facts", "set"):
            path = "/" + found[name]["url"].split("/", 3)[3]
            _, _, content = process.request("GET", path)
            objects.append(deserialize_data(content, found[name]["mime_type"], allow_pickle=True))
        assert objects == [{"a": [1, None]}, {1, 2}]
        assert json.dumps(objects[0])
        assert Path(found["x.dat"]["original_path"]) == tree / "x.dat"

"""The Client: runs by name and filter, folders, tags, and what it deletes."""

from common import bare_run, fresh, refused

import simvue
from simvue.api.objects import Folder, Tag
from simvue.api.objects import Run as RunObject
from simvue.exception import ObjectNotFoundError


def _is_gone(identifier: str) -> bool:
    try:
        RunObject(identifier)
    except ObjectNotFoundError:
        return True
    return False


def check_runs_by_name_and_id() -> None:
    run = bare_run()
    client = simvue.Client()
    assert client.get_run(run.id).name == run.name
    assert client.get_run_id_from_name(run.name) == run.id
    assert client.get_run_name_from_id(run.id) == run.name


def check_runs_in_every_format() -> None:
    folder = f"/formats/{fresh('f')}"
    made = [bare_run(folder=folder, metadata={"n": n}, status="completed") for n in range(3)]
    client = simvue.Client()
    where = [f"folder.path == {folder}"]
    objects = list(client.get_runs(where, metadata=True, metrics=True, alerts=True, system_info=True, timing_info=True))
    assert {identifier for identifier, _ in objects} == {run.id for run in made}
    for _, run in objects:
        assert repr(run)
    assert len(client.get_runs(where, output_format="dict", metadata=True)) == 3
    assert len(client.get_runs(where, output_format="dataframe", metadata=True)) == 3
    assert len(list(client.get_runs(where, show_shared=False, attributes=["name"]))) == 3
    assert len(list(client.get_runs(where, count_limit=1))) >= 1
    for descending in (False, True):
        found = client.get_runs(where, sort_by_columns=[("metadata.n", descending)])
        numbers = [run.metadata["n"] for _, run in found]
        assert numbers == sorted(numbers, reverse=descending), numbers


def check_every_page_of_a_list_is_asked() -> None:
    folder = f"/pages/{fresh('p')}"
    made = {bare_run(folder=folder, name=f"page-{n}").id for n in range(105)}
    found = {identifier for identifier, _ in simvue.Client().get_runs([f"folder.path == {folder}"], count_limit=200)}
    assert found == made


def check_folders() -> None:
    stem = fresh("tree")
    inside = bare_run(folder=f"/{stem}/deep/down", status="completed")
    client = simvue.Client()
    assert client.get_folder(f"/{stem}/deep").path == f"/{stem}/deep"
    assert client.get_folder(f"/{stem}/nothing") is None
    paths = {folder.path for _, folder in client.get_folders(filters=[f"path contains /{stem}"])}
    assert paths == {f"/{stem}", f"/{stem}/deep", f"/{stem}/deep/down"}, paths
    ordered = client.get_folders(filters=[f"path contains /{stem}"], sort_by_columns=[("path", True)])
    assert [folder.path for _, folder in ordered] == sorted(paths, reverse=True)
    with refused(RuntimeError, "in use"):
        client.delete_folder(f"/{stem}")
    gone = client.delete_folder(f"/{stem}", recursive=True, remove_runs=True)
    assert gone, gone
    assert client.get_folder(f"/{stem}") is None
    assert _is_gone(inside.id)
    client.delete_folder(f"/{stem}", allow_missing=True)


def check_runs_of_a_folder_are_deleted() -> None:
    folder = f"/gone/{fresh('g')}"
    made = [bare_run(folder=folder).id for _ in range(2)]
    client = simvue.Client()
    gone = client.delete_runs(folder)
    assert len(gone) == 2, gone
    assert all(_is_gone(run) for run in made)
    assert client.get_folder(folder) is not None
    single = bare_run()
    assert not client.delete_run(single.id)
    assert _is_gone(single.id)


def check_tags() -> None:
    name = fresh("tag")
    run = bare_run(tags=[name])
    client = simvue.Client()
    found = [tag for _, tag in client.get_tags() if tag.name == name]
    assert len(found) == 1
    tag = client.get_tag(found[0].id)
    assert str(tag.colour)
    assert tag.description is None or isinstance(tag.description, str)
    assert tag.created
    tag.read_only(False)
    tag.colour = "red"
    tag.description = "of the checks"
    tag.commit()
    assert Tag(tag.id).description == "of the checks"
    own = Tag.new(name=fresh("tag"), colour="#0000ff", description="d")
    own.commit()
    again = Tag.new(name=own.name)
    again.commit()
    assert again.id == own.id
    ordered = [tag.name for _, tag in client.get_tags(sort_by_columns=[("name", False)])]
    assert ordered == sorted(ordered), ordered
    client.delete_tag(tag.id)
    assert name not in RunObject(run.id).tags


def check_the_low_level_folder() -> None:
    path = f"/{fresh('low')}/one"
    folder = Folder.new(path=path, metadata={"a": 1}, tags=["t"], description="d", ttl=60)
    folder.commit()
    again = Folder(folder.id)
    assert (again.path, again.description, again.tags, again.ttl) == (path, "d", ["t"], 60)
    assert again.metadata == {"a": 1}
    assert again.created
    assert again.name is None or isinstance(again.name, str)
    again.read_only(False)
    again.star = True
    again.commit()
    assert Folder(folder.id).star
    again.read_only(False)
    again.description = "e"
    again.metadata = {"b": 2}
    again.commit()
    assert Folder(folder.id).description == "e"
    assert Folder.count() >= 1
    assert folder.id in set(Folder.ids())
    again.read_only(False)
    again.delete(recursive=True, delete_runs=True, runs_only=False)

"""Folders are created with their parents, found by path, and deleted with or without what they hold."""

import pytest

from simvue.api.objects import Folder, Run, get_folder_from_path
from simvue.exception import ObjectNotFoundError


def made(path, **members):
    folder = Folder.new(path=path, **members)
    folder.commit()
    return folder


def test_a_folder_has_what_it_was_created_with():
    folder = made("/f/one", description="words", tags=["a"], metadata={"x": 1}, name="One", ttl=60)

    found = Folder(folder.id)
    assert (found.path, found.description, found.tags, found.metadata) == ("/f/one", "words", ["a"], {"x": 1})
    assert (found.name, found.ttl, found.star) == ("One", 60, False)
    assert found.created.tzinfo is not None


def test_a_folder_can_be_changed_but_not_moved():
    folder = made("/f/two")
    folder.description, folder.tags, folder.metadata = "other", ["b"], {"y": 2}
    folder.commit()

    assert Folder(folder.id).description == "other"
    with pytest.raises(AttributeError, match="cannot be set"):
        folder.path = "/g"
    with pytest.raises(ValueError, match="a folder"):
        Folder.new(path="f")


def test_a_folder_that_is_there_already_is_found_and_changed():
    first = made("/f/three", description="first")
    second = made("/f/three", description="second")

    assert second.id == first.id
    assert Folder(first.id).description == "second"


def test_a_folder_is_found_by_its_path():
    folder = made("/f/four")

    assert get_folder_from_path("/f/four").id == folder.id
    with pytest.raises(ObjectNotFoundError, match="/f/nowhere"):
        get_folder_from_path("/f/nowhere")


def test_a_tree_is_of_this_folder_only():
    made("/tree/a/b")
    made("/tree/c")
    made("/treetop/d")

    assert get_folder_from_path("/tree").tree == {"tree": {"a": {"b": {}}, "c": {}}}
    assert get_folder_from_path("/").tree["tree"] == {"a": {"b": {}}, "c": {}}


def test_a_folder_in_use_is_kept_unless_its_runs_may_go():
    folder = made("/full")
    run = Run.new(folder="/full")
    run.commit()

    with pytest.raises(RuntimeError, match="Folder is in use"):
        folder.delete()
    assert folder.delete(runs_only=True)["runs"] == [run.id]
    assert Folder(folder.id).path == "/full"
    assert folder.delete(recursive=True, delete_runs=True)["folders"] == [folder.id]
    with pytest.raises(ObjectNotFoundError):
        Folder(folder.id)


def test_folders_are_filtered():
    made("/filtered/a", tags=["mine"])
    made("/filtered/b")

    assert [one.path for _, one in Folder.filter().has_path_containing("/filtered/").has_tag("mine").get()] == [
        "/filtered/a"
    ]
    assert Folder.filter().has_path("/filtered/b").count() == 1

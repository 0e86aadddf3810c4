"""Folders are found by their paths, and deleted with what is in them only if that is said."""

import pytest

from simvue.client import ArgumentError
from simvue.server.refusals import ObjectNotFoundError, ServerRefusalError


@pytest.fixture(scope="module")
def tree(site):
    """A folder with two others in it."""
    return {path: site.folder(path, tags=["tree"]) for path in ("/tree", "/tree/a", "/tree/b")}


def paths(pairs):
    return [folder.path for _, folder in pairs]


def test_a_folder_is_found_by_its_path(client, tree):
    assert client.get_folder("/tree/a").id == tree["/tree/a"]
    assert client.get_folder("/nowhere") is None


def test_a_folder_can_be_changed_if_that_is_said(client, tree):
    with pytest.raises(AssertionError):
        client.get_folder("/tree/b").description = "new"

    folder = client.get_folder("/tree/b", read_only=False)
    folder.description = "new"
    folder.commit()

    assert client.get_folder("/tree/b").description == "new"


def test_folders_are_found_sorted_and_counted(client, tree):
    order = [("path", False)]

    assert paths(client.get_folders(filters=["has tag.tree"], sort_by_columns=order)) == ["/tree", "/tree/a", "/tree/b"]
    assert paths(client.get_folders(filters=["path contains tree/"], count=1, sort_by_columns=order)) == ["/tree/a"]
    assert paths(client.get_folders(filters=["has tag.tree"], start_index=2, sort_by_columns=order)) == ["/tree/b"]
    assert dict(client.get_folders()).keys() >= set(tree.values())


def test_runs_of_a_folder_are_deleted_and_the_folder_stays(client, site):
    runs = {site.run("x", folder="/doomed-runs") for _ in range(2)}

    assert set(client.delete_runs("/doomed-runs")) == runs
    assert client.delete_runs("/doomed-runs") == []
    assert client.get_folder("/doomed-runs") is not None


def test_a_folder_in_use_is_deleted_only_with_its_runs(client, site):
    run = site.run("x", folder="/doomed/below")

    with pytest.raises(ServerRefusalError, match="in use"):
        client.delete_folder("/doomed")
    assert client.delete_folder("/doomed", recursive=True, remove_runs=True) == [run]
    assert client.get_folder("/doomed/below") is None


def test_a_folder_that_is_not_there(client):
    with pytest.raises(ObjectNotFoundError):
        client.delete_folder("/nowhere")
    assert client.delete_folder("/nowhere", allow_missing=True) is None
    with pytest.raises(ValueError, match="/nowhere"):
        client.delete_runs("/nowhere")


@pytest.mark.parametrize("method", ["get_folder", "delete_folder", "delete_runs"])
def test_paths_begin_with_a_slash(client, method):
    with pytest.raises(ArgumentError, match="begin with /"):
        getattr(client, method)("nowhere")


def test_what_makes_no_sense_is_refused(client):
    with pytest.raises(ArgumentError, match="count"):
        client.get_folders(count=0)
    with pytest.raises(ArgumentError, match="nonsense"):
        client.get_folders(sort_by_columns=[("nonsense", True)])

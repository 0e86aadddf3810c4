"""Folders: ancestors, the 409 that names the folder, deletion by its flags."""

import pytest


def _paths(api):
    return {folder["path"] for folder in api.get("/api/folders")["data"]}


def _identifier(api, path):
    return api.send("POST", "/api/folders", {"path": path})[1]["id"]


def test_an_existing_folder_is_a_409_that_names_it(either):
    created = either.post("/api/folders", {"path": "/twice"})

    status, answer = either.send("POST", "/api/folders", {"path": "/twice/"})

    assert (status, answer["id"]) == (409, created["id"])


def test_the_root_exists_from_the_beginning(local):
    status, answer = local.send("POST", "/api/folders", {"path": "/"})

    assert status == 409
    assert local.get(f"/api/folders/{answer['id']}")["path"] == "/"


def test_ancestors_are_created_and_listed(local):
    local.post("/api/folders", {"path": "/a/b/c"})

    assert _paths(local) == {"/", "/a", "/a/b", "/a/b/c"}


def test_a_409_does_not_change_the_folder(local):
    identifier = local.post("/api/folders", {"path": "/kept", "description": "first"})["id"]

    local.send("POST", "/api/folders", {"path": "/kept", "description": "second"})

    assert local.get(f"/api/folders/{identifier}")["description"] == "first"


def test_a_folder_has_every_member_that_clients_read(local):
    identifier = local.post("/api/folders", {"path": "/x", "metadata": {"k": 1}, "tags": ["t"]})["id"]
    local.new_run(folder="/x")

    local.put(f"/api/folders/{identifier}", {"description": "d", "ttl": 5, "metadata": {"l": 2}})

    found = local.get(f"/api/folders/{identifier}")
    assert (found["description"], found["ttl"], found["runs"], found["name"]) == ("d", 5, 1, None)
    assert found["metadata"] == {"k": 1, "l": 2}
    assert set(found) >= {"id", "path", "tags", "starred", "created", "user", "modified", "visibility"}


@pytest.mark.parametrize(
    ("flags", "status", "folders", "runs"),
    [
        ("", 400, {"/", "/top", "/top/sub"}, 2),
        ("recursive=True", 400, {"/", "/top", "/top/sub"}, 2),
        ("runs=True", 400, {"/", "/top", "/top/sub"}, 2),
        ("recursive=True&runs=True", 200, {"/"}, 0),
        ("recursive=True&runs=True&runs_only=True", 200, {"/", "/top", "/top/sub"}, 0),
        ("runs=True&runs_only=True&recursive=False", 200, {"/", "/top", "/top/sub"}, 1),
    ],
)
def test_deletion_takes_what_its_flags_say(local, flags, status, folders, runs):
    top = _identifier(local, "/top")
    local.new_run(folder="/top")
    local.new_run(folder="/top/sub")

    answered, answer = local.send("DELETE", f"/api/folders/{top}?{flags}")

    assert answered == status
    assert ("Folder is in use" in str(answer)) == (status == 400)
    assert (_paths(local), local.get("/api/runs")["count"]) == (folders, runs)


def test_a_deletion_names_what_went(local):
    top, run = _identifier(local, "/top"), local.new_run(folder="/top/sub")
    sub = _identifier(local, "/top/sub")

    _, answer = local.send("DELETE", f"/api/folders/{top}?recursive=True&runs=True")

    assert answer == {"folders": [top, sub], "runs": [run]}


def test_a_folder_whose_name_begins_alike_stays(local):
    top = _identifier(local, "/top_1")
    _identifier(local, "/topX1/sub")
    _identifier(local, "/top_10")

    local.send("DELETE", f"/api/folders/{top}?recursive=True")

    assert _paths(local) == {"/", "/topX1", "/topX1/sub", "/top_10"}


def test_the_root_cannot_be_deleted(local):
    root = _identifier(local, "/")

    assert local.send("DELETE", f"/api/folders/{root}?recursive=True&runs=True")[0] == 400


@pytest.mark.parametrize("path", ["", "no-slash", None, 5, "/a\nb", "/" + "x" * 600])
def test_what_is_no_path_is_refused(local, path):
    assert local.send("POST", "/api/folders", {"path": path})[0] == 422


def test_a_starred_folder_is_found_by_its_star(local):
    identifier = _identifier(local, "/star")

    local.put(f"/api/folders/{identifier}/starred", {"starred": True})

    assert [folder["id"] for folder in local.get('/api/folders?filters=["starred"]')["data"]] == [identifier]

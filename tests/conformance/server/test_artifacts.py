"""Artifacts: announced, uploaded without a token, confirmed, attached, downloaded."""

import hashlib
import json

import pytest

from simvue_conformance.server.process import running_server

CONTENT = b"hello artifact\x00\xff"


def _announcement(content=CONTENT, **changes):
    return {
        "name": "file.txt",
        "original_path": "/abs/file.txt",
        "size": len(content) + 33,
        "mime_type": "text/plain",
        "checksum": hashlib.sha256(content).hexdigest(),
        "metadata": {"k": "v"},
        **changes,
    }


def _path(url):
    return "/" + url.split("/", 3)[3]


def _upload(api, url, content=CONTENT, method="PUT", headers=None):
    return api.target.request(method, _path(url), headers or {}, content)


def _form(content, name="file"):
    lines = [
        *(b"--sep", b'Content-Disposition: form-data; name="key"', b"", b"abc"),
        *(b"--sep", f'Content-Disposition: form-data; name="{name}"; filename="file.txt"'.encode()),
        *(b"Content-Type: application/octet-stream", b"", content, b"--sep--", b""),
    ]
    return b"\r\n".join(lines)


FORM = {"content-type": "multipart/form-data; boundary=sep"}


@pytest.mark.parametrize("form", [False, True], ids=["raw", "form"])
def test_an_artifact_goes_up_and_comes_down(either, form):
    run, new = either.new_run(), either.post("/api/artifacts", _announcement())
    method, headers, body = ("POST", FORM, _form(CONTENT)) if form else ("PUT", {}, CONTENT)

    status, _, _ = _upload(either, new["url"], body, method, headers)
    either.put(f"/api/artifacts/{new['id']}", {"uploaded": True})
    either.put(f"/api/runs/{run}/artifacts/{new['id']}", {"category": "input"})

    (found,) = either.get(f"/api/runs/{run}/artifacts")
    assert status == 200
    assert (found["name"], found["category"], found["uploaded"], found["metadata"]) == (
        "file.txt",
        "input",
        True,
        {"k": "v"},
    )
    assert either.target.request("GET", _path(found["url"]))[::2] == (200, CONTENT)


def test_the_url_is_whole_and_cannot_be_guessed(remote):
    first, second = (remote.post("/api/artifacts", _announcement())["url"] for _ in range(2))

    assert first.startswith(remote.target.url)
    assert len(set(first[-44:]) - set("/")) > 10
    assert first != second


def test_other_content_than_announced_is_refused_in_words_that_clients_know(either):
    new = either.post("/api/artifacts", _announcement())

    status, _, body = _upload(either, new["url"], b"something else")

    assert status == 400
    assert b"The SHA256 you specified did not match the calculated checksum." in body
    assert either.target.request("GET", _path(new["url"]))[0] == 404


def test_an_upload_may_be_repeated(local):
    new = local.post("/api/artifacts", _announcement())

    assert [_upload(local, new["url"])[0] for _ in range(2)] == [200, 200]


def test_an_empty_file_is_an_artifact_too(either):
    new = either.post("/api/artifacts", _announcement(b""))

    assert _upload(either, new["url"], b"")[0] == 200
    assert either.target.request("GET", _path(new["url"]))[::2] == (200, b"")


def test_uploaded_is_not_believed_without_content(local):
    new = local.post("/api/artifacts", _announcement())

    assert local.send("PUT", f"/api/artifacts/{new['id']}", {"uploaded": True})[0] == 422


def test_form_uploads_are_asked_for_by_fields(make_local):
    new = make_local(form_uploads=True).post("/api/artifacts", _announcement())

    assert new["fields"]["key"] == new["id"]
    assert "fields" not in make_local().post("/api/artifacts", _announcement())


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"", FORM),
        (_form(CONTENT)[:-30], FORM),
        (_form(CONTENT, "other"), FORM),
        (CONTENT, {"content-type": "text/plain"}),
    ],
    ids=["empty", "cut", "no part file", "no form"],
)
def test_what_is_no_form_with_a_file_is_refused(local, body, headers):
    new = local.post("/api/artifacts", _announcement())

    assert _upload(local, new["url"], body, "POST", headers)[0] == 422


@pytest.mark.parametrize(
    "change",
    [{"checksum": "abc"}, {"name": "a?b"}, {"size": -1}, {"checksum": None}, {"mime_type": None}],
    ids=str,
)
def test_what_is_no_artifact_is_refused(local, change):
    assert local.send("POST", "/api/artifacts", _announcement(**change))[0] == 422


def test_artifacts_of_a_run_are_found_by_name_and_category(local):
    run = local.new_run()
    for name, category in (("a", "input"), ("b", "output"), ("a", "code")):
        new = local.post("/api/artifacts", _announcement(name=name))
        local.put(f"/api/runs/{run}/artifacts/{new['id']}", {"category": category})

    by_name = local.get(f"/api/runs/{run}/artifacts?name=a")
    by_category = local.get(f"/api/runs/{run}/artifacts?category=output")

    assert [found["category"] for found in by_name] == ["input", "code"]
    assert [found["name"] for found in by_category] == ["b"]
    assert local.get(f'/api/artifacts?runs=["{run}"]&count=1')["count"] == 3
    assert local.get("/api/artifacts")["count"] == 3


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ('sorting=[{"id": "name", "desc": false}]', ["a", "b", "c"]),
        ('sorting=[{"id": "name", "desc": true}]', ["c", "b", "a"]),
        ('sorting=[{"id": "metadata.n", "desc": true}]', ["a", "b", "c"]),
        ('filters=["name != b"]', ["a", "c"]),
        ('sorting=[{"id": "name", "desc": true}]&count=1&start=1', ["b"]),
        ("checksum=False", ["a", "c", "b"]),
    ],
)
def test_the_artifacts_of_runs_are_sorted_filtered_and_paged(local, query, names):
    run, other = local.new_run(), local.new_run()
    for number, name in enumerate("bca"):
        new = local.post("/api/artifacts", _announcement(name=name, metadata={"n": number % 3 - (name == "c") * 9}))
        local.put(f"/api/runs/{run}/artifacts/{new['id']}", {"category": "input"})
    elsewhere = local.post("/api/artifacts", _announcement(name="d"))["id"]
    local.put(f"/api/runs/{other}/artifacts/{elsewhere}", {"category": "output"})

    found = local.get(f'/api/artifacts?runs=["{run}"]&{query}')

    assert [artifact["name"] for artifact in found["data"]] == names
    assert {artifact["category"] for artifact in found["data"]} == {"input"}
    assert found["count"] == (2 if "filters" in query else 3)


def test_attaching_twice_is_attaching_once(local):
    run, new = local.new_run(), local.post("/api/artifacts", _announcement())

    for category in ("input", "output"):
        local.put(f"/api/runs/{run}/artifacts/{new['id']}", {"category": category})

    assert [found["category"] for found in local.get(f"/api/runs/{run}/artifacts")] == ["output"]
    assert local.get(f"/api/runs/{run}/artifacts/{new['id']}") == {"category": "output"}


def test_a_deleted_run_takes_only_the_artifacts_that_no_other_run_has(local):
    first, second = local.new_run(), local.new_run()
    own, shared = (local.post("/api/artifacts", _announcement()) for _ in range(2))
    for run, new in ((first, own), (first, shared), (second, shared)):
        _upload(local, new["url"])
        local.put(f"/api/runs/{run}/artifacts/{new['id']}", {"category": "input"})

    local.send("DELETE", f"/api/runs/{first}")

    assert [local.send("GET", f"/api/artifacts/{new['id']}")[0] for new in (own, shared)] == [404, 200]
    assert list(local.target.service.blobs) == [shared["id"]]


def test_content_is_in_files_of_the_data_directory_and_outlives_the_process(tmp_path):
    with running_server("--data", str(tmp_path), "--token", "t") as server:
        _, _, body = server.request(
            "POST", "/api/artifacts", server.authorization, json.dumps(_announcement()).encode()
        )
        url = json.loads(body)["url"]
        server.request("PUT", _path(url), {}, CONTENT)
        server.stop()

    with running_server("--data", str(tmp_path), "--token", "t") as server:
        answer = server.request("GET", _path(url))

    assert answer[::2] == (200, CONTENT)
    assert [file.read_bytes() for file in (tmp_path / "objects").iterdir()] == [CONTENT]


class TestStorages:
    def test_there_is_always_one_that_takes_artifacts(self, either):
        storages = either.get("/api/storage?count=10&start=0")

        assert isinstance(storages, list)
        assert storages[0]["is_default"] is True
        assert either.post("/api/artifacts", _announcement())["storage_id"] == storages[0]["id"]

    def test_a_storage_is_remembered_as_told(self, local):
        config = {"bucket": "b", "endpoint_url": "https://s3.example/"}
        storage = local.post("/api/storage", {"name": "s", "backend": "S3", "config": config, "disable_check": True})[
            "id"
        ]

        local.put(f"/api/storage/{storage}", {"is_enabled": False})

        found = local.get(f"/api/storage/{storage}")
        assert (found["config"], found["is_enabled"], found["backend"]) == (config, False, "S3")
        assert local.send("DELETE", f"/api/storage/{storage}") == (200, {})

    def test_there_is_one_default_storage_at_most(self, local):
        first, second = (
            local.post("/api/storage", {"name": name, "backend": "File", "is_default": True})["id"] for name in "ab"
        )
        chosen = local.post("/api/artifacts", _announcement())["storage_id"]

        local.put(f"/api/storage/{first}", {"is_default": True})

        defaults = [storage["id"] for storage in local.get("/api/storage") if storage["is_default"]]
        assert (chosen, defaults) == (second, [first])

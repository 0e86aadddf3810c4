"""Single requests in the published client's words."""

import json

import pytest

from simvue.api import request
from simvue.api.request import delete, get, get_json_from_response, get_paginated, post, put, set_json_header
from tests.server.raw_server import RawServer, answer


def test_each_kind_of_request_reaches_the_server(server):
    headers, base = server.authorization, f"{server.url}/api"

    made = post(f"{base}/tags", headers=headers, params={}, data={"name": "requested"})
    identifier = get_json_from_response(expected_status=[200], scenario="creation", response=made)["id"]
    changed = put(f"{base}/tags/{identifier}", headers=headers, data={"description": "words"})
    found = get(f"{base}/tags/{identifier}", headers=headers).json()
    gone = delete(f"{base}/tags/{identifier}", headers=headers)

    assert (changed.status_code, gone.status_code) == (200, 200)
    assert (found["name"], found["description"]) == ("requested", "words")
    assert get(f"{base}/tags/{identifier}", headers=headers).status_code == 404
    assert set_json_header({"a": "b"}) == {"a": "b", "Content-Type": "application/json"}


def test_a_list_comes_page_by_page(server):
    headers, base = server.authorization, f"{server.url}/api"
    bodies = [{"folder": "/pages", "name": str(number)} for number in range(130)]
    post(f"{base}/runs", headers=headers, params={}, data=bodies)
    only = {"filters": '["folder.path == /pages"]'}

    def sizes(**given):
        return [len(one.json()["data"]) for one in get_paginated(f"{base}/runs", headers=headers, **only, **given)]

    assert sizes() == [100, 30]
    assert sizes(count=101) == [100, 1]
    assert sizes(count=7, offset=126) == [4]


def test_a_busy_server_is_asked_again(monkeypatch):
    monkeypatch.setattr(request, "_PAUSES", (0.01, 0.01))
    with RawServer(lambda connection, _: connection.sendall(answer(b"{}", "503 Busy"))) as raw:
        assert get(raw.url).status_code == 503
        assert len(raw.requests) == 3


def test_the_token_is_that_of_the_headers(tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with RawServer(lambda connection, _: connection.sendall(answer())) as raw:
        get(raw.url, headers={"Authorization": "Bearer mine"})

        assert b"Authorization: Bearer mine" in raw.requests[0]


class Answer:
    def __init__(self, status, content):
        self.status_code, self.content = status, content

    def json(self):
        return json.loads(self.content)


@pytest.mark.parametrize(
    ("status", "content", "words"),
    [
        (404, b'{"detail": "gone"}', "reading failed with status 404: gone"),
        (200, b"<html>", "no JSON"),
        (200, b"[1]", "a dict was expected, not list"),
    ],
)
def test_an_unexpected_answer_is_an_error(status, content, words):
    with pytest.raises(RuntimeError, match=words):
        get_json_from_response(expected_status=[200], scenario="reading", response=Answer(status, content))


def test_an_answer_may_be_empty():
    options = {"expected_status": [200], "scenario": "reading"}

    assert get_json_from_response(response=Answer(200, b""), **options) == {}
    assert get_json_from_response(response=Answer(200, b"null"), expected_type=list, **options) == []
    assert get_json_from_response(response=Answer(200, b"<xml>"), allow_parse_failure=True, **options) == {}

"""What arrives is checked: names, states, types; and answered at its place."""

import pytest


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("name", "a?b"),
        ("name", ""),
        ("name", "é"),
        ("name", 5),
        ("folder", "relative"),
        ("folder", None),
        ("status", "finished"),
        ("tags", "t"),
        ("tags", [1]),
        ("tags", [""]),
        ("metadata", [1]),
        ("ttl", -1),
        ("ttl", 1.5),
        ("ttl", True),
        ("ttl", 2**63),
        ("heartbeat_timeout", "60"),
        ("notifications", {"state": "some"}),
        ("visibility", {"public": "yes"}),
        ("started", "yesterday"),
        ("description", 5),
        ("description", "\ud800"),
        ("system", "linux"),
    ],
    ids=repr,
)
def test_a_bad_member_of_a_run_is_a_422_at_its_place(local, member, value):
    status, answer = local.send("POST", "/api/runs", {"folder": "/", member: value})

    assert status == 422
    assert answer["detail"][0]["loc"] == ["body", member]
    assert answer["detail"][0]["msg"]
    assert local.get("/api/runs")["count"] == 0


@pytest.mark.parametrize("name", ["a", "A-b_c d/e.f:g", "x" * 512])
def test_names_that_clients_allow_are_accepted(local, name):
    assert local.post("/api/runs", {"folder": "/", "name": name})["name"] == name


def test_a_missing_member_is_named(local):
    status, answer = local.send("POST", "/api/runs", {"name": "x"})

    assert (status, answer["detail"]) == (422, [{"type": "missing", "loc": ["body", "folder"], "msg": "must be given"}])


def test_all_problems_are_told_at_once(local):
    _, answer = local.send("POST", "/api/runs", {"folder": "x", "status": "y"})

    assert {problem["loc"][1] for problem in answer["detail"]} == {"folder", "status"}


def test_a_refused_change_changes_nothing(local):
    run = local.new_run(description="before")

    local.send("PUT", f"/api/runs/{run}", {"description": "after", "status": "nonsense"})

    assert local.get(f"/api/runs/{run}")["description"] == "before"


@pytest.mark.parametrize(
    "body", [b"{", b"\xff", b'{"a":1}x', b"5", b'"text"', b"[" * 100_000], ids=lambda body: repr(body[:9])
)
def test_a_body_that_is_no_object_is_a_422(either, body):
    status, answer = either.send_bytes("POST", "/api/folders", body, "application/json")

    assert status == 422
    assert answer["detail"]


@pytest.mark.parametrize("path", ["/api/metrics", "/api/events"])
def test_lone_surrogates_do_not_break_the_server(local, path):
    body = b'{"run": "\\ud800", "metrics": [], "events": []}'

    assert local.send_bytes("POST", path, body, "application/json")[0] == 422


def test_metadata_nested_too_deeply_to_be_merged_is_a_422(local):
    run = local.new_run()
    deep = b'{"metadata":' + b'{"a":' * 600 + b"1" + b"}" * 601
    statuses = {local.send_bytes("PUT", f"/api/runs/{run}", deep, "application/json")[0] for _ in range(2)}

    assert statuses <= {200, 422}
    assert local.get(f"/api/runs/{run}")["id"] == run


def test_members_nobody_knows_are_ignored(local):
    assert local.post("/api/runs", {"folder": "/", "colour": "green", "created": "x"})["id"]


def test_null_counts_as_no_body(local):
    run = local.new_run()

    assert local.send_bytes("PUT", f"/api/runs/{run}", b"null", "application/json") == (200, {"id": run})

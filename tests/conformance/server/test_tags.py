"""Tags: objects by name, on runs and off them."""

import pytest


def test_a_tag_of_a_known_name_is_a_409_that_names_it(either):
    created = either.post("/api/tags", {"name": "once"})

    status, answer = either.send("POST", "/api/tags", {"name": "once"})

    assert (status, answer["id"]) == (409, created["id"])


def test_a_tag_has_a_colour_even_when_none_was_given(local):
    identifier = local.post("/api/tags", {"name": "plain"})["id"]

    found = local.get(f"/api/tags/{identifier}")

    assert found["colour"]
    assert found["description"] is None


def test_a_tag_is_changed_in_part(local):
    identifier = local.post("/api/tags", {"name": "red", "description": "d"})["id"]

    local.put(f"/api/tags/{identifier}", {"colour": "#f00"})

    found = local.get(f"/api/tags/{identifier}")
    assert (found["name"], found["colour"], found["description"]) == ("red", "#f00", "d")


def test_a_deleted_tag_is_gone_from_runs_too(local):
    run = local.new_run(tags=["stays", "goes"])
    goes = next(tag["id"] for tag in local.get("/api/tags")["data"] if tag["name"] == "goes")

    status, answer = local.send("DELETE", f"/api/tags/{goes}")

    assert (status, answer) == (200, {})
    assert local.get(f"/api/runs/{run}")["tags"] == ["stays"]
    assert local.send("GET", f"/api/tags/{goes}")[0] == 404


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": 5}, {"name": "x", "colour": ""}, [], "text"])
def test_what_is_no_tag_is_refused(local, body):
    assert local.send("POST", "/api/tags", body)[0] == 422

"""Keys: the same request again gets the same answer and no second effect, crash or not."""

import threading
import time

import pytest

from simvue_conformance.server.auth import Token
from simvue_conformance.server.dispatch import ConnectionDropped


def _values(api, run):
    return api.get(f'/api/metrics?runs=["{run}"]&xaxis=step').get(run, {}).get("x", [])


def test_the_same_request_again_is_answered_from_memory(either):
    run = either.new_run()
    first = either.log(run, {"x": 1}, key="same-again")
    was_replayed = "idempotent-replayed" in either.headers

    second = either.log(run, {"x": 1}, key="same-again")

    assert first == second == (200, {})
    assert (was_replayed, either.headers["idempotent-replayed"]) == (False, "true")
    assert len(_values(either, run)) == 1


def test_a_created_run_is_created_once(either):
    first = either.post("/api/runs", {"folder": "/"}, key="one-run")

    assert either.post("/api/runs", {"folder": "/"}, key="one-run") == first


def test_another_key_is_another_request(local):
    run = local.new_run()

    for key in ("a", "b", None, None):
        local.log(run, {"x": 1}, key=key)

    assert len(_values(local, run)) == 4


@pytest.mark.parametrize("path", ["/api/tags", "/api/folders", "/api/tags?x=1"])
def test_the_same_key_with_another_body_or_path_is_a_422(local, path):
    local.post("/api/tags", {"name": "first"}, key="k")
    body = {"name": "first"} if path != "/api/tags" else {"name": "second"}

    status, answer = local.send("POST", path, body, key="k")

    assert status == 422
    assert "Idempotency-Key" in answer["detail"]
    assert local.get("/api/tags")["count"] == 1


def test_a_put_is_remembered_too(local):
    run = local.new_run()

    local.send("PUT", f"/api/runs/{run}", {"tags": ["a"]}, key="k")
    local.send("PUT", f"/api/runs/{run}", {"tags": ["b"]})
    local.send("PUT", f"/api/runs/{run}", {"tags": ["a"]}, key="k")

    assert local.get(f"/api/runs/{run}")["tags"] == ["b"]


def test_a_409_that_names_the_object_is_remembered(local):
    identifier = local.post("/api/folders", {"path": "/f"})["id"]
    local.send("POST", "/api/folders", {"path": "/f"}, key="k")
    local.send("DELETE", f"/api/folders/{identifier}")

    status, answer = local.send("POST", "/api/folders", {"path": "/f"}, key="k")

    assert (status, answer["id"]) == (409, identifier)
    assert local.headers["idempotent-replayed"] == "true"


def test_a_refusal_is_not_remembered(local):
    refused, _ = local.log("nobody", {"x": 1}, key="k")
    run = local.new_run()

    accepted, _ = local.log(run, {"x": 1}, key="k")

    assert (refused, accepted) == (422, 200)


def test_a_key_is_forgotten_after_the_window(make_local, clock):
    api = make_local(now=clock, idempotency_window=100)
    run = api.new_run()

    for wait in (0, 100, 101):
        clock.seconds += wait
        api.log(run, {"x": 1}, key="k")

    assert len(_values(api, run)) == 2


def test_a_server_without_idempotency_applies_again(make_local):
    api = make_local(idempotency=False)
    run = api.new_run()

    for _ in range(2):
        api.log(run, {"x": 1}, key="k")

    assert len(_values(api, run)) == 2


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_an_impossible_key_is_a_422(local, key):
    assert local.send("POST", "/api/tags", {"name": "t"}, key=key)[0] == 422


def test_a_request_whose_key_is_still_in_progress_is_a_409(remote):
    run = remote.new_run()
    remote.put("/faults", [{"method": "POST", "path": "/api/metrics", "delay": 1.0}])
    slow = threading.Thread(target=lambda: remote.log(run, {"x": 1}, key="slow"))
    slow.start()
    while not any(rule["fired"] for rule in remote.get("/faults")):
        time.sleep(0.01)

    status, answer = remote.log(run, {"x": 1}, key="slow")

    slow.join()
    assert (status, answer) == (409, {"detail": "in progress"})
    assert remote.log(run, {"x": 1}, key="slow") == (200, {})
    assert len(_values(remote, run)) == 1


def test_an_answer_that_was_lost_comes_on_the_second_attempt(either):
    run = either.new_run()
    either.put("/faults", [{"method": "POST", "path": "/api/metrics", "drop": "after"}])
    with pytest.raises(ConnectionDropped):
        either.log(run, {"x": 1}, key="lost-answer")

    assert either.log(run, {"x": 1}, key="lost-answer") == (200, {})

    assert len(_values(either, run)) == 1


def test_effect_and_key_survive_a_kill_together(start_api, tmp_path):
    options = ("--data", str(tmp_path), "--token", "t", "--faults")
    api = start_api(*options)
    run = api.new_run()
    api.put("/faults", [{"method": "POST", "path": "/api/metrics", "drop": "after"}])
    with pytest.raises(ConnectionDropped):
        api.log(run, {"x": 1}, key="k")
    api.target.kill()

    api = start_api(*options)
    answer = api.log(run, {"x": 1}, key="k")

    assert answer == (200, {})
    assert api.headers["idempotent-replayed"] == "true"
    assert len(_values(api, run)) == 1


def test_what_fails_between_effect_and_key_leaves_neither(local):
    run = local.new_run()
    database = local.target.service.database
    with database.transaction() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON idempotency BEGIN SELECT RAISE(FAIL, 'disk full'); END"
        )

    with pytest.raises(Exception, match="disk full"):
        local.log(run, {"x": 1}, key="k")
    with database.transaction() as connection:
        connection.exec_driver_sql("DROP TRIGGER full")

    assert _values(local, run) == []
    assert local.log(run, {"x": 1}, key="k") == (200, {})
    assert len(_values(local, run)) == 1


def test_cancelled_requests_leave_their_key_free(local):
    local.put("/faults", [{"path": "/api/tags", "drop": "before"}])
    with pytest.raises(ConnectionDropped):
        local.post("/api/tags", {"name": "t"}, key="k")

    assert local.post("/api/tags", {"name": "t"}, key="k")["id"]


def test_two_users_do_not_share_keys(make_local):
    api = make_local(tokens=(Token(text="a", user="anna"), Token(text="b", user="bert")))

    answers = [
        api.target.request(
            "POST", "/api/runs", {"authorization": f"Bearer {text}", "idempotency-key": "k"}, b'{"folder": "/"}'
        )[2]
        for text in ("a", "b", "a")
    ]

    assert answers[0] == answers[2] != answers[1]

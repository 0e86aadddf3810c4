"""Faults: each kind is seen to happen, with its effect or without, as often as it was asked for."""

import time

import pytest

from simvue_conformance.server.dispatch import ConnectionDropped


def _arm(api, **rule):
    status, answer = api.send("PUT", "/faults", [{"method": "POST", "path": "^/api/(metrics|events|runs)$", **rule}])
    assert status == 200, answer


def _fired(api):
    return [rule["fired"] for rule in api.get("/faults")]


def _count(api, run):
    return api.get(f"/api/runs/{run}")["metrics"].get("x", {}).get("count", 0)


@pytest.mark.parametrize("status", [500, 503, 429, 422])
def test_a_status_is_answered_without_an_effect(either, status):
    run = either.new_run()
    _arm(either, status=status, retry_after=7, body={"detail": "no"})

    answered = either.log(run, {"x": 1})

    assert answered == (status, {"detail": "no"})
    assert either.headers["retry-after"] == "7"
    assert (_count(either, run), _fired(either)) == (0, [1])


def test_apply_then_status_has_its_effect(either):
    run = either.new_run()
    _arm(either, apply_then_status=500)

    assert either.log(run, {"x": 1})[0] == 500

    assert (_count(either, run), _fired(either)) == (1, [1])


@pytest.mark.parametrize(("when", "count"), [("before", 0), ("after", 1)])
def test_a_dropped_connection_has_an_effect_or_not(either, when, count):
    run = either.new_run()
    _arm(either, drop=when)

    with pytest.raises(ConnectionDropped):
        either.log(run, {"x": 1})

    assert (_count(either, run), _fired(either)) == (count, [1])


def test_half_a_batch_is_applied_and_the_connection_closed(either):
    run = either.new_run()
    _arm(either, half=True)

    with pytest.raises(ConnectionDropped):
        either.log(run, *({"x": value} for value in range(10)), key="half-batch")

    assert _count(either, run) == 5


def test_half_a_batch_may_end_in_a_status_instead(either):
    run = either.new_run()
    _arm(either, half=True, status=502)

    status, _ = either.say(run, "a", "b", "c", "d")

    assert status == 502
    assert [event["message"] for event in either.get(f"/api/events?run={run}")["data"]] == ["a", "b"]


def test_half_a_batch_does_not_remember_its_key(local):
    run = local.new_run()
    _arm(local, half=True, status=502)
    local.log(run, {"x": 1}, {"x": 2}, key="k")

    local.log(run, {"x": 1}, {"x": 2}, key="k")

    assert _count(local, run) == 3


def test_half_of_a_list_of_runs_is_a_half_too(local):
    _arm(local, half=True, status=500)
    local.send("POST", "/api/runs", [{"folder": "/"}] * 4)

    assert local.get("/api/runs")["count"] == 2


def test_a_malformed_body_comes_with_200_after_the_effect(either):
    _arm(either, raw_body=True)

    status, _, body = either.target.request(
        "POST", "/api/runs", either.target.authorization, b'{"folder": "/malformed"}'
    )

    assert (status, body) == (200, b'{"id": "abc')
    assert either.get('/api/runs?filters=["folder.path == /malformed"]')["count"] == 1


def test_a_chosen_body_is_answered(local):
    _arm(local, raw_body="<html>")

    assert local.target.request("POST", "/api/runs", local.target.authorization, b'{"folder": "/"}')[2] == b"<html>"


def test_a_delay_is_waited_for_before_the_effect(remote):
    run = remote.new_run()
    _arm(remote, delay=0.3)

    before = time.monotonic()
    status, _ = remote.log(run, {"x": 1})

    assert time.monotonic() - before >= 0.3
    assert (status, _count(remote, run)) == (200, 1)


def test_a_simulator_decides_what_a_delay_means(make_local):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    api = make_local(sleep=sleep)
    _arm(api, delay=30.0, status=503)

    assert api.send("POST", "/api/runs", {"folder": "/"})[0] == 503
    assert slept == [30.0]


@pytest.mark.parametrize(
    ("rule", "statuses"),
    [
        ({}, [500, 200, 200, 200]),
        ({"times": 2}, [500, 500, 200, 200]),
        ({"after": 1}, [200, 500, 200, 200]),
        ({"after": 1, "times": 0}, [200, 500, 500, 500]),
    ],
    ids=str,
)
def test_a_rule_fires_after_and_as_often_as_it_says(local, rule, statuses):
    run = local.new_run()
    _arm(local, status=500, **rule)

    answered = [local.log(run, {"x": 1})[0] for _ in range(4)]

    assert answered == statuses


def test_rules_take_turns_in_their_order(local):
    run = local.new_run()
    rules = [{"path": "/metrics", "status": status} for status in (500, 501)]
    local.put("/faults", rules)

    assert [local.log(run, {"x": 1})[0] for _ in range(3)] == [500, 501, 200]


def test_a_rule_looks_at_method_and_path(local):
    local.put("/faults", [{"method": "PUT", "path": "/runs/[^/]+$", "status": 500, "times": 0}])
    run = local.new_run()

    statuses = [
        local.send(method, f"/api/runs/{run}{rest}")[0]
        for method, rest in (("GET", ""), ("PUT", ""), ("PUT", "/heartbeat"))
    ]

    assert statuses == [200, 500, 200]


def test_uploads_have_faults_too(local):
    new = local.post(
        "/api/artifacts", {"name": "a", "original_path": "", "size": 1, "mime_type": "x/y", "checksum": "a" * 64}
    )
    local.put("/faults", [{"path": "^/storage/", "status": 503}])

    assert local.target.request("PUT", "/" + new["url"].split("/", 3)[3], {}, b"x")[0] == 503


def test_deleted_rules_fire_no_more(local):
    _arm(local, status=500, times=0)

    assert local.send("DELETE", "/faults") == (200, {})

    assert local.get("/faults") == []
    assert local.send("POST", "/api/runs", {"folder": "/"})[0] == 200


@pytest.mark.parametrize(
    "rules",
    [
        {},
        [5],
        [{}],
        [{"path": "("}, {"status": 500}],
        [{"status": 500, "drop": "after"}],
        [{"status": 99}],
        [{"drop": "sometimes"}],
        [{"delay": -1}],
        [{"status": 500, "tmies": 3}],
    ],
    ids=str,
)
def test_wrong_rules_are_refused_and_the_old_ones_stay(local, rules):
    _arm(local, status=500)

    status, _ = local.send("PUT", "/faults", rules)

    assert status == 422
    assert len(local.get("/faults")) == 1


def test_without_the_option_there_are_no_faults_and_no_log(make_local):
    api = make_local(faults=False)

    assert [api.send("GET", path)[0] for path in ("/faults", "/requests")] == [404, 404]


def test_every_request_is_in_the_log_with_what_happened_to_it(local):
    local.put("/faults", [{"path": "/api/tags", "drop": "after"}])
    with pytest.raises(ConnectionDropped):
        local.post("/api/tags?a=1", {"name": "t"}, key="k")
    local.post("/api/tags?a=1", {"name": "t"}, key="k")
    local.send("GET", "/api/tags/nobody")

    lines = local.get("/requests")

    assert [(line["n"], line["method"], line["path"], line["status"]) for line in lines] == [
        (1, "POST", "/api/tags", None),
        (2, "POST", "/api/tags", 200),
        (3, "GET", "/api/tags/nobody", 404),
    ]
    assert [(line["fault"], line["replayed"], line["idempotency_key"]) for line in lines] == [
        ("drop after", False, "k"),
        (None, True, "k"),
        (None, False, None),
    ]
    assert lines[0]["query"] == "a=1"
    assert lines[0]["body_sha256"] == lines[1]["body_sha256"] != lines[2]["body_sha256"]


def test_the_server_goes_on_after_a_drop(remote):
    remote.put("/faults", [{"path": "/api/version", "drop": "before", "times": 3}])
    for _ in range(3):
        with pytest.raises(ConnectionDropped):
            remote.get("/api/version")

    assert remote.get("/api/version")["version"] == "1.2.16"

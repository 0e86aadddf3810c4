"""Batches: one bad row refuses all of them, at its place."""

import math

import pytest

GOOD = {"step": 0, "time": 0.0, "timestamp": "2024-01-02T03:04:05.678901", "values": {"x": 1.0}}
EVENT = {"message": "m", "timestamp": "2024-01-02T03:04:05.678901", "log_level": None}

BAD_METRICS = {
    "value is text": {"values": {"x": "NaN"}},
    "value is null": {"values": {"x": None}},
    "value is a list": {"values": {"x": [1.0]}},
    "name has a comma": {"values": {"a,b": 1.0}},
    "name is empty": {"values": {"": 1.0}},
    "name is not ASCII": {"values": {"é": 1.0}},
    "name is too long": {"values": {"x" * 513: 1.0}},
    "no values": {"values": None},
    "step is negative": {"step": -1},
    "step is a fraction": {"step": 1.0},
    "step is true": {"step": True},
    "step is missing": {"step": None},
    "time is text": {"time": "1"},
    "time is NaN": {"time": math.nan},
    "time is missing": {"time": None},
    "timestamp is missing": {"timestamp": None},
    "timestamp is a day": {"timestamp": "2024-01-02"},
}
BAD_EVENTS = {
    "no message": {"message": None},
    "message is a number": {"message": 5},
    "message is bytes": {"message": b"m"},
    "message is beyond a mebibyte": {"message": "x" * 1_048_577},
    "unknown level": {"log_level": "fatal"},
    "level is a number": {"log_level": 3},
    "no timestamp": {"timestamp": None},
}


@pytest.mark.parametrize("change", BAD_METRICS.values(), ids=BAD_METRICS)
def test_one_bad_metrics_record_refuses_the_whole_batch(local, change):
    run = local.new_run()

    status, answer = local.pack("/api/metrics", {"run": run, "metrics": [GOOD, {**GOOD, **change}, GOOD]})

    assert status == 422
    assert answer["detail"][0]["loc"] == ["body", "metrics", 1]
    assert local.get(f'/api/metrics?runs=["{run}"]') == {}


@pytest.mark.parametrize("change", BAD_EVENTS.values(), ids=BAD_EVENTS)
def test_one_bad_event_refuses_the_whole_batch(local, change):
    run = local.new_run()

    status, answer = local.pack("/api/events", {"run": run, "events": [EVENT, EVENT, {**EVENT, **change}]})

    assert status == 422
    assert answer["detail"][0]["loc"] == ["body", "events", 2]
    assert local.get(f"/api/events?run={run}")["count"] == 0


def test_every_bad_record_is_named(local):
    bad = {**GOOD, "step": -1}

    _, answer = local.pack("/api/metrics", {"run": local.new_run(), "metrics": [bad, GOOD, bad]})

    assert [problem["loc"][2] for problem in answer["detail"]] == [0, 2]
    assert set(answer["detail"][0]) == {"type", "loc", "msg"}


@pytest.mark.parametrize("name", ["a", "A/B", "x.y:z", "a b", "loss(%)", "r>=1+<2", "x" * 512])
def test_names_of_metrics_that_clients_allow_are_accepted(local, name):
    assert local.pack("/api/metrics", {"run": local.new_run(), "metrics": [{**GOOD, "values": {name: 1}}]})[0] == 200


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error", "critical", None])
def test_every_level_is_accepted(local, level):
    assert local.pack("/api/events", {"run": local.new_run(), "events": [{**EVENT, "log_level": level}]})[0] == 200


def test_a_message_of_64_kibibytes_is_accepted(local):
    run, message = local.new_run(), "é" * 32_768

    local.pack("/api/events", {"run": run, "events": [{**EVENT, "message": message}]})

    assert local.get(f"/api/events?run={run}")["data"][0]["message"] == message


@pytest.mark.parametrize("path", ["/api/metrics", "/api/events"])
@pytest.mark.parametrize("body", [b"", b"\xc1", b"\x93\x01", b"\x80", b"\xa3abc"], ids=repr)
def test_what_is_no_batch_is_refused(either, path, body):
    status, answer = either.send_bytes("POST", path, body, "application/msgpack")

    assert status == 422
    assert answer["detail"][0]["loc"][0] == "body"


def test_a_batch_may_come_as_json(local):
    run = local.new_run()

    status, _ = local.send("POST", "/api/metrics", {"run": run, "metrics": [GOOD]})

    assert status == 200

"""The server without sockets: quick to make, copied and put back, deterministic where asked."""

import itertools
import time

import pytest

from simvue_conformance.server.local import LocalServer
from simvue_conformance.server.settings import Settings


def test_a_request_needs_no_event_loop(local):
    status, headers, body = local.target.request("GET", "/api/whoami", local.target.authorization)

    assert (status, headers["content-type"], body) == (
        200,
        "application/json",
        b'{"user":"user01","tenant":"tenant01"}',
    )


def test_servers_share_nothing(make_local):
    first, second = make_local(), make_local()

    first.new_run()

    assert (first.get("/api/runs")["count"], second.get("/api/runs")["count"]) == (1, 0)


def test_a_copy_put_back_undoes_what_came_after(local):
    run = local.new_run()
    local.log(run, {"x": 1}, key="k")
    copied = local.target.snapshot()
    local.new_run()

    local.target.restore(copied)

    assert local.get("/api/runs")["count"] == 1
    local.log(run, {"x": 1}, key="k")
    assert local.headers["idempotent-replayed"] == "true"


def test_a_copy_becomes_another_server(local, make_local):
    run = local.new_run(name="copied")
    other = make_local()

    other.target.restore(local.target.snapshot())
    other.put(f"/api/runs/{run}", {"name": "changed"})

    assert local.get(f"/api/runs/{run}")["name"] == "copied"
    assert other.get(f"/api/runs/{run}")["name"] == "changed"


def test_a_server_with_a_data_directory_is_not_copied(make_local, tmp_path):
    with pytest.raises(TypeError, match="memory"):
        make_local(data=tmp_path).target.snapshot()


def test_clock_and_identifiers_may_be_the_callers_own():
    numbers = itertools.count()
    answers = []
    for _ in range(2):
        numbers = itertools.count()
        server = LocalServer(Settings(now=lambda: 1.5e9, identifier=lambda numbers=numbers: f"id{next(numbers):020d}"))
        server.request("POST", "/api/runs", server.authorization, b'{"folder": "/a"}')
        server.request("POST", "/api/artifacts", server.authorization, b"{}")
        answers.append(server.request("GET", "/api/runs", server.authorization))
        server.close()

    assert answers[0] == answers[1]
    assert b'"created":"2017-07-14T02:40:00.000000"' in answers[0][2]


def test_a_server_is_made_in_a_few_milliseconds_and_answers_in_about_one():
    LocalServer().close()  # statements are compiled once for the process

    before = time.process_time()
    servers = [LocalServer() for _ in range(20)]
    made = (time.process_time() - before) / 20
    before = time.process_time()
    for server in servers:
        for _ in range(5):
            server.request("POST", "/api/tags", server.authorization, b'{"name": "t"}')
    answered = (time.process_time() - before) / 100
    for server in servers:
        server.close()

    # Measured 2 ms and 0.5 ms; the bounds leave room for a slow machine.
    assert made < 0.02
    assert answered < 0.01

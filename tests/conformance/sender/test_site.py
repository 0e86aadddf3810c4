"""The server of a scene: it sees what is sent, and spoils what it is told to."""

import http.client
from urllib.parse import urlsplit

import ormsgpack
import pytest

from simvue_conformance.sender.site import TOKEN, ConnectionDropped, Reply, Site
from simvue_conformance.sender.spoiler import Spoiler, after, before, half, spoiled, status, torn

AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
RUN = b'{"name": "a", "folder": "/", "metadata": {"simvue": {"run": "a"}}}'
PACKED = {"Content-Type": "application/msgpack"}


@pytest.fixture
def site():
    with Site() as site:
        yield site


def ask(site, method, path, body=b"", **headers):
    connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=10)
    try:
        connection.request(method, path, body, {**AUTHORIZED, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    finally:
        connection.close()


def test_it_answers_as_the_reference_server_and_keeps_what_it_saw(site):
    code, _, _ = ask(site, "POST", "/api/runs", RUN, **{"Idempotency-Key": "k"})

    [request] = site.requests("POST", "^/api/runs$")
    assert (code, request.key, request.status, request.has_effect) == (200, "k", 200, True)
    assert (request.members["name"], request.target) == ("a", "POST /api/runs")


def test_a_repeated_request_has_no_effect_of_its_own(site):
    for _ in range(2):
        ask(site, "POST", "/api/runs", RUN, **{"Idempotency-Key": "k"})

    assert [request.has_effect for request in site.requests("POST")] == [True, False]


def test_bodies_in_pieces_are_read(site):
    ask(site, "POST", "/api/runs", iter([RUN[:9], RUN[9:]]))

    assert site.requests("POST")[0].body == RUN


def test_a_rule_answers_in_its_place(site):
    site.rule = lambda _request, _forward: Reply(418, b"short", {"x-said": "yes"})

    code, body, headers = ask(site, "GET", "/api/version")

    assert (code, body, headers["x-said"]) == (418, b"short", "yes")


def test_nobody_can_connect_once_it_is_closed(site):
    site.close()

    with pytest.raises(ConnectionError):
        ask(site, "GET", "/api/version")


@pytest.mark.parametrize(
    ("trouble", "seen", "there"),
    [
        (before, None, 0),
        (after, None, 1),
        (spoiled(503), 503, 1),
        (torn, 200, 1),
        (status(429, Retry_After="7"), 429, 0),
    ],
)
def test_a_run_meets_its_trouble_once(site, trouble, seen, there):
    spoiler = Spoiler(site)
    spoiler.trouble("a", "POST", "^/api/runs$", trouble)

    if seen is None:
        with pytest.raises(http.client.RemoteDisconnected):
            ask(site, "POST", "/api/runs", RUN)
    else:
        code, _, headers = ask(site, "POST", "/api/runs", RUN)
        assert (code, headers.get("Retry-After")) == (seen, "7" if seen == 429 else None)

    assert spoiler.left == {}
    assert ask(site, "POST", "/api/runs", RUN)[0] == 200
    assert [request.has_effect for request in site.requests("POST")] == [bool(there), True]


def test_half_of_a_batch_takes_effect(site):
    spoiler = Spoiler(site)
    spoiler.trouble("a", "POST", "^/api/metrics$", half)
    identifier = ask(site, "POST", "/api/runs", RUN)[1].decode().split('"')[3]
    rows = [
        {"step": step, "time": 0.0, "timestamp": "2026-03-01T09:00:00.000000", "values": {"x": 1.0}}
        for step in range(4)
    ]

    with pytest.raises((ConnectionDropped, http.client.RemoteDisconnected)):
        ask(site, "POST", "/api/metrics", ormsgpack.packb({"run": identifier, "metrics": rows}), **PACKED)

    _, _, body = site.request("GET", f'/api/metrics?runs=["{identifier}"]&xaxis=step', site.authorization)
    assert body.count(b'"value"') == 2

"""One request leads to one answer, or to a word that says whether it may have been applied."""

import gzip
import logging
import socket
import threading
import time
import traceback

import pytest
import requests

from simvue import __version__
from simvue.core.http import Request, Response
from simvue.errors import NoAnswer, SimvueError, TlsFailure, Unreachable
from simvue.server.session import BODY_LIMIT, HttpTransport
from tests.server.raw_server import HangUp, RawServer, answer, reset

CANARY = "canary-token-7f3a"
OK = answer(b'{"id": "x"}')


class Token:
    def reveal(self) -> str:
        return CANARY


def ask(url: str, path: str = "/runs", *, timeout: float = 5, **more: object) -> Response:
    request = Request(method="POST", path=path, timeout=timeout, **more)
    with HttpTransport(url, Token(), environment={}) as transport:
        return transport(request)


def replies(data: bytes):
    return lambda connection, _request: connection.sendall(data)


def replies_and_hangs_up(data: bytes):
    def behaviour(connection, request):
        connection.sendall(data)
        raise HangUp

    return behaviour


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


# What is sent


def test_a_request_carries_token_key_agent_query_and_body():
    with RawServer(replies(OK)) as server:
        found = ask(
            server.url + "/prefix",
            query=(("count", "1"), ("filters", '["a == b"]')),
            headers=(("Content-Type", "application/json"),),
            body=b'{"a":1}',
            key="journal/0-10",
        )

    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert found == Response(status=200, headers={"content-length": "11"}, body=b'{"id": "x"}')
    assert lines[0] == "POST /prefix/api/runs?count=1&filters=%5B%22a+%3D%3D+b%22%5D HTTP/1.1"
    assert f"Authorization: Bearer {CANARY}" in lines
    assert "Idempotency-Key: journal/0-10" in lines
    assert f"User-Agent: simvue/{__version__}" in lines
    assert "Content-Type: application/json" in lines
    assert body == b'{"a":1}'


def test_a_storage_gets_no_token_even_on_the_origin_of_the_api():
    with RawServer(replies(OK)) as server:
        ask(server.url, path=f"{server.url}/bucket/key?signature=secret")

    assert server.requests[0].startswith(b"POST /bucket/key?signature=secret HTTP/1.1\r\n")
    assert b"Authorization" not in server.requests[0]
    assert CANARY.encode() not in server.requests[0]


@pytest.mark.parametrize("path", ["//127.0.0.1:1/runs", "///evil.example/runs", "runs"])
def test_no_relative_path_leads_away_from_the_server(path):
    with RawServer(replies(OK)) as server:
        ask(server.url, path=path)

    assert server.requests[0].startswith(b"POST /api/")


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"])
def test_a_redirect_is_returned_and_the_other_origin_hears_nothing(status):
    with RawServer(replies(OK)) as other:
        moved = answer(b"", status, f"Location: {other.url}/api/runs")
        with RawServer(replies(moved)) as server:
            found = ask(server.url)

    assert found.status == int(status[:3])
    assert found.headers["location"] == f"{other.url}/api/runs"
    assert other.connections == 0


def test_netrc_and_cookies_add_nothing(tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login someone password stolen\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with (
        RawServer(replies(answer(b"{}", "200 OK", "Set-Cookie: a=b"))) as server,
        HttpTransport(server.url, Token(), environment={}) as transport,
    ):
        transport(Request(method="GET", path="/version", timeout=5))
        transport(Request(method="GET", path=f"{server.url}/bucket", timeout=5))

    assert b"Basic" not in b"".join(server.requests)
    assert b"Cookie" not in b"".join(server.requests)


def test_proxy_variables_that_are_not_documented_are_ignored(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{free_port()}")
    with RawServer(replies(OK)) as server, HttpTransport(server.url, Token()) as transport:
        found = transport(Request(method="GET", path="/version", timeout=5))

    assert found.status == 200


# What comes back


@pytest.mark.parametrize("status", [200, 204, 304, 400, 409, 422, 429, 500, 503])
def test_every_status_is_an_answer(status):
    body = b"" if status in (204, 304) else b'{"detail":"x"}'
    with RawServer(replies(answer(body, f"{status} Word", "Retry-After: 7"))) as server:
        found = ask(server.url)

    assert (found.status, found.body) == (status, body)
    assert found.headers["retry-after"] == "7"
    assert len(server.requests) == 1


def test_a_compressed_answer_is_decoded():
    packed = answer(gzip.compress(b"[1]"), "200 OK", "Content-Encoding: gzip")
    with RawServer(replies(packed)) as server:
        found = ask(server.url)

    assert found.body == b"[1]"


def test_a_chunked_answer_is_joined():
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n1\r\n]\r\n0\r\n\r\n"
    with RawServer(replies(data)) as server:
        found = ask(server.url)

    assert found.body == b"[1]"


# Nothing was sent


def test_a_refused_connection_is_unreachable():
    with pytest.raises(Unreachable, match="Connection refused") as caught:
        ask(f"http://127.0.0.1:{free_port()}")

    assert not isinstance(caught.value, TlsFailure)


def test_an_unknown_name_is_unreachable():
    with pytest.raises(Unreachable, match="cannot be reached"):
        ask("http://no-such-host.invalid")


def test_a_server_that_does_not_accept_is_unreachable_in_time():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        held = [socket.socket() for _ in range(4)]  # the queue of waiting connections is full then
        for one in held:
            one.setblocking(False)
            one.connect_ex(address)
        started = time.monotonic()
        with pytest.raises(Unreachable):
            ask(f"http://127.0.0.1:{address[1]}")
        took = time.monotonic() - started
        for one in held:
            one.close()

    assert 3.5 < took < 6


def test_an_unusable_storage_address_is_unreachable():
    with pytest.raises(Unreachable, match="cannot be used"):
        ask("http://127.0.0.1:1", path="https://[broken/bucket")


# Sent, but no usable answer


def hangs(connection, request):
    connection.recv(1)


def drips_head(connection, request):
    for byte in OK:
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def drips_body(connection, request):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    for _ in range(100):
        connection.sendall(b"x")
        time.sleep(0.1)


def drips_without_length(connection, request):
    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
    for _ in range(100):
        connection.sendall(b"x")
        time.sleep(0.1)


def drips_interim_answers(connection, request):
    for _ in range(100):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.1)


@pytest.mark.parametrize("behaviour", [hangs, drips_head, drips_body, drips_without_length, drips_interim_answers])
def test_no_answer_takes_longer_than_its_time(behaviour):
    started = time.monotonic()
    with RawServer(behaviour) as server, pytest.raises(NoAnswer, match=r"within 0\.6 s"):
        ask(server.url, timeout=0.6)
    took = time.monotonic() - started

    assert 0.5 < took < 3
    assert len(server.requests) == 1


def resets_after_reading(connection, request):
    reset(connection)


@pytest.mark.parametrize(
    "behaviour",
    [
        resets_after_reading,
        replies_and_hangs_up(b""),
        replies_and_hangs_up(b"HTTP/1.1 200"),
        replies_and_hangs_up(b"HTTP/1.1 200 OK\r\nContent-Le"),
        replies_and_hangs_up(b"HTTP/1.1 200 OK\r\nContent-Length: 0"),
        replies_and_hangs_up(b"HTTP/1.1 200 OK\r\nA: b\r\n"),
        replies_and_hangs_up(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}"),
        replies_and_hangs_up(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
        replies_and_hangs_up(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
        replies_and_hangs_up(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n{}\r\n0\r\n\r\n"),
        replies_and_hangs_up(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
        replies_and_hangs_up(b"HTTP/1.1 OK 200\r\n\r\n"),
        replies_and_hangs_up(b"HTTP/1.1 200 OK\r\nA: " + b"x" * 70000),
        replies_and_hangs_up(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n"),
        replies(answer(b"not gzip", "200 OK", "Content-Encoding: gzip")),
        replies(answer(gzip.compress(b"x" * 1000)[:-9], "200 OK", "Content-Encoding: gzip")),
        replies(answer(b"x", "200 OK", "Content-Encoding: br")),
    ],
    ids=[
        "reset", "nothing", "half-status", "half-name", "half-head", "head-without-end", "short-body",
        "short-chunk", "bad-chunk-size", "negative-chunk", "tls-bytes", "bad-status", "long-header",
        "many-headers", "bad-gzip", "short-gzip", "unknown-encoding",
    ],
)  # fmt: skip
def test_a_broken_answer_is_no_answer(behaviour):
    with RawServer(behaviour) as server, pytest.raises(NoAnswer, match="may or may not have applied it"):
        ask(server.url)

    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        replies(answer(b"x" * (BODY_LIMIT + 1))),
        replies(answer(gzip.compress(b"x" * (BODY_LIMIT + 1)), "200 OK", "Content-Encoding: gzip")),
        replies_and_hangs_up(b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * (BODY_LIMIT + 1)),
    ],
    ids=["announced", "compressed", "endless"],
)
def test_an_oversized_answer_is_no_answer(behaviour):
    with RawServer(behaviour) as server, pytest.raises(NoAnswer, match=f"longer than {BODY_LIMIT} bytes"):
        ask(server.url)


def test_an_answer_at_the_limit_is_an_answer():
    with RawServer(replies(answer(b"x" * BODY_LIMIT))) as server:
        found = ask(server.url)

    assert len(found.body) == BODY_LIMIT


def test_a_body_that_the_server_does_not_take_ends_at_the_deadline():
    stop = threading.Event()
    with RawServer(lambda *_: stop.wait(10), reads=False) as server:
        started = time.monotonic()
        with pytest.raises(NoAnswer, match=r"within 0\.6 s"):
            ask(server.url, timeout=0.6, body=b"x" * (64 << 20))
        took = time.monotonic() - started
        stop.set()

    assert took < 3


# The token stays out of everything that is shown


@pytest.mark.parametrize("behaviour", [hangs, resets_after_reading, replies(b"garbage\r\n\r\n"), replies(OK)])
def test_nothing_that_is_shown_holds_the_token_or_a_signature(behaviour, caplog):
    caplog.set_level(logging.DEBUG)
    shown = []
    with RawServer(behaviour) as server, HttpTransport(server.url, Token(), environment={}) as transport:
        shown.append(repr(transport))
        for path in ("/runs", f"{server.url}/bucket?signature={CANARY}", "https://[broken"):
            try:
                transport(Request(method="PUT", path=path, timeout=0.5))
            except SimvueError as error:
                shown.append(repr(error.__context__))
                shown += ["".join(traceback.format_exception(error)), repr(error), repr(error.args)]

    assert CANARY not in "".join(shown) + caplog.text


def test_other_users_of_the_library_still_see_its_log(caplog):
    caplog.set_level(logging.DEBUG)
    with RawServer(replies(OK)) as server, HttpTransport(server.url, Token(), environment={}) as transport:
        transport(Request(method="GET", path="/version", timeout=5))
        requests.get(server.url, timeout=5)

    lines = [record.getMessage() for record in caplog.records if "GET" in record.getMessage()]
    assert len(lines) == 1

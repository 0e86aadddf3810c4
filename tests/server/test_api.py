"""Questions to a server are asked until there is an answer, and a refusal says what is wrong."""

import errno
import io
import json
import pickle
import threading

import numpy as np
import pytest

from simvue.errors import NoAnswer, Unreachable
from simvue.exception import InvalidInputError, ObjectNotFoundError, ServerRefusalError
from simvue.server import api as module
from simvue.server.api import ANSWER_LIMIT, Api, path_of
from simvue.server.session import BODY_LIMIT, HttpTransport
from simvue_conformance.server.process import running_server
from tests.server.raw_server import HangUp, RawServer, answer

SECRET = "the.secret.token"
LISTED = {"filters": ["name contains run"]}


class Token:
    def __init__(self, text=SECRET):
        self.text = text

    def reveal(self):
        return self.text


@pytest.fixture(scope="module")
def server():
    with running_server("--ephemeral", "--faults") as running:
        yield running


@pytest.fixture
def api(server):
    with HttpTransport(server.url, Token(server.token), environment={}, body_limit=ANSWER_LIMIT) as transport:
        yield Api(transport, server.url + "/api")


@pytest.fixture(autouse=True)
def brief_pauses(monkeypatch):
    monkeypatch.setattr(module, "_PAUSES", (0.01, 0.01, 0.01, 0.01))


def asking(raw):
    return Api(HttpTransport(raw.url, Token(), environment={}), raw.url)


def answering(*answers):
    """Return a server's behaviour that gives one answer after another, the last one for ever."""
    left = list(answers)

    def behave(connection, _request):
        connection.sendall(left.pop(0) if len(left) > 1 else left[0])

    return behave


@pytest.fixture(scope="module")
def runs(server):
    with HttpTransport(server.url, Token(server.token), environment={}) as transport:
        filling = Api(transport, server.url)
        filling.post("runs", [{"folder": "/", "name": f"run {number:03}"} for number in range(203)])
    return 203


@pytest.mark.parametrize("count", [1, 100, 101, 200, None])
def test_a_list_has_as_many_rows_as_were_asked_for(api, runs, count):
    rows = list(api.rows("runs", query=LISTED, count=count))

    assert len({row["id"] for row in rows}) == len(rows) == min(count or runs, runs)


def test_a_list_can_begin_later_and_is_asked_for_in_pages_of_any_size(api, runs):
    everything = [row["id"] for row in api.rows("runs", query=LISTED)]

    assert [row["id"] for row in api.rows("runs", query=LISTED, start=7, count=20, page=6)] == everything[7:27]
    assert list(api.rows("runs", query=LISTED, start=runs)) == []
    assert list(api.rows("runs", query=LISTED, count=0)) == []


def test_pages_are_asked_for_when_they_are_needed():
    with RawServer(answering(answer(b'{"data": [{"id": "a"}, {"id": "b"}], "count": 9}'))) as raw:
        rows = asking(raw).rows("tags", page=2)
        next(rows)
        assert len(raw.requests) == 1


def test_a_list_that_knows_no_pages_is_cut_here():
    body = json.dumps([{"id": str(number)} for number in range(5)]).encode()
    with RawServer(answering(answer(body))) as raw:
        found = [row["id"] for row in asking(raw).rows("storage", start=1, count=2, page=2)]

        assert found == ["1", "2"]
        assert asking(raw).total("storage") == 5


def test_the_total_is_that_of_the_server_and_may_be_nought(api, runs):
    assert api.total("runs", query=LISTED) == runs
    assert api.total("runs", query={"filters": ["name == nobody"]}) == 0


def test_parameters_are_written_as_the_server_reads_them():
    with RawServer(answering(answer())) as raw:
        asking(raw).get("x", query={"a": None, "b": True, "c": ["n == 1"], "d": ("p", "q"), "e": 2})

        line = raw.requests[0].split(b"\r\n")[0]
    assert line == b"GET /api/x?b=True&c=%5B%22n+%3D%3D+1%22%5D&d=p&d=q&e=2 HTTP/1.1"


def test_an_object_that_is_there_already_is_a_success(api):
    first = api.post("tags", {"name": "twice"})

    assert api.post("tags", {"name": "twice"})["id"] == first["id"]


def test_a_refusal_says_what_is_wrong(api):
    with pytest.raises(ObjectNotFoundError, match="no run 'nowhere'"):
        api.get("runs/nowhere")
    with pytest.raises(InvalidInputError, match="- source: must be given") as refused:
        api.post("alerts", {"name": "x"})
    assert isinstance(refused.value, ValueError)
    with pytest.raises(ServerRefusalError, match="404: Run 'nowhere' was not found") as missing:
        api.put("runs/nowhere", {"name": "x"})
    assert missing.value.status == 404
    with pytest.raises(RuntimeError, match="404"):
        api.delete("runs/nowhere")


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        ("403 Forbidden", b'{"detail": "no"}', ServerRefusalError, "Forbidden.*permission to create.*'run': no"),
        ("401 Unauthorized", b"{}", ServerRefusalError, "Unauthorised token"),
        ("422 Unprocessable", b"{}", ServerRefusalError, "answered with 422"),
        ("422 Unprocessable", b'{"detail": "bad"}', InvalidInputError, "run:\nbad"),
        (
            "422 Unprocessable",
            b'{"detail": [{"type": "t", "loc": ["body", "tags", 1], "msg": "odd"}], "body": {"tags": ["a", "b c"]}}',
            InvalidInputError,
            r"- tags\.1: odd \(given: 'b c'\)",
        ),
        ("409 Conflict", b'{"detail": "in progress"}', ServerRefusalError, "409: in progress"),
        ("500 Oops", b"<html>", ServerRefusalError, "answered with 500$"),
        ("200 OK", b"<html>", ServerRefusalError, "not JSON"),
    ],
)
def test_each_answer_has_its_error(status, body, kind, words):
    with RawServer(answering(answer(body, status))) as raw, pytest.raises(kind, match=words) as refused:
        asking(raw).post("runs", {"name": "x"})

    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)  # it may come from a worker
    assert str(refused.value) == refused.value.args[0]


def test_an_empty_answer_is_an_empty_object_and_a_bare_nan_is_read():
    with RawServer(answering(answer(b""), answer(b'{"x": NaN}'))) as raw:
        assert asking(raw).delete("tags/a") == {}
        assert np.isnan(asking(raw).get("x")["x"])


def test_a_question_is_repeated_while_the_server_is_busy_and_a_post_keeps_its_key():
    busy = answer(b"", "503 Busy")
    with RawServer(answering(busy, answer(b"", "502 Bad Gateway"), answer(b'{"id": "a"}'))) as raw:
        assert asking(raw).post("runs", {"name": "x"}) == {"id": "a"}

        keys = {line for request in raw.requests for line in request.split(b"\r\n") if b"Idempotency-Key" in line}
        assert len(raw.requests) == 3
        assert len(keys) == 1


def test_a_question_is_repeated_when_the_answer_is_lost():
    turns = iter([True, False])

    def behave(connection, _request):
        if next(turns):
            raise HangUp
        connection.sendall(answer(b'{"id": "a"}'))

    with RawServer(behave) as raw:
        assert asking(raw).put("runs/a", {"name": "x"}) == {"id": "a"}


def test_a_lost_answer_to_a_deletion_is_no_error():
    with RawServer(answering(answer(b"", "502 Bad"), answer(b'{"detail": "gone"}', "404 Not Found"))) as raw:
        assert asking(raw).delete("tags/a") == {}
        with pytest.raises(ServerRefusalError, match="gone"):
            asking(raw).delete("tags/a")


def test_a_repetition_waits_for_the_first_attempt():
    busy, under_way = answer(b"", "504 Slow"), answer(b'{"detail": "in progress"}', "409 Conflict")
    with RawServer(answering(busy, under_way, answer(b'{"id": "a"}'))) as raw:
        assert asking(raw).post("runs", {}) == {"id": "a"}


@pytest.mark.parametrize("identifier", ["", ".", "..", None, 3])
def test_an_identifier_cannot_lead_elsewhere(identifier):
    assert path_of("runs", "a/../b?c#d", "x") == "runs/a%2F..%2Fb%3Fc%23d/x"
    with pytest.raises(ValueError, match="identifier"):
        path_of("runs", identifier)


def test_five_attempts_are_enough():
    with RawServer(answering(answer(b'{"detail": "later"}', "504 Slow"))) as raw:
        with pytest.raises(ServerRefusalError, match="504: later"):
            asking(raw).get("runs")
        assert len(raw.requests) == 5

    gone = raw.url
    with pytest.raises(Unreachable):
        Api(HttpTransport(gone, Token(), environment={}), gone).get("runs")


def test_what_a_server_refuses_for_good_is_asked_once():
    with RawServer(answering(answer(b"", "429 Slow down"))) as raw:
        with pytest.raises(ServerRefusalError):
            asking(raw).get("runs")
        assert len(raw.requests) == 1


def test_an_answer_may_be_larger_than_one_to_the_sender():
    size = BODY_LIMIT + 1
    body = b'{"x": "' + b"y" * size + b'"}'
    with RawServer(answering(answer(body))) as raw:
        with pytest.raises(NoAnswer):
            asking(raw).get("x")
        large = Api(HttpTransport(raw.url, Token(), environment={}, body_limit=ANSWER_LIMIT), raw.url)

        assert len(large.get("x")["x"]) == size


def test_series_go_as_msgpack_with_arrays_and_nan(api):
    run = api.post("runs", {"folder": "/"})["id"]
    values = {"x": np.float64("nan"), "y": float("inf")}
    point = {"time": 0.5, "timestamp": "2026-01-01T00:00:00.000000", "step": 0, "values": values}
    api.post("metrics", {"run": run, "metrics": [point]}, msgpack=True)

    found = api.get("metrics", query={"runs": [run], "metrics": ["y"], "xaxis": "step", "aggregate": False})

    assert found[run]["y"][0]["value"] == float("inf")


@pytest.mark.parametrize("fields", [None, {"key": "a", "policy": "b"}], ids=["raw", "form"])
@pytest.mark.parametrize("source", ["bytes", "file", "link"])
def test_content_is_uploaded_without_the_token(tmp_path, fields, source):
    path = tmp_path / "content.txt"
    path.write_bytes(b"content")
    (tmp_path / "link").symlink_to(path)
    given = {"bytes": b"content", "file": path, "link": tmp_path / "link"}[source]
    with RawServer(answering(answer(b"", "204 No Content"))) as raw:
        asking(raw).upload(raw.url + "/signed", fields, given, "content.txt")

        request = raw.requests[0]
    assert request.startswith(b"POST" if fields else b"PUT")
    assert b"content" in request.partition(b"\r\n\r\n")[2]
    assert SECRET.encode() not in request


def test_a_storage_that_refuses_is_quoted_without_its_secrets():
    words = b"<Error><Message>The SHA256 did not match.</Message><StringToSign>hidden</StringToSign></Error>"
    with RawServer(answering(answer(words, "400 Bad"))) as raw, pytest.raises(RuntimeError) as refused:
        asking(raw).upload(raw.url + "/signed?X-Signature=hidden", None, b"x", "x")

    assert "The SHA256 did not match." in str(refused.value)
    assert "hidden" not in str(refused.value)


def test_a_download_is_written_piece_by_piece_and_starts_over(tmp_path):
    content = bytes(range(256)) * 40_000  # 10 MB, more than an answer may have
    torn = answer(content).replace(b"\r\n\r\n", b"\r\n\r\n", 1)[:-5_000_000]
    turns = iter([torn, answer(content)])

    def behave(connection, _request):
        piece = next(turns)
        connection.sendall(piece)
        if piece is torn:
            raise HangUp

    with RawServer(behave) as raw, (tmp_path / "content").open("w+b") as destination:
        destination.write(b"before")
        asking(raw).download(raw.url + "/signed", destination)

        assert SECRET.encode() not in b"".join(raw.requests)
    assert (tmp_path / "content").read_bytes() == b"before" + content


def test_a_download_may_take_longer_than_one_request(monkeypatch):
    monkeypatch.setattr(module, "_TIMEOUT", 0.8)
    pause = threading.Event()

    def behave(connection, _request):
        connection.sendall(answer(b"x" * 65536 * 6)[: -65536 * 6])
        for _ in range(6):
            connection.sendall(b"x" * 65536)
            pause.wait(0.25)

    with RawServer(behave) as raw:
        destination = io.BytesIO()
        asking(raw).download(raw.url + "/signed", destination)

    assert len(destination.getvalue()) == 65536 * 6


def test_a_download_that_stands_still_ends(monkeypatch):
    monkeypatch.setattr(module, "_TIMEOUT", 0.3)
    monkeypatch.setattr(module, "_PAUSES", ())
    release = threading.Event()

    def behave(connection, _request):
        connection.sendall(answer(b"x" * 200_000)[:-100_000])
        release.wait(5)

    with RawServer(behave) as raw:
        with pytest.raises(NoAnswer):
            asking(raw).download(raw.url + "/signed", io.BytesIO())
        release.set()


def test_a_download_that_is_refused_writes_nothing():
    destination = io.BytesIO()
    refusal = answer(b"<Error><Code>AccessDenied</Code></Error>", "403 No")
    with RawServer(answering(refusal)) as raw, pytest.raises(RuntimeError, match="storage answered with 403"):
        asking(raw).download(raw.url + "/signed", destination)

    assert destination.getvalue() == b""


def test_a_full_disk_is_no_failure_of_the_server():
    class Full(io.BytesIO):
        def write(self, _piece):
            raise OSError(errno.ENOSPC, "No space left on device")

    with RawServer(answering(answer(b"content"))) as raw:
        with pytest.raises(OSError, match="No space left") as refused:
            asking(raw).download(raw.url + "/signed", Full())

        assert refused.value.errno == errno.ENOSPC
        assert len(raw.requests) == 1

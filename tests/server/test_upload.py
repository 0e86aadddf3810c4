"""A file is streamed exactly as announced, raw or as a form, in constant memory."""

import email
import hashlib
import os
import tracemalloc

import pytest

from simvue.core.http import FileBody, Request, Response
from simvue.errors import NoAnswer
from simvue.server.session import HttpTransport
from simvue.server.upload import Upload
from tests.server.raw_server import RawServer, answer

FIELDS = (("key", "bucket/é"), ('policy"\r\nX: y', "line\r\nbreak"))


class Token:
    def reveal(self) -> str:
        return "canary-token-7f3a"


def upload(server: RawServer, body: FileBody, method: str = "PUT", timeout: float = 5) -> Response:
    with HttpTransport(server.url, Token(), environment={}) as transport:
        return transport(Request(method=method, path=f"{server.url}/bucket/key?sign=x", timeout=timeout, body=body))


def serving() -> RawServer:
    return RawServer(lambda connection, _: connection.sendall(answer(b"", "204 No Content")))


@pytest.fixture
def artifact(tmp_path):
    path = tmp_path / "result.bin"
    path.write_bytes(os.urandom(300_000))
    return path


def test_a_raw_upload_is_the_bytes_of_the_file(artifact):
    with serving() as server:
        found = upload(server, FileBody(path=str(artifact), size=300_000))

    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert found.status == 204
    assert b"Content-Length: 300000" in head
    assert b"content-type" not in head.lower()
    assert b"Authorization" not in head
    assert body == artifact.read_bytes()


def test_an_empty_file_has_a_length_and_is_not_chunked(tmp_path):
    empty = tmp_path / "empty"
    empty.touch()
    with serving() as server:
        upload(server, FileBody(path=str(empty), size=0))

    head = server.requests[0].lower()
    assert b"content-length: 0\r\n" in head
    assert b"transfer-encoding" not in head


@pytest.mark.parametrize("size", [0, 300_000])
def test_a_form_upload_has_its_fields_in_order_and_the_file_last(tmp_path, size):
    path = tmp_path / "file"
    path.write_bytes(b"\r\n--" * (size // 4))
    body = FileBody(path=str(path), size=size, fields=FIELDS, file_name='a"b.bin')
    with serving() as server:
        upload(server, body, "POST")

    head, _, content = server.requests[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    (kind,) = (line for line in lines if line.startswith(b"Content-Type: "))
    form = email.message_from_bytes(kind + b"\r\n\r\n" + content)
    parts = [part.get_payload(decode=True) for part in form.get_payload()]
    names = [part.get_param("name", header="content-disposition") for part in form.get_payload()]
    assert b"Content-Length: %d" % len(content) in lines
    assert names == ["key", "policy%22%0D%0AX: y", "file"]
    assert parts == ["bucket/é".encode(), b"line\r\nbreak", path.read_bytes()]
    assert form.get_payload()[2].get_filename() == "a%22b.bin"


def test_a_large_file_is_sent_in_constant_memory(tmp_path):
    size = 64 << 20
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(size)
    received = hashlib.sha256()
    counted = 0

    def behaviour(connection, _):
        nonlocal counted
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(1)
        while counted < size:
            piece = connection.recv(65536)
            received.update(piece)
            counted += len(piece)
        connection.sendall(answer())

    with RawServer(behaviour, reads=False) as server:
        tracemalloc.start()
        found = upload(server, FileBody(path=str(path), size=size), timeout=60)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert found.status == 200
    assert received.hexdigest() == hashlib.sha256(bytes(size)).hexdigest()
    assert peak < 4 << 20


def test_a_file_that_is_not_as_announced_is_not_sent(artifact, tmp_path):
    link, pipe = tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(artifact)
    os.mkfifo(pipe)
    bodies = {
        "it holds 300000 bytes where 299999 were announced": FileBody(path=str(artifact), size=299_999),
        "No such file": FileBody(path=str(tmp_path / "missing"), size=1),
        "symbolic link": FileBody(path=str(link), size=300_000),
        "not a regular file": FileBody(path=str(pipe), size=0),
        "Is a directory|not a regular file": FileBody(path=str(tmp_path), size=0),
    }
    with serving() as server:
        for problem, body in bodies.items():
            with pytest.raises(NoAnswer, match=problem):
                upload(server, body)

    assert server.requests == []


def test_a_file_that_shrinks_while_it_is_sent_ends_the_upload(artifact):
    with Upload(FileBody(path=str(artifact), size=300_000)) as body:
        body.read(100_000)
        os.truncate(artifact, 100_000)

        with pytest.raises(OSError, match="ended 200000 bytes early"):
            body.read(100_000)


def test_a_file_that_shrinks_under_way_is_no_answer_and_closes_the_connection(tmp_path):
    size = 32 << 20
    path = tmp_path / "shrinking"
    path.write_bytes(b"x" * size)

    def behaviour(connection, _):
        connection.recv(1000)
        os.truncate(path, 1000)
        while connection.recv(1 << 20):
            pass

    with RawServer(behaviour, reads=False) as server, pytest.raises(NoAnswer, match="bytes early"):
        upload(server, FileBody(path=str(path), size=size))


def test_a_file_that_grows_while_it_is_sent_is_cut_at_its_size(artifact):
    before = artifact.read_bytes()
    with Upload(FileBody(path=str(artifact), size=300_000)) as body:
        with artifact.open("ab") as file:
            file.write(b"more")

        sent = b"".join(iter(body.read, b""))

    assert sent == before

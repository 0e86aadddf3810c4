"""A server that does not prove who it is gets nothing, and the failure has its own name."""

import shutil
import ssl
import subprocess
import time
from pathlib import Path

import pytest

from simvue.core.http import Request
from simvue.errors import NoAnswer, TlsFailure, Unreachable
from simvue.server.session import HttpTransport
from tests.server.raw_server import HangUp, RawServer, answer, reset

if shutil.which("openssl") is None:
    pytest.skip("openssl makes the certificates of these tests", allow_module_level=True)

REQUEST = Request(method="POST", path="/runs", timeout=5, body=b"{}")


class Token:
    def reveal(self) -> str:
        return "canary-token-7f3a"


def make_certificate(folder: Path, name: str, subject: str, days: int = 2) -> Path:
    """Make a self-signed certificate and its key in one file; with negative days it has expired."""
    key, request, extensions, signed, both = (
        str(folder / f"{name}.{kind}") for kind in ("key", "csr", "ext", "crt", "pem")
    )
    Path(extensions).write_text(f"subjectAltName={subject}\n")
    ask = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    ask += ["-keyout", key, "-out", request, "-subj", "/CN=test"]
    sign = ["openssl", "x509", "-req", "-in", request, "-signkey", key, "-out", signed]
    sign += ["-days", str(days), "-extfile", extensions]
    for command in (ask, sign):
        subprocess.run(command, check=True, capture_output=True, timeout=30)
    Path(both).write_bytes(Path(key).read_bytes() + Path(signed).read_bytes())
    return Path(both)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("certificates")
    return {
        "good": make_certificate(folder, "good", "IP:127.0.0.1"),
        "other": make_certificate(folder, "other", "IP:127.0.0.1"),
        "wrong-host": make_certificate(folder, "wrong-host", "DNS:elsewhere.example"),
        "expired": make_certificate(folder, "expired", "IP:127.0.0.1", days=-1),
    }


def serving(certificate: Path) -> RawServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return RawServer(lambda connection, _: connection.sendall(answer()), context)


def transport(server: RawServer, certificate: Path | None = None) -> HttpTransport:
    trusted = None if certificate is None else str(certificate)
    return HttpTransport(server.url, Token(), server_certificate=trusted, environment={})


def test_a_server_with_a_trusted_certificate_is_answered(certificates):
    with serving(certificates["good"]) as server, transport(server, certificates["good"]) as send:
        found = send(REQUEST)

    assert found.status == 200
    assert b"Authorization: Bearer" in server.requests[0]


@pytest.mark.parametrize(
    ("served", "trusted", "verdict"),
    [
        ("good", None, "self-signed certificate"),
        ("good", "other", "self-signed certificate"),
        ("wrong-host", "wrong-host", "IP address mismatch"),
        ("expired", "expired", "certificate has expired"),
    ],
)
def test_an_unproven_server_is_a_tls_failure_and_hears_nothing(certificates, served, trusted, verdict):
    with (
        serving(certificates[served]) as server,
        transport(server, certificates.get(trusted)) as send,
        pytest.raises(TlsFailure, match=verdict) as caught,
    ):
        send(REQUEST)

    assert server.requests == []
    assert "server_ca_cert" in str(caught.value)


def test_the_variables_that_requests_obeys_change_no_trust(certificates, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates["good"]))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(certificates["good"]))
    with (
        serving(certificates["good"]) as server,
        HttpTransport(server.url, Token()) as send,
        pytest.raises(TlsFailure),
    ):
        send(REQUEST)


def test_the_storage_has_a_certificate_of_its_own(certificates):
    request = Request(method="PUT", path="", timeout=5, body=b"x")
    with serving(certificates["good"]) as server:
        upload = Request(method="PUT", path=f"{server.url}/bucket", timeout=5, body=b"x")
        trusted = str(certificates["good"])
        with HttpTransport(server.url, Token(), storage_certificate=trusted, environment={}) as send:
            found = send(upload)
            with pytest.raises(TlsFailure):
                send(request)

    assert found.status == 200


def test_a_plain_server_on_a_tls_address_is_a_tls_failure():
    with RawServer(lambda connection, _: connection.sendall(b"HTTP/1.1 400 Bad\r\n\r\n"), reads=False) as server:
        secure = server.url.replace("http://", "https://")
        with HttpTransport(secure, Token(), environment={}) as send, pytest.raises(TlsFailure):
            send(REQUEST)


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_an_unusable_ca_certificate_is_a_tls_failure(certificates, tmp_path, content):
    trusted = tmp_path / "ca.pem"
    if content is not None:
        trusted.write_text(content)
    with (
        serving(certificates["good"]) as server,
        transport(server, trusted) as send,
        pytest.raises(TlsFailure),
    ):
        send(REQUEST)


def hangs_up(connection, _):
    raise HangUp


def resets(connection, _):
    connection.recv(1)
    reset(connection)


@pytest.mark.parametrize("behaviour", [hangs_up, resets])
def test_a_handshake_that_breaks_off_is_unreachable_and_says_nothing_of_trust(behaviour):
    with RawServer(behaviour, reads=False) as server:
        secure = server.url.replace("http://", "https://")
        with HttpTransport(secure, Token(), environment={}) as send, pytest.raises(Unreachable) as caught:
            send(REQUEST)

    assert not isinstance(caught.value, TlsFailure)


def drips_a_handshake(connection, _):
    connection.sendall(b"\x16\x03\x03\x40\x00")
    for _piece in range(100):
        connection.sendall(b"\x02")
        time.sleep(0.1)


def test_a_handshake_that_drips_ends_in_time():
    started = time.monotonic()
    with RawServer(drips_a_handshake, reads=False) as server:
        secure = server.url.replace("http://", "https://")
        with (
            HttpTransport(secure, Token(), environment={}) as send,
            pytest.raises(Unreachable, match="within 4 s"),
        ):
            send(REQUEST)
    took = time.monotonic() - started

    assert 3.5 < took < 7


def test_an_answer_cut_off_under_tls_is_no_answer(certificates):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates["good"])

    def behaviour(connection, _):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}")
        raise HangUp

    with (
        RawServer(behaviour, context) as server,
        transport(server, certificates["good"]) as send,
        pytest.raises(NoAnswer),
    ):
        send(REQUEST)


def test_a_dripping_answer_under_tls_ends_in_time(certificates):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates["good"])

    def behaviour(connection, _):
        for byte in answer():
            connection.sendall(bytes([byte]))
            time.sleep(0.1)

    started = time.monotonic()
    with (
        RawServer(behaviour, context) as server,
        transport(server, certificates["good"]) as send,
        pytest.raises(NoAnswer, match=r"within 0\.6 s"),
    ):
        send(Request(method="POST", path="/runs", timeout=0.6))

    assert time.monotonic() - started < 3

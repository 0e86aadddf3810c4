"""Only the documented variables lead through a proxy, and a proxy never sees the token."""

import socket
import threading

import pytest

from simvue.core.http import Request
from simvue.errors import TlsFailure, Unreachable
from simvue.server.proxy import Proxy
from simvue.server.session import HttpTransport
from tests.server.raw_server import RawServer

PROXY = "http://proxy.example:3128"


class Token:
    def reveal(self) -> str:
        return "canary-token-7f3a"


@pytest.mark.parametrize(
    ("environment", "url", "expected"),
    [
        ({"HTTPS_PROXY": PROXY}, "https://app.simvue.io/api", PROXY),
        ({"https_proxy": PROXY, "HTTPS_PROXY": "http://other:1"}, "https://app.simvue.io/api", PROXY),
        ({}, "https://app.simvue.io/api", None),
        ({"HTTPS_PROXY": " "}, "https://app.simvue.io/api", None),
        ({"HTTP_PROXY": PROXY, "ALL_PROXY": PROXY}, "https://app.simvue.io/api", None),
        ({"HTTPS_PROXY": PROXY}, "http://app.simvue.io/api", None),
        ({"HTTPS_PROXY": PROXY}, "https://localhost/api", None),
        ({"HTTPS_PROXY": PROXY}, "https://127.0.0.1:8443/api", None),
        ({"HTTPS_PROXY": PROXY}, "https://[::1]/api", None),
    ],
)
def test_the_environment_chooses_the_proxy(environment, url, expected):
    assert Proxy.from_environment(environment).chosen_for(url) == expected


@pytest.mark.parametrize(
    ("exceptions", "host", "is_direct"),
    [
        ("*", "app.simvue.io", True),
        ("simvue.io", "simvue.io", True),
        ("simvue.io", "app.simvue.io", True),
        (".simvue.io", "app.simvue.io", True),
        ("*.simvue.io", "app.simvue.io", True),
        ("simvue.io", "notsimvue.io", False),
        ("other.example, APP.simvue.io ,", "app.simvue.io", True),
        ("app.simvue.io:443", "app.simvue.io", True),
        ("app.simvue.io:8443", "app.simvue.io", False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.0.0.0/8", "app.simvue.io", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("2001:db8::1", "[2001:db8::1]", True),
        ("[2001:db8::1]:443", "[2001:db8::1]", True),
        ("2001:db8::/32", "[2001:db8::1]", True),
        ("", "app.simvue.io", False),
        (".", "app.simvue.io", False),
        ("bad/range", "app.simvue.io", False),
    ],
)
def test_no_proxy_names_hosts_domains_ports_and_networks(exceptions, host, is_direct):
    proxy = Proxy.from_environment({"HTTPS_PROXY": PROXY, "NO_PROXY": exceptions})

    chosen = proxy.chosen_for(f"https://{host}/api")

    assert (chosen is None) == is_direct


def test_a_proxy_is_shown_without_its_password():
    proxy = Proxy.from_environment({"HTTPS_PROXY": "http://user:secret@proxy.example:3128"})

    assert "secret" not in repr(proxy)


def through(proxy: RawServer) -> HttpTransport:
    address = proxy.url.replace("//", "//user:secret@")
    return HttpTransport("https://simvue.invalid", Token(), environment={"HTTPS_PROXY": address})


def test_a_proxy_is_asked_for_a_tunnel_and_told_no_token():
    tunnelled = threading.Event()

    def behaviour(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        tunnelled.set()
        connection.recv(65536)  # the first words of TLS
        connection.sendall(b"not TLS at all")

    with RawServer(behaviour) as proxy, through(proxy) as transport, pytest.raises(TlsFailure):
        transport(Request(method="POST", path="/runs", timeout=5))

    assert tunnelled.is_set()
    assert proxy.requests[0].startswith(b"CONNECT simvue.invalid:443 HTTP/1")
    assert b"Proxy-Authorization: Basic" in proxy.requests[0]
    assert b"canary" not in b"".join(proxy.requests)


def test_a_proxy_that_refuses_means_that_nothing_was_sent():
    def behaviour(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    with (
        RawServer(behaviour) as proxy,
        through(proxy) as transport,
        pytest.raises(Unreachable, match="407") as caught,
    ):
        transport(Request(method="POST", path="/runs", timeout=5))

    assert not isinstance(caught.value, TlsFailure)
    assert "secret" not in str(caught.value)

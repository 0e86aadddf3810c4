"""Connections are kept for the next request of their thread and process, and for nobody else."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from simvue.core.http import Request
from simvue.errors import NoAnswer
from simvue.server.session import HttpTransport
from tests.server.raw_server import HangUp, RawServer, answer

ROOT = Path(__file__).parents[2]
OK = answer(b'{"id": "x"}')


class Token:
    def reveal(self) -> str:
        return "canary-token-7f3a"


def replies(data: bytes):
    return lambda connection, _request: connection.sendall(data)


def test_one_connection_serves_the_requests_of_a_thread():
    with RawServer(replies(OK)) as server, HttpTransport(server.url, Token(), environment={}) as transport:
        for _ in range(3):
            transport(Request(method="GET", path="/version", timeout=5))

        assert server.connections == 1


def test_threads_share_no_connection():
    arrived = threading.Barrier(2, timeout=5)

    def behaviour(connection, request):
        arrived.wait()
        connection.sendall(OK)

    with RawServer(behaviour) as server, HttpTransport(server.url, Token(), environment={}) as transport:
        request = Request(method="GET", path="/version", timeout=5)
        other = threading.Thread(target=transport, args=(request,))
        other.start()
        transport(request)
        other.join(5)

        assert server.connections == 2


def test_a_forked_child_opens_a_connection_of_its_own():
    script = """if True:
        import os, sys
        from simvue.core.http import Request
        from simvue.server.session import HttpTransport
        class Token:
            def reveal(self): return "t"
        transport = HttpTransport(sys.argv[1], Token(), environment={})
        request = Request(method="GET", path="/version", timeout=5)
        transport(request)
        if os.fork() == 0:
            transport(request)
            os._exit(0)
        os.wait()
        transport(request)
    """
    with RawServer(replies(OK)) as server:
        subprocess.run([sys.executable, "-c", script, server.url], check=True, cwd=ROOT, timeout=20)

        assert len(server.requests) == 3
        assert server.connections == 2


def test_a_failed_connection_is_not_used_again():
    seen = []

    def behaviour(connection, request):
        seen.append(request)
        if len(seen) == 1:
            connection.recv(1)  # until the client gives up
            raise HangUp
        connection.sendall(OK)

    with RawServer(behaviour) as server, HttpTransport(server.url, Token(), environment={}) as transport:
        with pytest.raises(NoAnswer):
            transport(Request(method="POST", path="/runs", timeout=0.3))
        found = transport(Request(method="POST", path="/runs", timeout=5))

        assert found.status == 200
        assert server.connections == 2


def test_a_request_can_be_made_while_the_interpreter_ends():
    program = (
        "import atexit, sys\n"
        "from simvue.core.http import Request\n"
        "from simvue.server.session import HttpTransport\n"
        "class Token:\n"
        "    def reveal(self): return 'a.b.c'\n"
        "transport = HttpTransport(sys.argv[1], Token(), environment={})\n"
        "atexit.register(lambda: print(transport(Request(method='GET', path='x', timeout=5)).status))\n"
    )
    with RawServer(lambda connection, _: connection.sendall(answer())) as server:
        done = subprocess.run([sys.executable, "-c", program, server.url], capture_output=True, text=True, check=False)

    assert (done.stdout.strip(), done.stderr) == ("200", "")

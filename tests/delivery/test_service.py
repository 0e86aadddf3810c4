"""The delivery of a program's own journals, in the program: against real servers, with faults, restarts and forks."""

import json
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from simvue.config import Token
from simvue.core.lease import LeasePolicy
from simvue.delivery.lease import Held, LeaseKeeper
from simvue.delivery.os_world import OsWorld
from simvue.delivery.service import ONLINE, Service
from simvue.errors import ConfigurationError, Unauthorised, Unreachable
from simvue.server.session import HttpTransport
from simvue_conformance.server.process import ServerProcess, running_server
from tests.delivery.client import Writer
from tests.delivery.online import check
from tests.sender.raw import answering, free_port
from tests.sender.site import CANARY, Server

POLICY = replace(ONLINE, longest_wait=0.5, abort_every=0.2)


@pytest.fixture(scope="module")
def process() -> Iterator[ServerProcess]:
    with running_server("--ephemeral", "--faults", "--token", CANARY) as found:
        yield found


@pytest.fixture
def server(process: ServerProcess) -> Iterator[Server]:
    found = Server(process)
    found.mark()
    yield found
    found.faults()


@dataclass
class Program:
    """A program with one online run."""

    cache: Path
    run: str
    url: str
    token: str = CANARY
    services: list[Service] = field(default_factory=list)

    @property
    def below(self) -> Path:
        return self.cache / "online" / self.run

    def writer(self, *, create: bool = True) -> Writer:
        return Writer(self.below, self.run, create=create)

    def service(self, policy: object = POLICY) -> Service:
        transport = HttpTransport(self.url, Token(self.token))
        service = Service(str(self.below), transport, self.url, policy)  # type: ignore[arg-type]
        self.services.append(service)
        return service


@contextmanager
def program(cache: Path, run: str, url: str, token: str = CANARY) -> Iterator[Program]:
    """Have a program whose services end with the test."""
    found = Program(cache, run, url, token)
    try:
        yield found
    finally:
        for service in found.services:
            service.stop(10)


@pytest.fixture
def online(server: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Program]:
    name = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)[-60:]
    with program(tmp_path, name, server.url) as found:
        yield found


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for something that happens soon."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def is_delivered(service: Service) -> bool:
    return service.wait_for(lambda: service.backlog().records == 0, 30)


@pytest.mark.requirement("PTH-002", "PTH-006", "PTH-009")
def test_what_is_written_reaches_the_server_and_leaves_an_ordinary_cache(online: Program, server: Server) -> None:
    writer, service = online.writer(), online.service()
    assert service.connect().keyed
    service.start()

    assert service.wait_for(lambda: "id" in service.facts(online.run), 20)
    for number in range(50):
        writer.step(number)
    assert service.backlog().records + service.backlog().bytes >= 0
    writer.end()
    assert is_delivered(service)
    service.stop(10)

    assert service.problem is None
    assert service.facts(online.run)["status"] == "completed"
    check(server, online.cache, online.run)
    assert not online.below.exists()
    assert len(list((online.cache / "delivered").glob("*.receipt.json"))) == 1


def test_a_run_that_waits_for_records_sends_many_in_one_request(online: Program, server: Server) -> None:
    writer, service = online.writer(), online.service()
    service.start()
    service.wait_for(lambda: "id" in service.facts(online.run), 20)
    server.mark()
    began = time.monotonic()

    for number in range(300):
        writer.step(number)
        service.wake()
        time.sleep(0.002)
    assert is_delivered(service)

    windows = (time.monotonic() - began) / POLICY.linger + 2
    assert len(server.requests("POST", "metrics")) <= windows


@pytest.mark.requirement("DLV-010", "DLV-011", "DLV-012", "DLV-034", "PTH-002")
def test_faults_of_the_server_lose_and_repeat_nothing(online: Program, server: Server) -> None:
    rules: list[dict[str, Any]] = [
        {"method": "POST", "path": "metrics", "status": 503},
        {"method": "POST", "path": "metrics", "drop": "after"},
        {"method": "POST", "path": "events", "apply_then_status": 500},
        {"method": "POST", "path": "metrics", "raw_body": True},
        {"method": "POST", "path": "^/api/runs$", "drop": "after"},
        {"method": "POST", "path": "events", "drop": "before"},
    ]
    server.faults(*rules)
    writer, service = online.writer(), online.service()
    service.start()

    for number in range(100):
        writer.step(number)
        time.sleep(0.01)
    writer.end()
    assert is_delivered(service)

    assert service.problem is None
    assert all(rule["fired"] for rule in json.loads(server.process.request("GET", "/faults")[2]))
    service.stop(10)
    check(server, online.cache, online.run)


@pytest.mark.requirement("DLV-034", "PTH-002")
def test_a_server_that_is_away_and_comes_back_gets_everything(tmp_path: Path) -> None:
    port, data = free_port(), tmp_path / "server"
    options = ("--data", str(data), "--port", str(port), "--faults", "--token", CANARY)
    with program(tmp_path / "cache", "restarted", f"http://127.0.0.1:{port}") as online:
        with running_server(*options) as first:
            writer, service = online.writer(), online.service()
            service.start()
            assert service.wait_for(lambda: "id" in service.facts("restarted"), 20)
            for number in range(40):
                writer.step(number)
            first.kill()
        for number in range(40, 80):
            writer.step(number)
        until(lambda: "cannot be reached" in (service.problem or ""))
        assert service.backlog().records > 0
        writer.end()
        with running_server(*options) as second:
            assert is_delivered(service)
            until(lambda: service.problem is None)
            service.stop(10)
            check(Server(second), tmp_path / "cache", "restarted")


@pytest.mark.requirement("DLV-032")
def test_a_token_that_is_refused_later_keeps_the_journal_and_is_said(tmp_path: Path) -> None:
    port = free_port()
    with program(tmp_path / "cache", "refused", f"http://127.0.0.1:{port}") as online:
        writer, service = online.writer(), online.service()
        with running_server("--ephemeral", "--port", str(port), "--token", CANARY):
            service.start()
            assert service.wait_for(lambda: "id" in service.facts("refused"), 20)
        with running_server("--ephemeral", "--port", str(port), "--token", "another.token.altogether"):
            writer.step(1)
            until(lambda: "check the token" in (service.problem or ""))

        assert service.backlog().records == 1
        assert service.backlog().dead_letters == 0


@pytest.mark.requirement("PTH-003")
def test_of_two_programs_on_one_cache_one_delivers_and_the_other_takes_over(online: Program, server: Server) -> None:
    writers = [online.writer(), online.writer(create=False)]
    services = [online.service(), online.service()]
    for service in services:
        service.start()
        assert service.wait_for(lambda service=service: "id" in service.facts(online.run), 20)  # type: ignore[misc]
    for number in range(20):
        for writer in writers:
            writer.step(1000 * writers.index(writer) + number)
    assert is_delivered(services[0])
    assert is_delivered(services[1]), "who does not deliver sees what the other did"

    writers[0].end()
    assert is_delivered(services[0])
    services[0].stop(10)
    writers[1].step(99)
    writers[1].end()
    assert is_delivered(services[1])
    services[1].stop(10)

    check(server, online.cache, online.run)


@pytest.mark.requirement("DLV-050", "DLV-051", "DLV-052")
def test_a_live_run_gives_signs_of_life_and_learns_of_its_abort(online: Program, server: Server) -> None:
    writer, service = online.writer(), online.service(replace(POLICY, heartbeat_every=0.1))
    service.start()
    assert service.wait_for(lambda: "id" in service.facts(online.run), 20)
    server.faults({"method": "POST", "path": "metrics", "delay": 2.0})
    writer.step(1)
    until(lambda: bool(server.requests("PUT", "heartbeat")))
    server.put(f"/api/runs/{service.facts(online.run)['id']}/abort", {"reason": "enough"})

    assert service.wait_for(lambda: service.facts(online.run).get("aborted") is True, 20)
    assert b'"abort":true' in (online.below / "control" / f"{online.run}.json").read_bytes()


def test_a_forked_child_neither_delivers_nor_waits_for_who_does(online: Program) -> None:
    writer, service = online.writer(), online.service()
    service.start()
    assert service.wait_for(lambda: "id" in service.facts(online.run), 20)
    for number in range(20):
        writer.step(number)
        child = os.fork()
        if child == 0:
            signal.alarm(10)
            service.wake()
            service.start()
            service.backlog()
            is_known = "id" in service.facts(online.run) and service.wait_for(lambda: True, 1)
            service.stop(5)
            os._exit(0 if is_known and not service.wait_for(lambda: False, 0.01) else 1)
        assert os.waitpid(child, 0)[1] == 0
    assert is_delivered(service)


def test_a_state_that_cannot_be_written_is_said_and_tried_again(online: Program, server: Server) -> None:
    writer, service = online.writer(), online.service()
    (online.below / "sender").write_text("no directory")
    service.start()

    until(lambda: "sender" in (service.problem or ""))
    (online.below / "sender").unlink()

    writer.step(1)
    assert is_delivered(service)
    until(lambda: service.problem is None)
    check(server, online.cache, online.run)


@pytest.mark.requirement("DLV-001")
def test_a_lease_that_is_lost_is_taken_again_when_it_is_free(online: Program, server: Server) -> None:
    writer, service = online.writer(), online.service()
    service.start()
    assert service.wait_for(lambda: "id" in service.facts(online.run), 20)
    thief = LeaseKeeper(OsWorld(), str(online.below), LeasePolicy(ttl=0.1, renewal=0.05, margin=0.01))
    until(lambda: isinstance(thief.acquire(), Held))
    writer.step(1)
    time.sleep(1.0)

    assert service.backlog().records > 0
    thief.release()
    assert is_delivered(service)
    check(server, online.cache, online.run)


def test_a_lease_that_could_not_be_given_back_does_not_shut_its_own_holder_out(online: Program, server: Server) -> None:
    writer, service = online.writer(), online.service()
    service.start()
    assert service.wait_for(lambda: "id" in service.facts(online.run), 20)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))  # no file can be opened, as when a program leaks them
    try:
        writer.step(1)
        until(lambda: service.problem is not None)
        time.sleep(0.5)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert service.wait_for(lambda: service.backlog().records == 0, 20), "it waits for a lease of its own"
    check(server, online.cache, online.run)


def test_passes_follow_each_other_without_leaving_files_behind(online: Program, server: Server) -> None:
    writer, service = online.writer(), online.service(replace(POLICY, seconds=0.5))
    service.start()

    for number in range(60):
        writer.step(number)
        time.sleep(0.05)
    assert is_delivered(service)

    assert len(list((online.below / "sender" / "state").iterdir())) == 1
    assert len(list((online.below / "sender" / "lease").iterdir())) > 3, "there was more than one pass"
    check(server, online.cache, online.run)


def test_a_request_that_hangs_does_not_keep_stop_from_returning(online: Program, server: Server) -> None:
    server.faults({"method": "POST", "path": "^/api/runs$", "delay": 3})
    online.writer()
    service = online.service()
    service.start()
    until(lambda: bool((online.below / "sender" / "state").exists()))
    time.sleep(0.3)

    began = time.monotonic()
    service.stop(0.5)

    assert time.monotonic() - began < 1.5


def test_connecting_says_what_is_wrong_with_the_server(tmp_path: Path, server: Server) -> None:
    def connect(url: str, token: str = CANARY) -> None:
        Service(str(tmp_path), HttpTransport(url, Token(token)), url).connect()

    with pytest.raises(Unauthorised):
        connect(server.url, "another.token.altogether")
    with pytest.raises(Unreachable):
        connect(f"http://127.0.0.1:{free_port()}")
    with answering("302 Found", "Location: http://elsewhere.example/") as (url, _), pytest.raises(ConfigurationError):
        connect(url)
    with answering("200 OK", body="<html>") as (url, _), pytest.raises(Unreachable):
        connect(url)

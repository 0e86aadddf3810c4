"""Senders that are killed, stopped and asked to end, at any moment: what follows finishes, and nothing comes twice."""

import random
import signal
import subprocess
import time

import pytest

from tests.sender.site import Journal, Server, Site

KILLS = 30
"""For each kind of server."""


def workload(site: Site, number: int) -> list[Journal]:
    """Two journals of one run and one of another, with every request that is not idempotent."""
    key = f"killed-{site.home.parent.name[-8:]}-{number}"
    first = site.journal(key).steps(3).say(f"a {number}").append({"kind": "metadata", "values": {"n": number}})
    first.steps(3, start=3).append({"kind": "tags", "add": ["x"]}).say(f"b {number}")
    second = site.journal(key, create=False).steps(4, start=10).say(f"c {number}")
    other = site.journal(f"{key}-other").steps(2).end()
    first.end()
    second.append({"kind": "end"})
    return [first, second, other]


def kill_at_random(site: Site, server: Server, seed: int) -> list[list[Journal]]:
    """Kill senders, each at a moment of its own, until enough of them died; return what was to be delivered."""
    chance, loads, deaths = random.Random(seed), [], 0
    server.faults({"path": "^/api", "delay": 0.03, "times": 0})
    for number in range(2 * KILLS):
        if number % 3 == 0:
            loads.append(workload(site, number))
        process = site.start(stderr=subprocess.DEVNULL)
        # Until it has the lease nothing can go wrong; from then on anything can, at any time.
        time.sleep(0.15 + chance.random() * 0.4)
        process.kill()
        process.communicate()
        deaths += process.returncode == -signal.SIGKILL
        if deaths == KILLS:
            server.faults()
            return loads
    raise AssertionError(f"only {deaths} of {2 * KILLS} senders were killed; the others were too fast")


@pytest.mark.requirement("DLV-010", "DLV-011", "DLV-012", "DLV-022")
def test_killed_senders_deliver_each_record_once_to_a_server_with_keys(ready: Site, server: Server) -> None:
    loads = kill_at_random(ready, server, seed=1)

    ready.until_delivered()

    for first, second, other in loads:
        server.holds(first, second)
        server.holds(other)
        assert server.run(first.run)["status"] == "completed"


@pytest.mark.requirement("DLV-023", "DLV-024", "DLV-025")
def test_killed_senders_deliver_each_record_once_to_a_server_without_keys(site: Site, keyless: Server) -> None:
    site.configure(keyless.url)
    loads = kill_at_random(site, keyless, seed=2)

    finish_without_waiting(site)

    for first, second, other in loads:
        keyless.holds(first, second)
        keyless.holds(other)


def finish_without_waiting(site: Site) -> None:
    """Make passes; what was sent is set back in time, so that the settle time need not be waited for."""
    for _ in range(12):
        site.send()
        if not any(site.journals.iterdir()):
            return
        for path in (site.cache / "sender" / "state").iterdir():
            path.write_text(path.read_text().replace('"at":"20', '"at":"19').replace('"until":', '"until":-'))
    raise AssertionError(site.log())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_a_sender_that_is_asked_to_end_finishes_its_requests_and_gives_the_lease_back(
    ready: Site, server: Server, number: signal.Signals
) -> None:
    journals = [ready.journal().steps(5).end() for _ in range(8)]
    server.faults({"method": "POST", "path": "^/api/runs$", "delay": 0.7, "times": 0})
    process = ready.start("--json")
    while not server.requests("GET", "version"):
        time.sleep(0.02)
    time.sleep(0.3)

    asked = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=20)

    assert time.monotonic() - asked < 3
    assert (process.returncode, err) == (10, "")
    assert f'"stopped":"{number.name}"' in out
    begun = server.requests("POST", "/runs")
    assert 0 < len(begun) <= 4
    server.faults()
    again = ready.send()
    assert again.exit == 0, "the lease was given back, so the next pass has it at once"
    for journal in journals:
        server.holds(journal)
    assert len(server.requests("POST", "/runs")) == 8, "no outcome was lost"


def test_a_sender_that_waits_for_a_run_ends_at_once(ready: Site, server: Server) -> None:
    ready.journal().steps(1)
    server.faults({"method": "POST", "path": "metrics", "status": 503, "retry_after": 20})
    process = ready.start()
    while not server.requests("POST", "metrics"):
        time.sleep(0.02)
    time.sleep(0.2)

    asked = time.monotonic()
    process.terminate()
    process.communicate()

    assert process.returncode == 10
    assert time.monotonic() - asked < 1.5


def test_a_sender_that_is_asked_twice_dies_at_once_and_loses_nothing(ready: Site, server: Server) -> None:
    journal = ready.journal().steps(5).end()
    server.faults({"method": "POST", "path": "metrics", "delay": 3})
    process = ready.start()
    while not server.requests("POST", "metrics") and process.poll() is None:
        time.sleep(0.02)
        if server.runs(journal.run):
            break
    time.sleep(0.3)

    process.terminate()
    time.sleep(0.3)
    process.terminate()
    process.communicate()

    assert process.returncode == -signal.SIGTERM
    server.faults()
    ready.until_delivered()
    server.holds(journal)


@pytest.mark.requirement("DLV-001", "DLV-004")
def test_of_two_senders_one_works_and_the_other_leaves_at_once(ready: Site, server: Server) -> None:
    journal = ready.journal().steps(5).end()
    server.faults({"path": "version", "delay": 3})
    first = ready.start()
    while not server.requests("GET", "version"):
        time.sleep(0.02)

    silent, told, machine = ready.send(), ready.send("--verbose"), ready.send("--json")
    first.communicate()

    assert [first.returncode, silent.exit, told.exit, machine.exit] == [0, 0, 0, 0]
    assert silent.out + silent.err == ""
    assert f"process {first.pid}" in told.err
    assert f"process {first.pid}" in machine.summary["busy"]
    assert silent.seconds < 2
    server.holds(journal)


@pytest.mark.requirement("DLV-002")
def test_many_senders_that_start_at_once_deliver_everything_once(ready: Site, server: Server) -> None:
    journals = []
    for _ in range(2):
        journals += [ready.journal().steps(5).say("x").end() for _ in range(4)]
        processes = [ready.start() for _ in range(6)]
        for process in processes:
            process.communicate()
        assert {process.returncode for process in processes} == {0}

    ready.until_delivered()
    for journal in journals:
        server.holds(journal)


@pytest.mark.requirement("DLV-003", "DLV-004")
def test_a_sender_that_is_stopped_keeps_the_lease_and_goes_on(ready: Site, server: Server) -> None:
    journal = ready.journal().steps(5).end()
    server.faults({"method": "POST", "path": "^/api/runs$", "delay": 1})
    first = ready.start()
    while not server.requests("GET", "version"):
        time.sleep(0.02)
    first.send_signal(signal.SIGSTOP)
    second = ready.send("--json")
    first.send_signal(signal.SIGCONT)
    first.communicate()

    assert str(first.pid) in second.summary["busy"]
    assert first.returncode == 0
    server.holds(journal)


@pytest.mark.requirement("DLV-003")
def test_the_lease_of_a_killed_sender_is_taken_over_at_once_on_the_same_host(ready: Site, server: Server) -> None:
    journal = ready.journal().steps(5).end()
    server.faults({"method": "POST", "path": "^/api/runs$", "delay": 1})
    first = ready.start()
    while not server.requests("GET", "version"):
        time.sleep(0.02)
    first.kill()
    first.communicate()

    result = ready.send()

    assert result.exit in {0, 10}
    ready.until_delivered()
    server.holds(journal)

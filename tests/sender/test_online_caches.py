"""Online runs and the sender: beside a live client, after a dead one, and whatever else lies in `online`."""

import random
import signal
import time

import orjson
import pytest

from tests.delivery.online import check, client, is_folded, written
from tests.sender.site import Server, Site

KILLS = 5


def until_folded(site: Site, run: str, most: int = 12) -> None:
    for _ in range(most):
        result = site.send()
        if is_folded(site, run):
            return
        assert result.exit in {0, 10}, result
    raise AssertionError(site.log())


@pytest.mark.requirement("PTH-001", "PTH-002", "PTH-004")
def test_what_killed_clients_left_is_finished_by_the_sender_each_record_once(ready: Site, server: Server) -> None:
    chance = random.Random(3)
    server.faults({"path": "^/api", "delay": 0.02, "times": 0})

    for _ in range(KILLS):
        process = client(ready, server, "killed", 10_000, 0.002)
        assert process.stdout is not None
        if chance.random() < 0.7:
            process.stdout.readline()
        else:
            time.sleep(chance.random() * 0.5)
        time.sleep(chance.random() * 0.5)
        process.kill()
        process.communicate()
        if server.runs("killed"):
            points, messages = written(ready.cache, "killed")
            assert not server.metrics("killed") - points, "nothing is sent that is not in a journal"
            assert not server.events("killed") - messages
    server.faults()
    for path in (ready.cache / "online" / "killed" / "journals").iterdir():
        end = {"kind": "end", "seq": path.read_bytes().count(b"\n"), "at": "2026-03-01T08:00:00Z"}
        with path.open("ab") as file:  # so that the sender need not wait for a day
            file.write(orjson.dumps(end) + b"\n")

    until_folded(ready, "killed")

    check(server, ready.cache, "killed")


@pytest.mark.requirement("PTH-003", "PTH-007")
def test_a_sender_beside_a_live_client_leaves_its_journal_alone_and_says_nothing(ready: Site, server: Server) -> None:
    process = client(ready, server, "live", 200, 0.01)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    results = []
    while process.poll() is None:
        results.append(ready.send())
    said, _ = process.communicate()

    assert said == "delivered\n"
    assert len(results) > 1
    for result in results:
        assert (result.exit, result.out, result.err) == (0, "", "")
    check(server, ready.cache, "live")
    assert server.run("live")["status"] == "completed"


@pytest.mark.requirement("PTH-008", "PTH-009")
def test_a_run_that_was_online_goes_on_from_the_main_cache_and_online_again(ready: Site, server: Server) -> None:
    assert client(ready, server, "again", 5, 0.01).communicate()[0].endswith("delivered\n")
    assert is_folded(ready, "again")
    first = server.run("again")["id"]
    ready.journal("again").steps(3).end()
    ready.until_delivered()
    assert client(ready, server, "again", 5, 0.01).communicate()[0].endswith("delivered\n")

    assert server.run("again")["id"] == first
    check(server, ready.cache, "again")


@pytest.mark.requirement("PTH-008")
def test_a_run_that_the_sender_has_claimed_comes_online_as_the_same_run(ready: Site, server: Server) -> None:
    offline = ready.journal("claimed").steps(3)
    server.faults({"method": "POST", "path": "^/api/runs$", "status": 503, "times": 2})
    ready.send("--max-seconds", "1")
    server.faults()
    process = client(ready, server, "claimed", 5, 0.01)
    time.sleep(1.0)
    offline.end()
    ready.until_delivered()

    assert process.communicate()[0].endswith("delivered\n")
    check(server, ready.cache, "claimed")


def test_a_run_on_another_server_is_left_alone_and_reported(ready: Site, server: Server) -> None:
    process = client(ready, server, "elsewhere", 10_000, 0.01)
    assert process.stdout is not None
    process.stdout.readline()
    control = ready.cache / "online" / "elsewhere" / "control" / "elsewhere.json"
    while not control.exists():
        time.sleep(0.01)
    process.kill()
    process.communicate()
    control.write_bytes(orjson.dumps(orjson.loads(control.read_bytes()) | {"server": "http://other.example"}))
    server.mark()

    result = ready.send()

    assert "online/elsewhere" in result.err
    assert "http://other.example" in result.err
    assert not server.requests("POST")


def test_dead_letters_of_an_online_run_are_listed_with_the_others(ready: Site, server: Server) -> None:
    process = client(ready, server, "refused", 10_000, 0.01)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (path,) = (ready.cache / "online" / "refused" / "journals").iterdir()
    with path.open("ab") as file:
        file.write(b"\nno record\n")

    sent = ready.send()
    listed = ready.send("dead", "list")
    dropped = ready.send("dead", "drop", path.stem)

    assert sent.exit == 20
    assert path.stem in listed.out
    assert dropped.out == "1 dead letter marked as seen to\n"
    assert ready.send("dead", "list").out == "no dead letters wait to be seen to\n"


def test_an_online_run_is_delivered_even_if_the_main_cache_has_nothing(ready: Site, server: Server) -> None:
    assert ready.send().exit == 0  # from now on, the shortcut of an idle cache is open
    process = client(ready, server, "idle", 10_000, 0.01)
    assert process.stdout is not None
    process.stdout.readline()
    while not written(ready.cache, "idle")[0]:
        time.sleep(0.01)
    process.kill()
    process.communicate()

    ready.send()

    check(server, ready.cache, "idle")

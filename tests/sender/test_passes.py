"""Passes over a cache, as cron makes them: what is delivered, in which order, and what it leaves."""

import hashlib
import json
import threading
import time
from itertools import pairwise

import pytest

from tests.sender.site import Server, Site


@pytest.mark.requirement("DLV-043", "DLV-061")
def test_a_journal_is_delivered_and_put_away_in_one_silent_pass(ready: Site, server: Server) -> None:
    journal = ready.journal().steps(100).say("begun").end()
    size = journal.path.stat().st_size

    result = ready.send()

    assert (result.exit, result.out, result.err) == (0, "", "")
    journal.events["begun"] = 1
    server.holds(journal)
    assert server.run(journal.run)["status"] == "completed"
    assert server.run(journal.run)["metadata"]["simvue"]["journal"] == journal.identity
    receipt = ready.receipt(journal)
    assert receipt["size"] == size == sum(receipt["bytes"].values())
    assert receipt["records"] == {"header": 1, "run": 1, "metrics": 100, "event": 1, "end": 1}
    assert receipt["server_id"] == server.run(journal.run)["id"]
    assert list(ready.journals.iterdir()) == []


def test_what_is_delivered_is_delivered_once_however_often_cron_calls(ready: Site, server: Server) -> None:
    journal = ready.journal().steps(50)

    for _ in range(3):
        assert ready.send().exit == 0

    server.holds(journal)
    assert len(server.requests("POST", "/metrics")) == 1


@pytest.mark.requirement("DLV-014", "DLV-015")
def test_more_records_than_a_batch_holds_arrive_in_order(ready: Site, server: Server) -> None:
    journal = ready.journal().steps(16_500).end()

    assert ready.send().exit == 0

    server.holds(journal)
    assert len(server.requests("POST", "/metrics")) >= 2
    run = server.run(journal.run)["id"]
    points = server.get(f'/metrics?runs=["{run}"]&metrics=["r"]&xaxis=timestamp&aggregate=False')[run]["r"]
    assert len(points) == 16_500


@pytest.mark.requirement("DLV-015", "DLV-016")
def test_the_requests_of_a_journal_are_in_its_order(ready: Site, server: Server) -> None:
    journal = ready.journal()
    for number in range(5):
        journal.append({"kind": "metadata", "values": {"last": number}})
        journal.say(f"event {number}")
    journal.end()

    assert ready.send().exit == 0

    changes = [row["path"] for row in server.requests("P") if "heartbeat" not in row["path"]]
    assert changes[0] == "/api/runs"
    assert server.run(journal.run)["metadata"]["last"] == 4
    server.holds(journal)


def test_journals_are_delivered_while_they_grow(ready: Site, server: Server) -> None:
    journal = ready.journal()
    over = threading.Event()

    def write() -> None:
        step = 0
        while not over.is_set():
            line = journal.line({"kind": "metrics", "step": step, "values": {"r": step}})
            with journal.path.open("ab", buffering=0) as file:
                file.write(line[: len(line) // 2])  # a reader may see half of a line at any time
                time.sleep(0.001)
                file.write(line[len(line) // 2 :])
            step += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        exits = {ready.send("--max-seconds", "1").exit for _ in range(3)}
        seen = sum(server.metrics(journal.run).values())
    finally:
        over.set()
        writer.join()
    journal.end()

    assert exits <= {0, 10}
    assert seen > 100
    ready.until_delivered()
    server.holds(journal)
    assert sum(ready.receipt(journal)["bytes"].values()) == ready.receipt(journal)["size"]


@pytest.mark.requirement("DLV-050", "DLV-051")
def test_a_run_has_one_heartbeat_for_each_pass_in_which_it_grew(ready: Site, server: Server) -> None:
    journal = ready.journal().steps(1)
    other = ready.journal(journal.run, create=False).steps(1, start=10)
    ready.send()
    counts = [len(server.requests("PUT", "heartbeat"))]

    for grow in (True, False, True):
        if grow:
            journal.steps(1)
            other.steps(1)
        ready.send()
        counts.append(len(server.requests("PUT", "heartbeat")))

    assert [later - earlier for earlier, later in pairwise(counts)] == [1, 0, 1]
    assert {row["status"] for row in server.requests("PUT", "heartbeat")} == {200}


@pytest.mark.requirement("DLV-050", "DLV-018")
def test_a_run_with_a_final_status_has_no_heartbeat_and_a_silent_one_stays_running(ready: Site, server: Server) -> None:
    journal = ready.journal().append({"kind": "status", "status": "failed"})
    silent = ready.journal().steps(1)
    ready.send()
    server.mark()

    journal.say("said after the end")
    ready.send()

    assert server.requests("PUT", "heartbeat") == []
    assert server.run(journal.run)["status"] == "failed"
    assert server.run(silent.run)["status"] == "running"
    server.holds(journal)


@pytest.mark.requirement("DLV-051")
def test_a_server_that_is_slow_with_heartbeats_does_not_hold_up_data(ready: Site, server: Server) -> None:
    journals = [ready.journal().steps(1) for _ in range(12)]
    ready.send()
    server.faults({"method": "PUT", "path": "heartbeat", "delay": 1.5, "times": 0})
    for journal in journals:
        journal.steps(5, start=1)

    process = ready.start()
    time.sleep(2.5)
    arrived = sum(server.metrics(journal.run) == journal.metrics for journal in journals)
    process.communicate()

    assert arrived == 12


@pytest.mark.requirement("DLV-052")
def test_an_abort_asked_for_at_the_server_is_handed_to_the_writers(ready: Site, server: Server) -> None:
    journal = ready.journal().steps(1)
    ready.send()
    control = ready.cache / "control" / f"{journal.run}.json"
    assert json.loads(control.read_text())["abort"] is False

    server.put(f"/api/runs/{server.run(journal.run)['id']}/abort", {"reason": "enough"})
    ready.send()

    assert json.loads(control.read_text())["abort"] is True


def is_completed(server: Server, key: str) -> bool:
    return any(row["status"] == "completed" for row in server.runs(key))


@pytest.mark.requirement("DLV-019", "DLV-034")
@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 429, "retry_after": 600},
        {"status": 404},
        {"status": 400},
        {"drop": "before"},
        {"delay": 8},
    ],
    ids=lambda fault: next(iter(fault)) + str(fault.get("status", "")),
)
def test_one_run_with_a_fault_delays_no_other(ready: Site, server: Server, fault: dict[str, object]) -> None:
    bad = ready.journal(name="a-bad-one").steps(5)
    ready.send()
    run = server.run(bad.run)["id"]
    bad.append({"kind": "metadata", "values": {"n": 1}}).end()
    good = [ready.journal().steps(20).end() for _ in range(5)]
    server.faults({"path": f"/runs/{run}", "times": 0, **fault})

    process = ready.start("--max-seconds", "2")
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and not all(is_completed(server, journal.run) for journal in good):
        time.sleep(0.1)
    in_time = [is_completed(server, journal.run) for journal in good]
    process.communicate(timeout=30)

    assert in_time == [True] * 5
    for journal in good:
        server.holds(journal)


def test_two_hundred_runs_go_over_several_connections(ready: Site, server: Server) -> None:
    journals = [ready.journal().steps(3).end() for _ in range(200)]
    server.faults({"method": "POST", "path": "^/api/runs$", "delay": 0.02, "times": 0})

    began = time.monotonic()
    result = ready.send()

    assert result.exit == 0
    assert all(server.run(journal.run)["status"] == "completed" for journal in journals[::20])
    assert len(list((ready.cache / "delivered").glob("*.receipt.json"))) == 200
    assert len(server.requests("POST", "/metrics")) == 200
    assert time.monotonic() - began < 40


@pytest.mark.requirement("DLV-038")
def test_a_thousand_tiny_journals_take_bounded_time(ready: Site, server: Server) -> None:
    for _ in range(1000):
        ready.journal(create=False)

    first, second = ready.summary(), ready.summary()

    assert first["journals"] == second["journals"] == 1000
    assert first["exit"] == second["exit"] == 0
    assert first["seconds"] < 15
    assert second["seconds"] < 5
    assert server.requests("POST") == []


@pytest.mark.requirement("DLV-017")
def test_a_run_without_a_run_record_is_created_with_defaults_after_its_time(site: Site, server: Server) -> None:
    site.configure(server.url, more="[sender]\nadopt_after_seconds = 1\n")
    journal = site.journal(create=False).steps(3)

    site.send()
    assert server.runs(journal.run) == []
    time.sleep(1.1)
    site.send()

    assert server.run(journal.run)["folder"] == "/"
    server.holds(journal)


@pytest.mark.requirement("DLV-020", "DLV-026")
def test_the_guarantee_in_force_is_said(site: Site, server: Server, keyless: Server) -> None:
    said = []
    for each in (server, keyless):
        site.configure(each.url)
        site.journal().end()
        said.append(site.summary()["guarantee"]["metrics"])

    assert [each.get("/version")["idempotency_key"] for each in (server, keyless)] == [True, False]
    assert said == ["exactly-once/keyed", "exactly-once/reconciled"]


@pytest.mark.requirement("DLV-033")
def test_a_run_that_the_server_has_lost_is_held_and_reported(ready: Site, server: Server) -> None:
    journal = ready.journal().steps(1)
    ready.send()
    server.process.request("DELETE", f"/api/runs/{server.run(journal.run)['id']}", server.process.authorization)
    journal.steps(5)

    result = ready.send()

    assert result.err.count("\n") == 1
    assert "does not know run" in result.err
    assert not (ready.cache / "sender" / "dead").exists()
    assert journal.path.exists()
    assert list(ready.journals.iterdir()) == [journal.path]


@pytest.mark.requirement("DLV-046", "DLV-070")
def test_an_artifact_goes_up_once_its_file_is_what_the_record_says(ready: Site, server: Server) -> None:
    data = b"temperature field"
    journal = ready.journal(cwd=str(ready.home))
    record = {"name": "field", "category": "output", "path": "field.dat", "size": len(data)}
    journal.append({"kind": "artifact", "sha256": hashlib.sha256(data).hexdigest(), **record}).say("later").end()
    uploaded = []
    for content in (None, b"temperature fielt", data):
        if content is not None:
            (ready.home / "field.dat").write_bytes(content)
        ready.send()
        found = server.get(f"/runs/{server.run(journal.run)['id']}/artifacts")
        uploaded.append([row["uploaded"] for row in found if row["uploaded"]])

    assert uploaded == [[], [], [True]]
    server.holds(journal)
    assert list(ready.journals.iterdir()) == []

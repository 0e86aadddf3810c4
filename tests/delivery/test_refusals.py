"""What a server refuses for good: it costs the records that it is about, and no others."""

import pytest

from simvue_sender.report import Exit
from tests.delivery.faulty import SERVERS, TARGETS, two_runs, undisturbed, workload
from tests.delivery.scenes import (
    Record,
    ask,
    events_of,
    finish,
    inject,
    journal,
    letters_of,
    lines,
    make_server,
    one_pass,
    put,
    requests_of,
    run_ids,
    series_of,
    state_of,
)
from tests.delivery.simulation import SimDisk


def bad_among(count: int, *bad: int) -> bytes:
    rows = [{"kind": "metrics", "values": {"bad!" if number in bad else "r": 1.0}} for number in range(count)]
    return journal("many-records", {"kind": "run"}, *rows, {"kind": "end", "status": "completed"})


@pytest.mark.requirement("DLV-019", "DLV-031", "DLV-040")
@SERVERS
def test_one_bad_record_among_many_is_found_by_halving(*, keyed: bool) -> None:
    disk, server = SimDisk(), make_server(keyed=keyed)
    put(disk, "a.jsonl", bad_among(256, 200))

    finish(disk, server)

    run = run_ids(server)["heat"]
    assert len(series_of(server, run)["r"]) == 255
    assert [(letter["by"], letter["line"]) for letter in letters_of(disk)] == [("server", 203)]
    assert "bad!" in letters_of(disk)[0]["reason"]
    assert len(requests_of(server, "POST", "/metrics")) == 1 + 2 * 8  # log2(256) times two halves


@pytest.mark.requirement("DLV-031")
def test_records_that_are_all_refused_become_dead_letters_one_by_one() -> None:
    disk, server = SimDisk(), make_server()
    put(disk, "a.jsonl", bad_among(5, *range(5)))

    finish(disk, server)

    assert [letter["line"] for letter in letters_of(disk)] == [3, 4, 5, 6, 7]
    assert ask(server, f"/runs/{run_ids(server)['heat']}")["status"] == "completed"


@pytest.mark.requirement("DLV-031")
@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_batch_that_is_refused_once_is_delivered_in_halves(status: int) -> None:
    disk, server = SimDisk(), make_server()
    workload(disk)
    inject(server, {"method": "POST", "path": "^/api/metrics$", "status": status})

    finish(disk, server)

    assert state_of(server) == undisturbed()[0]
    assert letters_of(disk) == []


@pytest.mark.requirement("DLV-032")
@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("target", ["run", "metrics", "update of the run", "look at the run"])
@SERVERS
def test_a_token_that_is_refused_stops_the_pass_and_costs_nothing(*, keyed: bool, status: int, target: str) -> None:
    disk = SimDisk()
    server = make_server(disk, keyed=keyed)
    workload(disk)
    method, path = TARGETS[target]
    inject(server, {"method": method, "path": path, "status": status, "times": 0})

    world, summary = one_pass(disk, server)
    server.request("DELETE", "/faults")
    seen = [name for name in world.effects if name.startswith(("POST", "PUT", "GET"))]
    finish(disk, server)

    assert summary is not None
    assert summary.exit is Exit.CONFIGURATION
    assert seen[-1].startswith(method)
    assert letters_of(disk) == []
    assert state_of(server) == undisturbed()[0]


@pytest.mark.requirement("DLV-037")
def test_a_redirection_is_a_wrong_configuration_and_not_followed() -> None:
    disk, server = SimDisk(), make_server()
    workload(disk)
    inject(server, {"method": "POST", "path": "^/api/runs$", "status": 307, "times": 0})

    _, summary = one_pass(disk, server)

    assert summary is not None
    assert summary.exit is Exit.CONFIGURATION
    assert "redirection" in summary.failure
    assert len(requests_of(server, "POST", "/runs")) == 1


@pytest.mark.requirement("DLV-019", "DLV-033")
@pytest.mark.parametrize("last", [0, 1, 2, 3])
@SERVERS
def test_a_run_that_was_deleted_is_held_and_the_others_go_on(*, keyed: bool, last: int) -> None:
    disk, server = SimDisk(), make_server(keyed=keyed)
    two_runs(disk)
    one_pass(disk, server)
    gone = run_ids(server)["first"]
    server.request("DELETE", f"/api/runs/{gone}", server.authorization)
    for name in ("first", "second"):
        path = f"/cache/journals/{name}.jsonl"
        more: list[Record] = [
            {"kind": "event", "message": "later"},
            {"kind": "metrics", "values": {"r": 0.5}},
            {"kind": "artifact", "name": "field", "category": "output", "path": "field.dat"},
            {"kind": "metadata", "values": {"a": 1}},
        ][: last + 1]
        disk.write("/data/field.dat", b"field", durable=True)
        disk.write(path, disk.files[path] + lines(f"{name}-journal", *more, first=4), durable=True)

    _, summary = one_pass(disk, server)
    one_pass(disk, server)

    assert summary is not None
    assert "run first" in summary.troubles
    assert gone in summary.troubles["run first"]
    assert letters_of(disk) == []
    assert len(events_of(server, run_ids(server)["second"])) == 2
    assert "/cache/journals/first.jsonl" in disk.files


@pytest.mark.requirement("DLV-033")
def test_a_run_that_is_back_is_delivered_on() -> None:
    disk, server = SimDisk(), make_server()
    two_runs(disk)
    one_pass(disk, server)
    path = "/cache/journals/first.jsonl"
    disk.write(
        path, disk.files[path] + lines("first-journal", {"kind": "event", "message": "y"}, first=4), durable=True
    )
    run = run_ids(server)["first"]
    inject(server, {"path": f"(/api/events|/api/runs/{run})$", "status": 404, "times": 2})
    _, hidden = one_pass(disk, server)

    _, later = one_pass(disk, server)

    assert hidden is not None
    assert later is not None
    assert "run first" in hidden.troubles
    assert "run first" not in later.troubles
    assert len(events_of(server, run)) == 2


@pytest.mark.requirement("DLV-033")
@pytest.mark.parametrize("path", ["metrics", "events", "folders"])
def test_a_server_that_has_no_such_address_makes_no_dead_letters(path: str) -> None:
    disk, server = SimDisk(), make_server()
    workload(disk)
    inject(server, {"method": "POST", "path": f"^/api/{path}$", "status": 404, "times": 0})
    _, summary = one_pass(disk, server)
    server.request("DELETE", "/faults")

    finish(disk, server)

    assert summary is not None
    assert f"POST /{path}" in summary.waiting["heat"]
    assert letters_of(disk) == []
    assert state_of(server) == undisturbed()[0]


@pytest.mark.requirement("DLV-068")
def test_a_record_that_names_what_the_server_does_not_have_is_a_dead_letter() -> None:
    disk, server = SimDisk(), make_server()
    rows: list[Record] = [
        {"kind": "run"},
        {"kind": "alert_state", "id": "nobody", "state": "ok"},
        {"kind": "alert_state", "id": "..", "state": "ok"},
        {"kind": "alert_state", "name": "unheard of", "state": "ok"},
        {"kind": "end"},
    ]
    put(disk, "a.jsonl", journal("no-such-alert", *rows))

    finish(disk, server)

    assert [letter["line"] for letter in letters_of(disk)] == [3, 4, 5]
    assert letters_of(disk)[2]["requirement"] == "DLV-077"


@pytest.mark.requirement("DLV-039")
@SERVERS
def test_a_run_record_that_is_refused_does_not_keep_the_run_from_being_created(*, keyed: bool) -> None:
    disk, server = SimDisk(), make_server(keyed=keyed)
    rows: list[Record] = [{"kind": "run", "name": "no!name"}, {"kind": "metrics", "values": {"r": 1.0}}]
    put(disk, "a.jsonl", journal("refused-run", *rows, {"kind": "end", "status": "failed"}))

    finish(disk, server)

    run = run_ids(server)["heat"]
    assert ask(server, f"/runs/{run}")["status"] == "failed"
    assert len(series_of(server, run)["r"]) == 1
    assert [letter["line"] for letter in letters_of(disk)] == [2]
    assert requests_of(server, "PUT", f"/runs/{run}") != []  # the end; the refused record is not tried as an update
    assert len(requests_of(server, "PUT", f"/runs/{run}")) == 1


def test_a_run_that_cannot_be_created_at_all_is_reported_and_tried_again() -> None:
    disk, server = SimDisk(), make_server()
    workload(disk)
    inject(server, {"method": "POST", "path": "^/api/runs$", "status": 422, "times": 0})
    _, summary = one_pass(disk, server)
    server.request("DELETE", "/faults")

    finish(disk, server)

    assert summary is not None
    assert "refuses to create the run" in summary.waiting["heat"]
    assert len(run_ids(server)) == 1

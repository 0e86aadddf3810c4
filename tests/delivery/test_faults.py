"""What a server or the network can do to a request, and the same records arrive, each once.

The rules are those of conformance/SERVER-HTTP.md, in a simulated world, so that hours of waiting pass at once.
"""

from functools import cache
from typing import Any

import ormsgpack
import pytest

from simvue.core.batching import Batch
from simvue.core.http import Request, Response
from simvue.errors import TlsFailure, Unreachable
from simvue_sender.report import Exit
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
    receipts,
    requests_of,
    run_ids,
    series_of,
    state_of,
)
from tests.delivery.simulation import Death, SimDisk, SimWorld

SERVERS = pytest.mark.parametrize("keyed", [True, False], ids=["keyed", "reconciled"])

TARGETS = {
    "run": ("POST", "^/api/runs$"),
    "folder": ("POST", "^/api/folders$"),
    "metrics": ("POST", "^/api/metrics$"),
    "events": ("POST", "^/api/events$"),
    "tensors": ("POST", "/metrics$"),
    "grid": ("POST", "^/api/grids$"),
    "update of the run": ("PUT", "^/api/runs/[^/]*$"),
    "alert": ("POST", "^/api/alerts$"),
    "state of the alert": ("PUT", "^/api/alerts/"),
    "artifact": ("POST", "^/api/artifacts$"),
    "upload": ("PUT", "^/storage/"),
    "artifact, uploaded": ("PUT", "^/api/artifacts/"),
    "artifact, attached": ("PUT", "/artifacts/"),
    "look at the run": ("GET", "^/api/runs/[^/]*$"),
}
FAULTS: dict[str, Record] = {
    "answer lost": {"drop": "after"},
    "request lost": {"drop": "before"},
    "500 after it was applied": {"apply_then_status": 500},
    "503": {"status": 503},
    "408": {"status": 408},
    "429 with Retry-After": {"status": 429, "retry_after": 7},
    "torn body": {"raw_body": True},
    "body of another kind": {"raw_body": "<html>welcome</html>"},
    "thrice": {"status": 502, "times": 3},
}


def killed_after(effect: str) -> Death:
    return Death(when="after", named=effect)


def killed_before(effect: str) -> Death:
    return Death(when="before", named=effect)


def workload(disk: SimDisk) -> None:
    rows: list[Record] = [
        {"kind": "run", "name": "heat 2d", "folder": "/heat", "tags": ["a"], "metadata": {"nx": 4}},
        *({"kind": "metrics", "values": {"r": 1.0 / step, "n": "NaN"}} for step in range(1, 8)),
        {"kind": "metrics", "values": {"r": 1.0, "x": -0.0}, "at": "2026-03-01T08:00:02Z"},
        {"kind": "metrics", "values": {"r": 1.0, "x": -0.0}, "at": "2026-03-01T08:00:02Z"},
        *({"kind": "event", "message": f"line {number % 2}"} for number in range(4)),
        {"kind": "event", "message": "same", "at": "2026-03-01T08:00:02Z"},
        {"kind": "event", "message": "same", "at": "2026-03-01T08:00:02Z"},
        {"kind": "tags", "add": ["b"]},
        {"kind": "alert", "name": "written", "source": "user"},
        {"kind": "alert_state", "name": "written", "state": "ok"},
        {"kind": "tensor", "metric": "T", "array": [[1.0, 2.0], [3.0, 4.0]], "step": 1},
        {"kind": "tensor", "metric": "T", "array": [[1.0, "NaN"], [3.0, 4.0]], "step": 2},
        {"kind": "artifact", "name": "field", "category": "output", "path": "field.dat"},
        {"kind": "end", "status": "completed", "records": 22},
    ]
    put(disk, "a.jsonl", journal("faulty-journal", *rows))
    disk.write("/data/field.dat", b"field", durable=True)


@cache
def undisturbed() -> tuple[Record, dict[str, Record]]:
    disk, server = SimDisk(), make_server()
    workload(disk)
    finish(disk, server)
    return state_of(server), receipts(disk)


@pytest.mark.requirement("DLV-022", "DLV-023", "DLV-030", "DLV-034", "DLV-036")
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("fault", FAULTS)
@SERVERS
def test_a_fault_that_passes_leaves_no_trace(*, keyed: bool, fault: str, target: str) -> None:
    disk = SimDisk()
    server = make_server(disk, keyed=keyed)
    workload(disk)
    method, path = TARGETS[target]
    inject(server, {"method": method, "path": path, **FAULTS[fault]})

    finish(disk, server)

    assert state_of(server) == undisturbed()[0]
    assert receipts(disk) == undisturbed()[1]


@pytest.mark.requirement("DLV-025")
@pytest.mark.parametrize("answer", [{}, {"status": 500}], ids=["no answer", "500"])
@pytest.mark.parametrize("target", ["metrics", "events", "tensors"])
def test_of_a_batch_that_arrived_in_part_only_the_rest_is_sent(target: str, answer: Record) -> None:
    disk = SimDisk()
    server = make_server(disk, keyed=False)
    workload(disk)
    method, path = TARGETS[target]
    inject(server, {"method": method, "path": path, "half": True, **answer})

    finish(disk, server)

    assert state_of(server) == undisturbed()[0]


@pytest.mark.requirement("DLV-025")
def test_what_is_missing_of_a_batch_is_missing_again_in_part() -> None:
    disk = SimDisk()
    server = make_server(disk, keyed=False)
    workload(disk)
    inject(server, {"method": "POST", "path": "^/api/metrics$", "half": True, "times": 3})

    finish(disk, server)

    assert state_of(server) == undisturbed()[0]


@pytest.mark.requirement("DLV-034")
@SERVERS
def test_an_outage_of_a_month_loses_nothing_and_ends_no_attempts(*, keyed: bool) -> None:
    disk = SimDisk()
    server = make_server(disk, keyed=keyed)
    workload(disk)
    inject(server, {"method": "POST", "path": "^/api/(metrics|events)$", "status": 503, "times": 0})

    for _ in range(200):
        one_pass(disk, server, pause=4 * 3600.0)
    server.request("DELETE", "/faults")
    finish(disk, server)

    assert state_of(server) == undisturbed()[0]


@pytest.mark.requirement("DLV-022", "DLV-023")
def test_a_key_that_the_server_has_forgotten_is_not_relied_on() -> None:
    disk = SimDisk()
    server = make_server(disk, window=3600)
    workload(disk)
    one_pass(disk, server, killed_after("POST /metrics"), pause=2 * 3600.0)

    finish(disk, server)

    assert state_of(server) == undisturbed()[0]
    assert len(requests_of(server, "POST", "/metrics")) == 1  # it was found, and not sent again


@pytest.mark.requirement("DLV-024")
def test_absence_is_not_believed_before_the_server_has_settled() -> None:
    disk = SimDisk()
    server = make_server(disk, keyed=False)
    workload(disk)
    inject(server, {"method": "POST", "path": "^/api/metrics$", "drop": "before"})

    one_pass(disk, server, pause=1.0)
    one_pass(disk, server, pause=1.0)
    early = len(requests_of(server, "POST", "/metrics"))
    finish(disk, server)

    assert early == 1
    looks = [row for row in requests_of(server, "GET", "/metrics") if "%22r%22" in row["query"]]
    assert len(looks) >= 3
    assert state_of(server) == undisturbed()[0]


@pytest.mark.requirement("DLV-024")
def test_a_look_that_lags_behind_duplicates_nothing() -> None:
    """The records show half a minute after they were sent, as in a server that indexes at leisure."""
    disk = SimDisk()
    server = make_server(disk, keyed=False)
    workload(disk)
    inject(server, {"method": "POST", "path": "^/api/metrics$", "drop": "after"})

    def lag(world: SimWorld) -> None:
        def intercept(request: Request) -> Response | None:
            if request.method == "GET" and request.path == "/metrics" and disk.clock < 30.0:
                return Response(status=200, body=b"{}")
            return None

        world.intercept = intercept

    for _ in range(6):
        one_pass(disk, server, change=lag, pause=10.0)
    finish(disk, server)

    assert state_of(server) == undisturbed()[0]


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


@pytest.mark.requirement("DLV-021")
def test_a_request_that_is_in_progress_is_waited_for() -> None:
    disk, server = SimDisk(), make_server()
    workload(disk)
    busy = {"status": 409, "body": {"detail": "in progress"}}
    inject(server, *({"method": "POST", "path": path, **busy} for path in ("^/api/folders$", "^/api/metrics$")))

    finish(disk, server)

    assert state_of(server) == undisturbed()[0]
    assert letters_of(disk) == []


def two_runs(disk: SimDisk) -> None:
    for name, key in (("first-journal", "first"), ("second-journal", "second")):
        rows: list[Record] = [{"kind": "run"}, {"kind": "metrics", "values": {"r": 1.0}}]
        put(disk, f"{key}.jsonl", journal(name, *rows, {"kind": "event", "message": "x"}, run=key))


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


def failing(error: Exception, path: str, times: int) -> Any:
    """Return a change to a world that makes requests to a path fail so many times."""

    def change(world: SimWorld) -> None:
        left = [times]

        def intercept(request: Request) -> Response | None:
            if path in request.path and left[0]:
                left[0] -= 1
                raise error
            return None

        world.intercept = intercept

    return change


@pytest.mark.requirement("DLV-034")
@SERVERS
def test_one_lost_connection_does_not_end_the_pass(*, keyed: bool) -> None:
    disk, server = SimDisk(), make_server(keyed=keyed)
    workload(disk)

    _, summary = one_pass(disk, server, change=failing(Unreachable("refused"), "/metrics", 1))

    assert summary is not None
    assert summary.exit is Exit.DONE
    assert state_of(server) == undisturbed()[0]


@pytest.mark.requirement("DLV-038")
def test_a_server_that_is_gone_ends_the_pass_soon() -> None:
    disk, server = SimDisk(), make_server()
    workload(disk)

    _, summary = one_pass(disk, server, change=failing(Unreachable("refused"), "/metrics", 99))

    assert summary is not None
    assert summary.exit is Exit.UNREACHABLE
    assert summary.seconds < 10.0


@pytest.mark.requirement("DLV-019")
def test_a_storage_that_cannot_be_reached_does_not_end_the_pass() -> None:
    disk, server = SimDisk(), make_server()
    workload(disk)
    put(disk, "b.jsonl", journal("other-journal", {"kind": "run"}, {"kind": "end"}, run="other"))

    _, summary = one_pass(disk, server, change=failing(TlsFailure("who is it"), "/storage/", 99))
    delivered = set(run_ids(server))
    finish(disk, server)

    assert summary is not None
    assert "who is it" in summary.waiting["heat"]
    assert delivered == {"heat", "other"}
    assert letters_of(disk) == []


@pytest.mark.requirement("DLV-032", "DLV-070")
@pytest.mark.parametrize("status", [302, 400, 401, 403, 404])
@SERVERS
def test_an_upload_that_the_storage_refuses_gets_a_new_address(*, keyed: bool, status: int) -> None:
    """An address that was signed an hour ago is refused by a storage, and a known key would give the same one again."""
    disk, server = SimDisk(), make_server(keyed=keyed)
    workload(disk)
    inject(server, {"method": "PUT", "path": "^/storage/", "status": status, "times": 2})

    _, summary = one_pass(disk, server)
    first = state_of(server)
    finish(disk, server)

    assert summary is not None
    assert summary.exit is Exit.DONE
    assert first["run"] == undisturbed()[0]["run"]  # later records did not wait
    assert first["artifacts"] == []
    assert state_of(server) == undisturbed()[0]
    uploads = [row["path"] for row in requests_of(server, "PUT") if row["path"].startswith("/storage/")]
    assert len(set(uploads)) == 3


@pytest.mark.requirement("DLV-050", "DLV-051", "DLV-052")
@pytest.mark.parametrize("answer", [401, 403, 404, 409, 422, 500, 503, "drop", "torn"])
def test_signs_of_life_that_fail_disturb_nothing(answer: int | str) -> None:
    disk, server = SimDisk(), make_server()
    data = journal("live-journal", {"kind": "run"}, {"kind": "metrics", "values": {"r": 1.0}})
    put(disk, "a.jsonl", data)
    one_pass(disk, server)
    put(disk, "a.jsonl", data + lines("live-journal", {"kind": "metrics", "values": {"r": 2.0}}, first=3))
    rules: dict[Any, Record] = {"drop": {"drop": "after"}, "torn": {"raw_body": True}}
    rule = rules.get(answer, {"status": answer})
    inject(server, *({"path": f"/{sign}$", "times": 0, **rule} for sign in ("heartbeat", "abort")))

    _, summary = one_pass(disk, server)

    assert summary is not None
    assert summary.exit is Exit.DONE
    assert len(series_of(server, run_ids(server)["heat"])["r"]) == 2


def test_a_sign_of_life_that_finds_no_connection_does_not_end_the_pass() -> None:
    disk, server = SimDisk(), make_server()
    data = journal("live-journal", {"kind": "run"})
    put(disk, "a.jsonl", data)
    one_pass(disk, server)
    put(disk, "a.jsonl", data + lines("live-journal", {"kind": "metrics", "values": {"r": 2.0}}, first=2))

    _, summary = one_pass(disk, server, change=failing(Unreachable("refused"), "/heartbeat", 1))

    assert summary is not None
    assert summary.exit is Exit.DONE
    assert len(series_of(server, run_ids(server)["heat"])["r"]) == 1


@pytest.mark.requirement("DLV-019", "DLV-034")
def test_a_run_that_the_server_cannot_take_does_not_delay_the_others() -> None:
    disk, server = SimDisk(), make_server()
    two_runs(disk)
    one_pass(disk, server)
    bad = run_ids(server)["first"]
    for name in ("first", "second"):
        path = f"/cache/journals/{name}.jsonl"
        disk.write(
            path,
            disk.files[path] + lines(f"{name}-journal", {"kind": "metadata", "values": {"b": 2}}, first=4),
            durable=True,
        )
    inject(server, {"method": "PUT", "path": f"^/api/runs/{bad}$", "status": 500, "times": 0})

    _, summary = one_pass(disk, server)

    assert summary is not None
    assert list(summary.waiting) == ["first"]
    assert ask(server, f"/runs/{run_ids(server)['second']}")["metadata"]["b"] == 2


def test_a_request_in_doubt_stays_in_doubt_when_the_next_attempt_is_turned_away() -> None:
    """Killed after the request, then 429 until the server has forgotten the key: its age counts from the first."""
    disk = SimDisk()
    server = make_server(disk, window=3600)
    workload(disk)
    one_pass(disk, server, killed_after("POST /metrics"), pause=1800.0)
    inject(server, {"method": "POST", "path": "^/api/metrics$", "status": 429, "times": 0, "retry_after": 900})
    one_pass(disk, server, pause=3000.0)
    server.request("DELETE", "/faults")

    finish(disk, server)

    assert state_of(server) == undisturbed()[0]


def test_bytes_that_another_version_makes_of_a_record_do_not_duplicate_it(monkeypatch: pytest.MonkeyPatch) -> None:
    disk = SimDisk()
    server = make_server(disk)
    workload(disk)
    with monkeypatch.context() as older:
        older.setattr("simvue.core.batching.Batch.body", older_body)
        one_pass(disk, server, killed_after("POST /metrics"))
    one_pass(disk, server, killed_before("POST /events"))

    finish(disk, server)

    assert state_of(server) == undisturbed()[0]


@SERVERS
def test_bytes_of_another_version_that_never_arrived_are_sent_once(
    monkeypatch: pytest.MonkeyPatch, *, keyed: bool
) -> None:
    """The second version is killed as well: what it sent is told apart from what the first had sent."""
    disk = SimDisk()
    server = make_server(disk, keyed=keyed)
    workload(disk)
    with monkeypatch.context() as older:
        older.setattr("simvue.core.batching.Batch.body", older_body)
        one_pass(disk, server, killed_before("POST /metrics"))
    one_pass(disk, server, killed_after("POST /metrics"))

    finish(disk, server)

    assert state_of(server) == undisturbed()[0]


def older_body(self: Batch, run_id: str, _grids: Any) -> bytes:
    """The same records with members in another order: other bytes, the same meaning."""
    return ormsgpack.packb({str(self.series): [item.payload for item in self.items], "run": run_id})

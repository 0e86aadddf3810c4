"""What a server or the network can do to a request, and the same records arrive, each once.

The rules are those of conformance/SERVER-HTTP.md, in a simulated world, so that hours of waiting pass at once.
"""

from typing import Any

import ormsgpack
import pytest

from simvue.core.batching import Batch
from simvue.core.http import Request, Response
from simvue.errors import TlsFailure, Unreachable
from simvue_sender.report import Exit
from tests.delivery.faulty import SERVERS, TARGETS, two_runs, undisturbed, workload
from tests.delivery.scenes import (
    Record,
    ask,
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


@pytest.mark.requirement("DLV-021")
def test_a_request_that_is_in_progress_is_waited_for() -> None:
    disk, server = SimDisk(), make_server()
    workload(disk)
    busy = {"status": 409, "body": {"detail": "in progress"}}
    inject(server, *({"method": "POST", "path": path, **busy} for path in ("^/api/folders$", "^/api/metrics$")))

    finish(disk, server)

    assert state_of(server) == undisturbed()[0]
    assert letters_of(disk) == []


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

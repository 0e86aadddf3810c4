"""What a sender makes of a run: several journals, one run, its status last, its signs of life."""

from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from simvue.core.reading import Checker
from simvue.core.records import Problem
from simvue_conformance.server.local import LocalServer
from simvue_sender.report import Exit
from tests.delivery.scenes import (
    CHECKER,
    Record,
    ask,
    finish,
    grow,
    inject,
    is_there,
    journal,
    letters_of,
    lines,
    make_server,
    one_pass,
    put,
    requests_of,
    run_ids,
    series_of,
)
from tests.delivery.simulation import Death, SimDisk, SimWorld

SERVERS = pytest.mark.parametrize("keyed", [True, False], ids=["keyed", "reconciled"])
RUN: Record = {"kind": "run"}
METRICS: Record = {"kind": "metrics", "values": {"r": 1.0}}


def the_run(server: LocalServer, name: str = "heat") -> Record:
    found: Record = ask(server, f"/runs/{run_ids(server)[name]}")
    return found


def changes(server: LocalServer) -> list[str]:
    """Return the paths of all PUT and POST requests in order."""
    return [row["path"].removeprefix("/api") for row in requests_of(server) if row["method"] in {"PUT", "POST"}]


@pytest.mark.requirement("DLV-016", "DLV-060", "DLV-061")
def test_the_run_is_created_before_anything_else_of_it() -> None:
    disk, server = SimDisk(), make_server()
    rows: list[Record] = [METRICS, {"kind": "tags", "set": ["early"]}, {"kind": "run", "metadata": {"a": 1}}]
    put(disk, "a.jsonl", journal("run-comes-late", *rows, {"kind": "end", "records": 4}))

    finish(disk, server)

    assert changes(server)[0] == "/runs"
    assert the_run(server)["metadata"] == {"a": 1, "simvue": {"journal": "run-comes-late", "run": "heat"}}
    assert the_run(server)["tags"] == ["early"]
    assert the_run(server)["name"] not in ("", "heat")  # its record has no name: the server gave it one


@pytest.mark.requirement("DLV-017")
def test_a_run_that_nobody_describes_is_created_with_defaults_after_ten_minutes() -> None:
    disk, server = SimDisk(), make_server()
    put(disk, "a.jsonl", journal("naive-writer", METRICS))
    for _ in range(10):
        one_pass(disk, server, pause=59.0)
    early = run_ids(server)

    one_pass(disk, server)
    one_pass(disk, server)

    assert early == {}
    run = the_run(server)
    assert (run["name"], run["folder"], run["status"]) == ("heat", "/", "running")
    assert run["started"] == "2026-03-01T08:00:00.001245"
    assert len(series_of(server, run["id"])["r"]) == 1


@pytest.mark.requirement("DLV-017", "DLV-062")
def test_a_run_record_that_comes_after_the_defaults_updates_the_run() -> None:
    disk, server = SimDisk(), make_server()
    put(disk, "a.jsonl", journal("late-describer", METRICS))
    for _ in range(3):
        one_pass(disk, server, pause=600.0)

    described: Record = {"kind": "run", "name": "at last", "folder": "/there", "metadata": {"b": 2}}
    grow(disk, "a.jsonl", lines("late-describer", described, first=2))
    one_pass(disk, server)

    run = the_run(server)
    assert (run["name"], run["folder"], run["metadata"]["b"], run["status"]) == ("at last", "/there", 2, "running")
    assert len(requests_of(server, "POST", "/runs")) == 1


def test_records_belong_to_a_run_that_the_server_has() -> None:
    disk, server = SimDisk(), make_server()
    body = orjson.dumps({"name": "there already", "folder": "/"})
    _, _, answer = server.request("POST", "/api/runs", server.authorization, body)
    identifier = orjson.loads(answer)["id"]
    attach: Record = {"kind": "run", "server_id": identifier, "tags": ["more"]}
    put(disk, "a.jsonl", journal("attaches-itself", attach, METRICS, {"kind": "end", "status": "completed"}))

    finish(disk, server)

    run = the_run(server, "there already")
    assert (run["tags"], run["status"]) == (["more"], "completed")
    assert len(series_of(server, identifier)["r"]) == 1
    assert len(run_ids(server)) == 1


@pytest.mark.requirement("DLV-033")
def test_a_run_to_attach_to_that_the_server_does_not_have_is_reported() -> None:
    disk, server = SimDisk(), make_server()
    attach: Record = {"kind": "run", "server_id": "nobody", "tags": ["more"]}
    put(disk, "a.jsonl", journal("attaches-itself", attach, METRICS))

    _, summary = one_pass(disk, server)

    assert summary is not None
    assert "run heat" in summary.troubles
    assert letters_of(disk) == []


@pytest.mark.requirement("DLV-073", "RDR-043")
@pytest.mark.parametrize("file", ["a.jsonl", "z.jsonl"])
def test_the_final_status_follows_what_all_ranks_have_said(file: str) -> None:
    disk, server = SimDisk(), make_server()
    put(disk, file, journal("aaaa-rank-0", RUN, METRICS, {"kind": "end", "status": "completed", "records": 3}))
    for rank in range(1, 4):
        put(disk, f"m{rank}.jsonl", journal(f"mmmm-rank-{rank}", METRICS, {"kind": "event", "message": "x"}))

    one_pass(disk, server)

    run = the_run(server)
    assert run["status"] == "completed"
    assert len(series_of(server, run["id"])["r"]) == 4
    assert changes(server)[-1] == f"/runs/{run['id']}"
    assert changes(server).count(f"/runs/{run['id']}") == 1


@pytest.mark.requirement("DLV-072")
def test_the_end_of_a_journal_without_a_run_record_says_nothing_about_the_run() -> None:
    disk, server = SimDisk(), make_server()
    put(disk, "a.jsonl", journal("aaaa-rank-0", RUN, METRICS))
    put(disk, "b.jsonl", journal("bbbb-rank-1", METRICS, {"kind": "end", "status": "failed", "records": 2}))

    one_pass(disk, server)

    assert the_run(server)["status"] == "running"


@pytest.mark.requirement("DLV-072")
def test_a_journal_repeats_its_end_unless_it_has_set_that_status_itself() -> None:
    disk, server = SimDisk(), make_server()
    end: Record = {"kind": "end", "status": "completed"}
    put(disk, "a.jsonl", journal("aaaa-first", RUN, end))
    one_pass(disk, server)
    put(disk, "b.jsonl", journal("bbbb-restart", {"kind": "run", "status": "running"}, METRICS, METRICS, end))

    one_pass(disk, server)

    assert the_run(server)["status"] == "completed"
    assert the_run(server)["endtime"].startswith("2026-03-01T08:00:04")


@pytest.mark.requirement("DLV-015", "RDR-020", "RDR-040", "JRN-034")
def test_a_journal_that_continues_another_comes_after_it_and_ends_it() -> None:
    disk, server = SimDisk(), make_server()
    first = journal("zzzz-first", RUN, {"kind": "metadata", "values": {"a": 1, "b": 1}})
    second = journal("aaaa-second", {"kind": "metadata", "values": {"b": 2}}, continues={"journal": "zzzz-first"})
    later = second.replace(b"T08:00:", b"T08:30:")
    put(disk, "z.jsonl", first[:-1])
    put(disk, "a.jsonl", later)

    one_pass(disk, server)
    one_pass(disk, server)

    assert the_run(server)["metadata"]["b"] == 2
    assert not is_there(disk, "z.jsonl")
    assert is_there(disk, "a.jsonl")


@pytest.mark.requirement("DLV-061")
@SERVERS
def test_a_creation_that_was_begun_is_finished_from_the_same_journal(*, keyed: bool) -> None:
    """A rank whose journal becomes visible later, with an earlier time, does not make a second run."""
    disk = SimDisk()
    server = make_server(disk, keyed=keyed)
    put(disk, "m.jsonl", journal("mmmm-rank-1", {"kind": "run", "metadata": {"rank": 1}}, METRICS))
    one_pass(disk, server, Death(when="after", named="POST /runs"))
    put(disk, "a.jsonl", journal("aaaa-rank-0", {"kind": "run", "tags": ["zero"]}, METRICS))

    for _ in range(4):
        one_pass(disk, server)

    run = the_run(server)
    assert run["metadata"]["simvue"]["journal"] == "mmmm-rank-1"
    assert run["tags"] == ["zero"]
    assert len(series_of(server, run["id"])["r"]) == 2


@pytest.mark.requirement("DLV-017", "DLV-061")
@SERVERS
def test_a_default_run_that_was_begun_is_finished_from_the_same_journal(*, keyed: bool) -> None:
    disk = SimDisk()
    server = make_server(disk, keyed=keyed)
    put(disk, "m.jsonl", journal("mmmm-rank-1", METRICS))
    one_pass(disk, server, pause=700.0)
    one_pass(disk, server, Death(when="after", named="POST /runs"))
    put(disk, "a.jsonl", journal("aaaa-rank-0", {"kind": "run", "tags": ["zero"]}, METRICS))

    for _ in range(4):
        one_pass(disk, server)

    run = the_run(server)
    assert run["metadata"]["simvue"]["journal"] == "mmmm-rank-1"
    assert run["tags"] == ["zero"]


@SERVERS
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_creation_in_doubt_whose_journal_cannot_be_read_any_more_is_looked_up(when: str, *, keyed: bool) -> None:
    disk = SimDisk()
    server = make_server(disk, keyed=keyed)
    put(disk, "m.jsonl", journal("mmmm-rank-1", RUN, METRICS))
    one_pass(disk, server, Death(when=when, named="POST /runs"))
    put(disk, "a.jsonl", journal("aaaa-rank-0", RUN, METRICS))

    def unreadable(world: SimWorld) -> None:
        world.errors["read /cache/journals/m.jsonl"] = OSError(5, "Input/output error")

    for _ in range(4):
        _, summary = one_pass(disk, server, change=unreadable)

    assert summary is not None
    assert "cannot be read" in summary.troubles["m.jsonl"]
    assert the_run(server)["metadata"]["simvue"]["journal"] == ("mmmm-rank-1" if when == "after" else "aaaa-rank-0")
    assert len(series_of(server, the_run(server)["id"])["r"]) == 1


@pytest.mark.requirement("DLV-019")
def test_a_journal_that_cannot_be_read_does_not_stop_the_others_of_its_run() -> None:
    disk, server = SimDisk(), make_server()
    put(disk, "a.jsonl", journal("aaaa-rank-0", RUN, METRICS))
    put(disk, "b.jsonl", journal("bbbb-rank-1", METRICS))
    one_pass(disk, server)
    for name, file in (("aaaa-rank-0", "a.jsonl"), ("bbbb-rank-1", "b.jsonl")):
        grow(disk, file, lines(name, METRICS, first=5))

    def unreadable(world: SimWorld) -> None:
        world.errors["read /cache/journals/a.jsonl"] = OSError(5, "Input/output error")

    _, summary = one_pass(disk, server, change=unreadable)

    assert summary is not None
    assert summary.exit is not Exit.STATE_UNWRITABLE
    assert "cannot be read" in summary.troubles["a.jsonl"]
    assert len(series_of(server, the_run(server)["id"])["r"]) == 3


@dataclass(frozen=True)
class Faulty:
    """A checker that fails where it should judge."""

    real: Checker
    error: Exception

    def known(self, kind: str) -> bool:
        return self.real.known(kind)

    def problem(self, kind: str, record: dict[str, Any]) -> Problem | None:
        if kind == "metadata":
            raise self.error
        return self.real.problem(kind, record)


@pytest.mark.requirement("DLV-019")
@pytest.mark.parametrize("error", [MemoryError(), RecursionError("deep"), KeyError("a defect"), AssertionError()])
def test_a_defect_in_one_run_is_reported_and_does_not_stop_the_others(error: Exception) -> None:
    disk, server = SimDisk(), make_server()
    put(disk, "a.jsonl", journal("aaaa-faulty", RUN, {"kind": "metadata", "values": {}}, run="faulty"))
    put(disk, "b.jsonl", journal("bbbb-sound", RUN, METRICS, run="sound"))

    _, summary = one_pass(disk, server, known=Faulty(CHECKER, error))
    one_pass(disk, server, pause=900.0)
    one_pass(disk, server)

    assert summary is not None
    assert type(error).__name__ in summary.troubles["run faulty"]
    assert "fault of simvue_sender" in summary.waiting["faulty"]
    assert "faulty" in summary.waiting
    assert set(run_ids(server)) == {"sound", "faulty"}
    assert summary.exit is Exit.BACKLOG
    assert letters_of(disk) == []


def live(disk: SimDisk, server: LocalServer) -> None:
    put(disk, "a.jsonl", journal("a-live-one", RUN, METRICS))
    one_pass(disk, server)


@pytest.mark.requirement("DLV-050", "DLV-051")
def test_a_journal_that_grew_is_a_heartbeat_and_goes_before_its_data() -> None:
    disk, server = SimDisk(), make_server()
    live(disk, server)
    grow(disk, "a.jsonl", lines("a-live-one", METRICS, {"kind": "heartbeat"}, METRICS, first=3))
    before = len(changes(server))

    one_pass(disk, server)
    one_pass(disk, server)

    run = run_ids(server)["heat"]
    assert changes(server)[before:] == [f"/runs/{run}/heartbeat", "/metrics"]
    assert [row["status"] for row in requests_of(server, "PUT", f"/runs/{run}/heartbeat")] == [200]


@pytest.mark.requirement("DLV-050")
def test_a_run_with_a_final_status_gets_no_heartbeat() -> None:
    disk, server = SimDisk(), make_server()
    live(disk, server)
    grow(disk, "a.jsonl", lines("a-live-one", {"kind": "status", "status": "completed"}, first=3))
    one_pass(disk, server)
    before = len(requests_of(server, "PUT", f"/runs/{run_ids(server)['heat']}/heartbeat"))

    grow(disk, "a.jsonl", lines("a-live-one", METRICS, first=4))
    one_pass(disk, server)

    assert len(requests_of(server, "PUT", f"/runs/{run_ids(server)['heat']}/heartbeat")) == before


def control(disk: SimDisk) -> Record:
    told: Record = orjson.loads(disk.files["/cache/control/heat.json"])
    return told


@pytest.mark.requirement("DLV-052")
def test_the_wish_that_a_run_be_aborted_reaches_its_writers_once() -> None:
    disk, server = SimDisk(), make_server()
    live(disk, server)
    run = run_ids(server)["heat"]
    before = control(disk)
    server.request("PUT", f"/api/runs/{run}/abort", server.authorization, b'{"reason":"too hot"}')

    grow(disk, "a.jsonl", lines("a-live-one", METRICS, first=3))
    world, _ = one_pass(disk, server)
    again, _ = one_pass(disk, server)

    assert before == {"run": "heat", "server_id": run, "server": "http://simvue.local/api", "abort": False}
    assert control(disk) == before | {"abort": True}
    assert "replace /cache/control/heat.json" in world.effects
    assert "replace /cache/control/heat.json" not in again.effects


@pytest.mark.requirement("DLV-052")
def test_a_control_file_that_could_not_be_written_is_written_later() -> None:
    disk, server = SimDisk(), make_server()
    put(disk, "a.jsonl", journal("a-live-one", RUN, METRICS))
    full = OSError(28, "No space left on device")
    one_pass(disk, server, change=lambda world: world.errors.update({"replace /cache/control": full}))

    grow(disk, "a.jsonl", lines("a-live-one", METRICS, first=3))
    one_pass(disk, server)

    assert control(disk)["server_id"] == run_ids(server)["heat"]


@pytest.mark.requirement("DLV-061")
def test_a_server_that_lists_other_runs_for_the_filter_is_not_believed() -> None:
    """A look that finds runs without the journal's mark has not found the run."""
    disk = SimDisk()
    server = make_server(disk, keyed=False)
    server.request("POST", "/api/runs", server.authorization, b'{"name": "somebody else", "folder": "/"}')
    put(disk, "a.jsonl", journal("looks-itself-up", RUN, METRICS))
    one_pass(disk, server, Death(when="before", named="POST /runs"))
    other = server.request("GET", "/api/runs?count=9&start=0", server.authorization)[2]
    inject(server, {"method": "GET", "path": "^/api/runs$", "status": 200, "body": orjson.loads(other), "times": 0})

    for _ in range(3):
        one_pass(disk, server)
    server.request("DELETE", "/faults")

    assert set(run_ids(server)) == {"heat", "somebody else"}
    assert series_of(server, run_ids(server)["somebody else"]) == {}

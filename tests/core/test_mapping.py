"""What every kind becomes on a server: each row of the table in delivery.md, request by request."""

from typing import Any

import orjson
import pytest

from simvue.core.mapping import concluded, next_step
from simvue.core.steps import Facts, Impossible, Inspect, Place, Step

Record = dict[str, Any]

AT = "2026-03-01T10:00:00.123456789+01:00"
SERVER_AT = "2026-03-01T09:00:00.123456"
FILE: Facts = {"path": "/data/f", "size": 5, "sha256": "a" * 64}


def place(**run: Any) -> Place:
    return Place(journal="some-journal", run_key="heat", run=run, cwd="/data")


THERE = place(id="R")


class Walk:
    """Takes the steps of an operation with a server that gives these answers in turn."""

    def __init__(self, record: Record, where: Place, *answers: Any) -> None:
        self.record, self.where = {"at": AT, **record}, where
        self.known: Facts = {}
        self.steps: list[Step] = []
        left = list(answers)
        while (step := next_step(self.record, where, self.known)) is not None:
            if isinstance(step, Inspect):
                self.known[step.learns] = FILE
                continue
            self.steps.append(step)
            self.known |= step.learn(left.pop(0) if left else {"id": "x"})
            assert len(self.steps) < 20

    @property
    def requests(self) -> list[tuple[str, str]]:
        return [(step.method, step.path) for step in self.steps]

    def body(self, number: int = 0) -> Any:
        return orjson.loads(self.steps[number].body)

    @property
    def taught(self) -> Facts:
        return concluded(self.record, self.where, self.known)


@pytest.mark.requirement("DLV-016", "DLV-060", "DLV-061")
def test_a_first_run_record_creates_its_folder_and_the_run_with_all_it_has() -> None:
    walk = Walk(
        {
            "kind": "run",
            "name": "heat 2d",
            "folder": "/heat",
            "description": None,
            "tags": ["a"],
            "metadata": {"nx": 4},
            "system": {"cpu": 1},
            "status": "created",
            "notification": "lost",
            "retention": 60,
            "timeout": 180,
            "visibility": "tenant",
        },
        place(),
        {"id": "F"},
        {"id": "R"},
    )

    assert walk.requests == [("POST", "/folders"), ("POST", "/runs")]
    assert walk.body(0) == {"path": "/heat"}
    assert walk.body(1) == {
        "name": "heat 2d",
        "folder": "/heat",
        "description": None,
        "tags": ["a"],
        "metadata": {"nx": 4, "simvue": {"journal": "some-journal", "run": "heat"}},
        "system": {"cpu": 1},
        "status": "created",
        "notifications": {"state": "lost"},
        "ttl": 60,
        "heartbeat_timeout": 180,
        "visibility": {"tenant": True, "public": False, "users": []},
    }
    assert walk.taught == {"id": "R", "status": "created", "status_of": {"some-journal": "created"}}


@pytest.mark.requirement("DLV-060")
def test_a_run_record_that_says_nothing_creates_the_run_with_defaults() -> None:
    walk = Walk({"kind": "run"}, place(), {"id": "R"})

    assert walk.requests == [("POST", "/runs")]
    assert walk.body() == {
        "folder": "/",
        "status": "running",
        "started": SERVER_AT,
        "metadata": {"simvue": {"journal": "some-journal", "run": "heat"}},
    }
    assert walk.taught == {"id": "R", "status": "running"}


@pytest.mark.requirement("DLV-060")
@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("public", {"tenant": False, "public": True, "users": []}),
        ("tenant", {"tenant": True, "public": False, "users": []}),
        (["ann", "bob"], {"tenant": False, "public": False, "users": ["ann", "bob"]}),
    ],
)
def test_visibility_is_said_in_the_servers_words(value: Any, wanted: Facts) -> None:
    assert Walk({"kind": "run", "visibility": value}, place()).body()["visibility"] == wanted


@pytest.mark.requirement("DLV-061")
def test_the_mark_of_the_journal_replaces_what_a_record_says_in_its_place() -> None:
    walk = Walk({"kind": "run", "metadata": {"simvue": "mine"}}, place())

    assert walk.body()["metadata"] == {"simvue": {"journal": "some-journal", "run": "heat"}}


@pytest.mark.requirement("DLV-062", "RDR-041")
def test_a_later_run_record_puts_what_it_has_and_nothing_else() -> None:
    walk = Walk({"kind": "run", "tags": [], "retention": None, "folder": "/"}, THERE)

    assert walk.requests == [("PUT", "/runs/R")]
    assert walk.body() == {"tags": [], "ttl": None, "folder": "/"}
    assert walk.taught == {"id": "R"}


@pytest.mark.requirement("DLV-062", "DLV-071")
def test_a_later_run_record_with_a_folder_and_a_final_status() -> None:
    walk = Walk({"kind": "run", "folder": "/new", "status": "failed"}, THERE, {"id": "F"})

    assert walk.requests == [("POST", "/folders"), ("PUT", "/runs/R")]
    assert walk.body(1) == {"folder": "/new", "status": "failed", "endtime": SERVER_AT}
    assert walk.taught["status"] == "failed"


@pytest.mark.requirement("DLV-062")
def test_a_run_that_was_only_announced_has_started_when_a_later_record_says_that_it_runs() -> None:
    begins = Walk({"kind": "run", "status": "running"}, place(id="R", status="created"))
    goes_on = Walk({"kind": "run", "status": "running"}, place(id="R", status="running"))

    assert begins.body() == {"status": "running", "started": SERVER_AT}
    assert goes_on.body() == {"status": "running"}


def test_an_empty_later_run_record_needs_no_request() -> None:
    assert Walk({"kind": "run"}, THERE).requests == []


@pytest.mark.requirement("REC-022")
@pytest.mark.parametrize(("members", "requests"), [({}, []), ({"name": "n"}, [("PUT", "/runs/S")])])
def test_a_run_record_with_a_server_id_attaches_and_creates_nothing(members: Record, requests: list[Any]) -> None:
    walk = Walk({"kind": "run", "server_id": "S", **members}, place())

    assert walk.requests == requests
    assert walk.taught["id"] == "S"


@pytest.mark.requirement("DLV-065", "RDR-040")
def test_metadata_are_put() -> None:
    walk = Walk({"kind": "metadata", "values": {"a": {"b": 1}}}, THERE)

    assert walk.requests == [("PUT", "/runs/R")]
    assert walk.body() == {"metadata": {"a": {"b": 1}}}


@pytest.mark.requirement("DLV-065", "RDR-041")
@pytest.mark.parametrize("held", [["a", "b"], None])
def test_tags_are_set_or_added_to_those_of_the_run(held: list[str] | None) -> None:
    added = Walk({"kind": "tags", "add": ["b", "c", "c"]}, THERE, {"tags": held})
    replaced = Walk({"kind": "tags", "set": ["z"]}, THERE)

    assert added.requests == [("GET", "/runs/R"), ("PUT", "/runs/R")]
    assert added.body(1) == {"tags": [*(held or ["b"])[: 2 if held else 0], *(["c"] if held else ["b", "c"])]}
    assert replaced.requests == [("PUT", "/runs/R")]
    assert replaced.body() == {"tags": ["z"]}


@pytest.mark.requirement("DLV-066", "REC-004")
def test_a_folder_is_created_and_its_details_put_but_no_member_that_it_does_not_have() -> None:
    record = {"kind": "folder", "path": "/h", "description": "d", "tags": [], "metadata": {}, "retention": 1}

    walk = Walk(record | {"name": "unknown", "status": "unknown"}, THERE, {"id": "F"})

    assert walk.requests == [("POST", "/folders"), ("PUT", "/folders/F")]
    assert walk.steps[0].conflict_is_success
    assert walk.body(1) == {"description": "d", "tags": [], "metadata": {}, "ttl": 1}
    assert Walk({"kind": "folder", "path": "/h"}, THERE).requests == [("POST", "/folders")]


ALERTS: list[tuple[Record, Record]] = [
    ({"source": "user"}, {}),
    ({"source": "events", "pattern": "x"}, {"alert": {"pattern": "x", "frequency": 1}}),
    (
        {"source": "metrics", "metric": "r", "rule": "is above", "threshold": 0, "window": 5},
        {
            "alert": {
                "metric": "r",
                "rule": "is above",
                "threshold": 0,
                "window": 5,
                "frequency": 1,
                "aggregation": "average",
            }
        },
    ),
    (
        {
            "source": "metrics",
            "metric": "r",
            "rule": "is inside range",
            "range_low": -1,
            "range_high": 1,
            "aggregation": "sum",
        },
        {
            "alert": {
                "metric": "r",
                "rule": "is inside range",
                "range_low": -1,
                "range_high": 1,
                "window": 1,
                "frequency": 1,
                "aggregation": "sum",
            }
        },
    ),
]


@pytest.mark.requirement("DLV-067", "REC-069", "REC-070", "REC-071", "REC-072")
@pytest.mark.parametrize(("definition", "wanted"), ALERTS)
def test_an_alert_is_created_and_added_to_those_of_the_run(definition: Record, wanted: Record) -> None:
    held = {"alerts": [{"alert": {"id": "B", "name": "other"}}]}

    walk = Walk({"kind": "alert", "name": "n", **definition}, THERE, {"id": "A"}, held)

    assert walk.requests == [("POST", "/alerts"), ("GET", "/runs/R"), ("PUT", "/runs/R")]
    assert walk.steps[0].query == (("deduplicate", "True"),)
    assert walk.steps[0].conflict_is_success
    assert walk.body(0) == {
        "name": "n",
        "description": None,
        "notification": "none",
        "source": definition["source"],
        "enabled": True,
        "abort": False,
        **wanted,
    }
    assert walk.body(2) == {"alerts": ["B", "A"]}
    assert walk.taught == {"alerts": {"n": "A"}}


@pytest.mark.requirement("DLV-067")
def test_an_alert_of_the_server_is_attached_unless_it_is() -> None:
    attached = Walk({"kind": "alert", "id": "A"}, THERE, {"alerts": [{"alert": {"id": "A", "name": "n"}}]})
    new = Walk({"kind": "alert", "id": "A"}, THERE, {"alerts": None})

    assert attached.requests == [("GET", "/runs/R")]
    assert new.requests == [("GET", "/runs/R"), ("PUT", "/runs/R")]
    assert new.taught == {}


@pytest.mark.requirement("DLV-068")
def test_the_state_of_an_alert_is_put_by_its_id_or_by_the_name_the_run_has() -> None:
    by_id = Walk({"kind": "alert_state", "id": "A/../x?", "state": "ok"}, THERE)
    by_name = Walk({"kind": "alert_state", "name": "n", "state": "critical"}, place(id="R", alerts={"n": "A"}))
    looked_up = Walk(
        {"kind": "alert_state", "name": "n", "state": "ok"}, THERE, {"alerts": [{"alert": {"id": "A", "name": "n"}}]}
    )

    assert by_id.requests == [("PUT", "/alerts/A%2F..%2Fx%3F/status/R")]
    assert by_name.requests == [("PUT", "/alerts/A/status/R")]
    assert by_name.body() == {"status": "critical"}
    assert looked_up.requests == [("GET", "/runs/R"), ("PUT", "/alerts/A/status/R")]


@pytest.mark.requirement("DLV-068")
@pytest.mark.parametrize("record", [{"name": "unheard of"}, {"id": ".."}, {"id": "."}])
def test_a_state_of_an_alert_that_nobody_can_name_is_impossible(record: Record) -> None:
    with pytest.raises(Impossible):
        Walk({"kind": "alert_state", "state": "ok", **record}, THERE, {"alerts": []})


ARTIFACT: Record = {"kind": "artifact", "name": "field", "category": "output", "path": "out/f"}


@pytest.mark.requirement("DLV-069", "REC-082")
def test_an_artifact_is_announced_uploaded_marked_and_attached() -> None:
    walk = Walk(ARTIFACT, THERE, {"id": "A", "url": "https://s/x", "fields": {"k": "v"}})

    assert walk.requests == [
        ("POST", "/artifacts"),
        ("PUT", "https://s/x"),
        ("PUT", "/artifacts/A"),
        ("PUT", "/runs/R/artifacts/A"),
    ]
    assert walk.body(0) == {
        "name": "field",
        "original_path": "/data/out/f",
        "size": 5,
        "mime_type": "application/octet-stream",
        "checksum": "a" * 64,
        "metadata": None,
    }
    assert walk.steps[1].upload == {"url": "https://s/x", "fields": {"k": "v"}, "name": "field", **FILE}
    assert walk.body(2) == {"uploaded": True}
    assert walk.body(3) == {"category": "output"}


@pytest.mark.requirement("DLV-069")
def test_an_artifact_without_an_address_is_not_uploaded() -> None:
    walk = Walk(ARTIFACT | {"mimetype": "text/plain", "metadata": {"a": 1}}, THERE, {"id": "A", "url": None})

    assert walk.requests == [("POST", "/artifacts"), ("PUT", "/runs/R/artifacts/A")]
    assert (walk.body(0)["mime_type"], walk.body(0)["metadata"]) == ("text/plain", {"a": 1})


@pytest.mark.requirement("DLV-069", "REC-083")
def test_content_that_was_put_aside_has_no_original_path() -> None:
    record = {"kind": "artifact", "name": "o", "category": "code", "stored": True, "sha256": "b" * 64}

    asked = next_step({"at": AT, **record}, THERE, {})
    walk = Walk(record, THERE, {"id": "A", "url": None})

    assert asked == Inspect("file", None, "b" * 64, None, "b" * 64)
    assert walk.body(0)["original_path"] == ""


@pytest.mark.requirement("DLV-047")
def test_only_the_answer_that_has_a_signed_address_is_secret() -> None:
    walk = Walk(ARTIFACT, THERE, {"id": "A", "url": "https://s/x"})

    assert [step.keeps_secret for step in walk.steps] == [True, False, False, False]
    assert "url" not in walk.steps[1].learn(None)


@pytest.mark.requirement("DLV-046")
def test_an_artifact_is_looked_at_before_it_is_announced_and_before_it_is_marked() -> None:
    before = next_step({"at": AT, **ARTIFACT, "size": 5}, THERE, {})
    after = next_step({"at": AT, **ARTIFACT}, THERE, {"file": FILE, "artifact": "A", "sent": True})

    assert before == Inspect("file", "/data/out/f", None, 5, None)
    assert after == Inspect("checked", "/data/out/f", None, 5, "a" * 64)


def test_an_upload_that_begins_anew_has_keys_of_its_own() -> None:
    names = [
        step.name
        for attempt in ({}, {"attempt": 1}, {"attempt": 2})
        for known in (
            {"file": FILE},
            {"file": FILE, "artifact": "A", "url": "u"},
            {"file": FILE, "artifact": "A", "sent": True, "checked": FILE},
        )
        if isinstance(step := next_step({"at": AT, **ARTIFACT}, THERE, {**known, **attempt}), Step)
    ]

    assert len(set(names)) == 9


@pytest.mark.parametrize(
    ("path", "cwd", "wanted"),
    [("/a/b", "/data", "/a/b"), ("a/b", "/data/", "/data/a/b"), ("a/b", None, "a/b"), ("a", "/", "/a")],
)
def test_a_relative_path_starts_at_the_headers_directory(path: str, cwd: str | None, wanted: str) -> None:
    where = Place(journal="some-journal", run_key="heat", run={"id": "R"}, cwd=cwd)

    asked = next_step({"at": AT, **ARTIFACT, "path": path}, where, {})

    assert isinstance(asked, Inspect)
    assert asked.path == wanted


@pytest.mark.requirement("DLV-071")
@pytest.mark.parametrize("status", ["created", "running", "completed", "failed", "terminated"])
def test_a_status_is_put_and_a_final_one_with_its_time(status: str) -> None:
    walk = Walk({"kind": "status", "status": status}, THERE)

    final = {"endtime": SERVER_AT} if status in {"completed", "failed", "terminated"} else {}
    assert walk.requests == [("PUT", "/runs/R")]
    assert walk.body() == {"status": status, **final}
    assert walk.taught == {"status": status, "status_of": {"some-journal": status}}


@pytest.mark.requirement("DLV-072")
@pytest.mark.parametrize(
    ("said", "requests"),
    [({}, 1), ({"some-journal": "failed"}, 1), ({"another": "completed"}, 1), ({"some-journal": "completed"}, 0)],
)
def test_an_end_is_put_unless_its_journal_has_set_that_status(said: Facts, requests: int) -> None:
    walk = Walk({"kind": "end", "status": "completed"}, place(id="R", status="completed", status_of=said))

    assert len(walk.requests) == requests


@pytest.mark.requirement("DLV-074")
def test_a_grid_is_created_and_each_metric_put_on_it() -> None:
    record = {"kind": "grid", "name": "g", "labels": ["x"], "ticks": [[0.0, 1.0]], "metrics": ["T", "a/b"]}

    walk = Walk(record, THERE, {"id": "G"})

    assert walk.requests == [("POST", "/grids"), ("PUT", "/runs/R/grids/G"), ("PUT", "/runs/R/grids/G")]
    assert walk.body(0) == {"name": "g", "labels": ["x"], "grid": [[0.0, 1.0]]}
    assert (walk.body(1), walk.body(2)) == ({"metric": "T"}, {"metric": "a/b"})
    assert walk.taught == {"on_grid": {"T": "G", "a/b": "G"}, "grids": {"g": "G"}}


@pytest.mark.requirement("DLV-074", "DLV-077")
def test_metrics_are_put_on_a_grid_that_the_run_has_and_on_no_other() -> None:
    record = {"kind": "grid", "name": "g", "metrics": ["T"]}

    walk = Walk(record, place(id="R", grids={"g": "G"}))

    assert walk.requests == [("PUT", "/runs/R/grids/G")]
    assert walk.taught["on_grid"] == {"T": "G"}
    with pytest.raises(Impossible, match="no grid named"):
        Walk(record, THERE)


@pytest.mark.requirement("DLV-066", "DLV-067")
def test_every_creation_but_that_of_an_upload_takes_the_id_of_what_is_there() -> None:
    records = [{"kind": "run"}, {"kind": "folder", "path": "/h"}, {"kind": "alert", "name": "n", "source": "user"}]
    grid = {"kind": "grid", "name": "g", "labels": ["x"], "ticks": [[0.0]]}

    firsts = [next_step({"at": AT, **record}, place(), {}) for record in [*records, grid]]

    assert all(isinstance(step, Step) and step.conflict_is_success for step in firsts)


def test_no_step_changes_what_is_known() -> None:
    known: Facts = {}
    where = place(id="R", grids={"g": "G"})

    next_step({"at": AT, "kind": "grid", "name": "g", "metrics": ["T"]}, where, known)

    assert known == {}

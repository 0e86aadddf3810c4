"""Records that equal each other: those that were sent before are not taken for those that are in doubt."""

from dataclasses import replace

import ormsgpack
import pytest

from simvue.core.batching import Batch, Item, Series
from simvue.core.http import Request, Response
from simvue.core.ledger import Note
from simvue.delivery.earlier import arrived, without
from simvue.errors import NoAnswer
from tests.delivery.scenes import Record, inject, journal, make_server, one_pass, put, run_ids, series_of
from tests.delivery.simulation import Death, SimDisk, SimWorld

RUN: Record = {"kind": "run"}
SAME: Record = {"kind": "metrics", "values": {"r": 1.0}, "at": "2026-03-01T08:00:09Z"}
TAGS: Record = {"kind": "tags", "set": ["a"]}


def count(server: object) -> int:
    return len(series_of(server, run_ids(server)["heat"]).get("r", []))  # type: ignore[arg-type]


@pytest.mark.requirement("DLV-023", "DLV-024", "RDR-042")
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_equal_record_of_the_same_journal_is_neither_lost_nor_sent_twice(when: str) -> None:
    disk = SimDisk()
    server = make_server(disk, keyed=False)
    put(disk, "a.jsonl", journal("equals-within", RUN, SAME, TAGS))
    one_pass(disk, server)
    put(disk, "a.jsonl", journal("equals-within", RUN, SAME, TAGS, SAME, SAME))
    one_pass(disk, server, Death(when=when, named="POST /metrics"))

    for _ in range(3):
        one_pass(disk, server)

    assert count(server) == 3


@pytest.mark.requirement("DLV-023", "DLV-024", "RDR-042")
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("held", [False, True], ids=["accounted for", "in a window that is held"])
def test_an_equal_record_of_another_rank_is_neither_lost_nor_sent_twice(when: str, *, held: bool) -> None:
    disk = SimDisk()
    server = make_server(disk, keyed=False)
    end: list[Record] = [{"kind": "end", "status": "completed"}] if held else []
    put(disk, "a.jsonl", journal("aaaa-rank-0", RUN, SAME, SAME, *end))
    put(disk, "b.jsonl", journal("bbbb-rank-1", TAGS, SAME))
    inject(server, {"method": "PUT", "path": "^/api/runs/[^/]*$", "status": 503, "times": 0})
    one_pass(disk, server)
    server.request("DELETE", "/faults")
    before = count(server)
    one_pass(disk, server, Death(when=when, named="POST /metrics"), pause=1000.0)

    for _ in range(3):
        one_pass(disk, server)

    assert before == 2
    assert count(server) == 3


@pytest.mark.requirement("DLV-024")
def test_of_a_long_journal_the_last_part_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    disk = SimDisk()
    server = make_server(disk, keyed=False)
    rows: list[Record] = [{"kind": "metrics", "values": {"x": float(number)}} for number in range(100)]
    put(disk, "a.jsonl", journal("long-journal", RUN, *rows, SAME, TAGS))
    one_pass(disk, server)
    put(disk, "a.jsonl", journal("long-journal", RUN, *rows, SAME, TAGS, SAME))
    monkeypatch.setattr("simvue.delivery.earlier._FARTHEST", 1000)
    one_pass(disk, server, Death(when="before", named="POST /metrics"))

    for _ in range(3):
        one_pass(disk, server)

    assert count(server) == 2


AT = "2026-03-01T08:00:09Z"
PARTS: dict[str, tuple[list[Record], list[Record]]] = {
    # What is written, and what of it arrives at first: the rest equals it in part, and is then in doubt itself.
    "record": ([{"r": 2.0}, {"r": 1.0}, {"r": 1.0}], [{}, {"r": 1.0}, {}]),
    "value": ([{"r": 1.0, "x": 1.0}, {"r": 1.0, "x": 1.0}], [{"r": 1.0}, {}]),
}


@pytest.mark.requirement("DLV-025", "RDR-042")
@pytest.mark.parametrize("part", PARTS)
def test_what_equals_a_part_that_has_arrived_is_neither_lost_nor_sent_twice(part: str) -> None:
    disk = SimDisk()
    server = make_server(disk, keyed=False)
    written, arriving = PARTS[part]
    rows: list[Record] = [{"kind": "metrics", "values": values, "at": AT} for values in written]
    put(disk, "a.jsonl", journal("equal-in-part", RUN, *rows))
    attempts = [arriving, [{}] * 3]

    def lose(world: SimWorld) -> None:
        def intercept(request: Request) -> Response | None:
            if request.path != "/metrics" or request.method == "GET" or not attempts:
                return None
            body = ormsgpack.unpackb(request.body)  # type: ignore[arg-type]
            seen = [row | {"values": values} for row, values in zip(body["metrics"], attempts.pop(0), strict=False)]
            body["metrics"] = [row for row in seen if row["values"]]
            world._answer(replace(request, body=ormsgpack.packb(body)), server)
            raise NoAnswer("lost on the way")

        world.intercept = intercept

    for _ in range(6):
        one_pass(disk, server, change=lose, pause=100.0)

    held = series_of(server, run_ids(server)["heat"])
    assert attempts == []
    for name in {name for values in written for name in values}:
        assert sorted(value for _, value in held[name]) == sorted(row[name] for row in written if name in row)


def point(offset: int, **values: float) -> Item:
    return Item(offset, offset + 10, {"timestamp": "t", "values": values})


BATCH = Batch(Series.METRICS, (point(10, a=1.0, b=2.0), point(20, a=3.0), point(30, a=4.0)))


def outcome(**facts: object) -> Note:
    return {"result": "applied", "facts": facts}


def test_what_has_arrived_of_a_batch_is_what_the_outcomes_of_its_parts_say() -> None:
    first, second = BATCH.halves()
    rest = BATCH.missing([(0, ["b"]), (2, ["a"])])
    keys = {name: batch.key("j") for name, batch in {"all": BATCH, "1": first, "2": second, "rest": rest}.items()}
    missing = outcome(missing=[[0, ["b"]], [2, ["a"]]])

    assert arrived(BATCH, "j", {}) == []
    assert arrived(BATCH, "j", {keys["all"]: outcome()}) == list(BATCH.items)
    assert arrived(BATCH, "j", {keys["all"]: {"result": "refused"}}) == []
    assert arrived(BATCH, "j", {keys["all"]: outcome(halved=True), keys["2"]: outcome()}) == list(second.items)
    assert arrived(BATCH, "j", {keys["all"]: missing}) == [point(10, a=1.0), point(20, a=3.0)]
    assert arrived(BATCH, "j", {keys["all"]: missing, keys["rest"]: outcome()})[2:] == [
        point(10, b=2.0),
        point(30, a=4.0),
    ]


def test_what_a_record_has_besides_a_part_of_it() -> None:
    event = Item(10, 20, {"timestamp": "t", "message": "x"})

    assert without(point(10, a=1.0, b=2.0), point(10, b=2.0)) == point(10, a=1.0)
    assert without(point(10, a=1.0), point(10, a=1.0)) is None
    assert without(event, event) is None

"""What a sender makes of one journal: live, torn, holed, rewritten, with records that have to wait."""

import gc
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pytest

from simvue.core.http import Request, Response
from simvue.core.reading import Checker
from simvue.core.records import Problem
from simvue.delivery.journals import marker_of
from simvue.delivery.windows import Loaded
from simvue_sender.report import Exit
from tests.delivery.growing import DAY, RUN, metrics, values, wait
from tests.delivery.scenes import (
    CHECKER,
    POLICY,
    Record,
    ask,
    events_of,
    finish,
    grow,
    is_there,
    journal,
    letters_of,
    lines,
    make_server,
    one_pass,
    put,
    receipts,
    requests_of,
    run_ids,
    state_of,
)
from tests.delivery.simulation import Death, SimDisk, SimWorld


@pytest.mark.requirement("RDR-020", "RDR-021", "DLV-006", "DLV-007", "DLV-018")
def test_a_journal_that_grows_is_delivered_as_it_grows() -> None:
    disk, server = SimDisk(), make_server()
    torn = lines("grows-live", metrics(2.0), first=3)
    put(disk, "a.jsonl", journal("grows-live", RUN, metrics(1.0)))
    one_pass(disk, server)

    grow(disk, "a.jsonl", torn[:20])
    one_pass(disk, server)
    half = values(server)
    grow(disk, "a.jsonl", torn[20:])
    one_pass(disk, server)

    assert half == [1.0]
    assert values(server) == [1.0, 2.0]
    assert ask(server, f"/runs/{run_ids(server)['heat']}")["status"] == "running"
    assert is_there(disk, "a.jsonl")
    assert letters_of(disk) == []


def test_an_end_that_comes_later_finishes_the_journal() -> None:
    disk, server = SimDisk(), make_server()
    put(disk, "a.jsonl", journal("ends-later", RUN, metrics(1.0)))
    one_pass(disk, server)

    grow(disk, "a.jsonl", lines("ends-later", {"kind": "end", "status": "completed", "records": 3}, first=3))
    one_pass(disk, server)

    assert ask(server, f"/runs/{run_ids(server)['heat']}")["status"] == "completed"
    assert receipts(disk)["ends-later"]["records"] == {"header": 1, "run": 1, "metrics": 1, "end": 1}
    assert not is_there(disk, "a.jsonl")


@pytest.mark.requirement("RDR-022")
def test_zeros_that_become_data_are_waited_for() -> None:
    disk, server = SimDisk(), make_server()
    whole = journal("zeros-first", RUN, metrics(1.0), metrics(2.0), metrics(3.0))
    place = whole.index(b'"r":2.0')
    put(disk, "a.jsonl", whole[: place - 30] + bytes(60) + whole[place + 30 :])

    one_pass(disk, server)
    seen = values(server)
    put(disk, "a.jsonl", whole)
    one_pass(disk, server)

    assert seen == [1.0]
    assert values(server) == [1.0, 2.0, 3.0]
    assert letters_of(disk) == []


@pytest.mark.requirement("RDR-020", "RDR-024", "DLV-043")
def test_zeros_that_stay_are_a_hole_and_the_rest_is_delivered() -> None:
    disk, server = SimDisk(), make_server()
    whole = journal("holed-for-good", RUN, metrics(1.0), metrics(2.0), metrics(3.0))
    place = whole.index(b'"r":2.0')
    put(disk, "a.jsonl", whole[:place] + bytes(4) + whole[place + 4 :])

    wait(disk, server, DAY)

    assert values(server) == [1.0, 3.0]
    assert receipts(disk)["holed-for-good"]["bytes"]["holes"] > 0
    assert not is_there(disk, "a.jsonl")


@pytest.mark.requirement("RDR-023")
@pytest.mark.parametrize(("cut", "delivered", "torn"), [(1, [1.0, 2.0], 0), (9, [1.0], 1)], ids=["whole", "torn"])
def test_the_unterminated_end_of_a_dead_journal_is_judged(cut: int, delivered: list[float], torn: int) -> None:
    disk, server = SimDisk(), make_server()
    put(disk, "a.jsonl", journal("dead-of-age", RUN, metrics(1.0), metrics(2.0))[:-cut])

    wait(disk, server, DAY)

    assert values(server) == delivered
    assert len(letters_of(disk)) == torn
    receipt = receipts(disk)["dead-of-age"]
    assert sum(receipt["bytes"].values()) == receipt["size"]


@pytest.mark.requirement("DLV-006", "DLV-018", "JRN-042")
def test_a_journal_that_does_not_grow_does_not_fail_its_run() -> None:
    disk, server = SimDisk(), make_server()
    put(disk, "a.jsonl", journal("just-killed", RUN, metrics(1.0)))

    wait(disk, server, 2 * DAY)

    assert ask(server, f"/runs/{run_ids(server)['heat']}")["status"] == "running"
    assert not is_there(disk, "a.jsonl")


@pytest.mark.requirement("DLV-007", "DLV-008")
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda data: data.replace(b'"r":1.0', b'"r":7.0'), "rewritten"),
        (lambda data: b"\n".join(sorted(data.split(b"\n"))), "rewritten"),
        (lambda data: data[:50], "missing"),
        (lambda _: b"", "missing"),
    ],
    ids=["edited", "sorted", "truncated", "emptied"],
)
def test_a_journal_that_was_rewritten_is_kept_and_not_sent_again(damage: Any, said: str) -> None:
    disk, server = SimDisk(), make_server()
    put(disk, "a.jsonl", journal("gets-rewritten", RUN, metrics(1.0)))
    one_pass(disk, server)
    put(disk, "a.jsonl", damage(disk.files["/cache/journals/a.jsonl"]) + lines("x", metrics(9.0), first=3))

    one_pass(disk, server)
    _, summary = one_pass(disk, server)

    assert summary is not None
    assert "DLV-008" in summary.troubles["a.jsonl"]
    assert said in summary.troubles["a.jsonl"]
    assert values(server) == [1.0]
    assert is_there(disk, "a.jsonl")


@pytest.mark.requirement("DLV-008", "RDR-022")
@pytest.mark.parametrize("view", [lambda data: data[:100], lambda data: bytes(len(data) + 9)], ids=["short", "zeros"])
def test_delivered_bytes_that_cannot_be_seen_for_a_while_are_not_taken_for_rewritten(view: Any) -> None:
    disk, server = SimDisk(), make_server()
    data = journal("seen-from-afar", RUN, metrics(1.0))
    put(disk, "a.jsonl", data)
    one_pass(disk, server)
    put(disk, "a.jsonl", view(data))
    one_pass(disk, server)

    put(disk, "a.jsonl", data + lines("seen-from-afar", metrics(2.0), first=3))
    _, summary = one_pass(disk, server)

    assert summary is not None
    assert summary.troubles == {}
    assert values(server) == [1.0, 2.0]


@pytest.mark.requirement("DLV-011")
@pytest.mark.parametrize("keyed", [True, False], ids=["keyed", "reconciled"])
@pytest.mark.parametrize("view", [lambda data: data[:-30], lambda data: data[:-30] + bytes(30)], ids=["short", "zeros"])
def test_a_window_that_cannot_be_seen_whole_is_not_sent_in_another_shape(view: Any, *, keyed: bool) -> None:
    disk = SimDisk()
    server = make_server(disk, keyed=keyed)
    data = journal("window-in-doubt", RUN, metrics(1.0), metrics(2.0))
    put(disk, "a.jsonl", data)
    one_pass(disk, server, Death(when="after", named="POST /metrics"))
    put(disk, "a.jsonl", view(data))
    _, summary = one_pass(disk, server)
    sent = len(requests_of(server, "POST", "/metrics"))

    put(disk, "a.jsonl", data)
    one_pass(disk, server)
    one_pass(disk, server)

    assert summary is not None
    assert "DLV-011" in summary.troubles["a.jsonl"]
    assert sent == 1
    assert values(server) == [1.0, 2.0]


@pytest.mark.requirement("JRN-023", "RDR-001", "DLV-041")
def test_what_follows_a_second_header_is_dead_letters_and_the_journal_ends() -> None:
    disk, server = SimDisk(), make_server()
    first, second = journal("first-header", RUN, metrics(1.0)), journal("second-header", metrics(2.0))
    put(disk, "a.jsonl", first + second)

    wait(disk, server, DAY)

    assert values(server) == [1.0]
    assert [letter["requirement"] for letter in letters_of(disk)] == ["JRN-022", "JRN-023"]
    assert not is_there(disk, "a.jsonl")


@dataclass(frozen=True)
class Newer:
    """A sender of a later version, which knows the kind `events_lost`."""

    older: Checker

    def known(self, kind: str) -> bool:
        return kind == "note" or self.older.known(kind)

    def problem(self, kind: str, record: dict[str, Any]) -> Problem | None:
        return None if kind == "note" else self.older.problem(kind, record)


@pytest.mark.requirement("RDR-010", "DLV-041")
def test_a_parked_record_keeps_its_journal_and_is_delivered_when_its_kind_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disk, server = SimDisk(), make_server()
    note: Record = {"kind": "note", "message": "from the future"}
    put(disk, "a.jsonl", journal("ahead-of-time", RUN, note, metrics(1.0), {"kind": "end", "records": 4}))
    wait(disk, server, 2 * DAY)
    parked = is_there(disk, "a.jsonl")

    monkeypatch.setitem(_events(), "note", _events()["event"])
    one_pass(disk, server, known=Newer(CHECKER))
    one_pass(disk, server, known=Newer(CHECKER))

    assert parked
    assert values(server) == [1.0]
    assert [message for _, message, _ in events_of(server, run_ids(server)["heat"])] == ["from the future"]
    assert not is_there(disk, "a.jsonl")


def _events() -> dict[str, Any]:
    """The table of kinds that become events: a newer version's has one more."""
    from simvue.core import batching  # noqa: PLC0415 - this test alone looks inside

    return batching._EVENTS


@pytest.mark.requirement("DLV-074", "DLV-075", "DLV-077")
def test_a_tensor_whose_grid_the_server_refuses_is_a_dead_letter_and_others_are_delivered() -> None:
    disk, server = SimDisk(), make_server()
    rows: list[Record] = [
        RUN,
        {"kind": "tensor", "metric": "bad!", "array": [1.0], "step": 1},
        {"kind": "tensor", "metric": "T", "array": [[1.0, 2.0]], "step": 1},
        {"kind": "grid", "name": "no such grid", "metrics": ["U"]},
        {"kind": "end", "records": 5},
    ]
    put(disk, "a.jsonl", journal("has-tensors", *rows))

    finish(disk, server)

    assert [letter["line"] for letter in letters_of(disk)] == [3, 5]
    assert letters_of(disk)[1]["requirement"] == "DLV-077"
    assert state_of(server)["tensor"] == [[1.0, 2.0]]


@pytest.mark.requirement("DLV-064", "DLV-071", "DLV-072", "DLV-076")
def test_losses_and_reasons_become_events() -> None:
    disk, server = SimDisk(), make_server()
    rows: list[Record] = [
        RUN,
        {"kind": "lost", "count": 3, "first_seq": 5, "last_seq": 7},
        {"kind": "status", "status": "failed", "reason": "no memory"},
        {"kind": "end", "status": "failed", "records": 4, "reason": "rotate"},
    ]
    put(disk, "a.jsonl", journal("lost-some", *rows))

    finish(disk, server)

    run = run_ids(server)["heat"]
    assert [(message, level) for _, message, level in events_of(server, run)] == [
        ("the writer lost 3 records, first seq 5, last seq 7", "warning"),
        ("failed: no memory", "error"),
    ]
    assert len(requests_of(server, "PUT", f"/runs/{run}")) == 1  # the journal has set that status already
    assert ask(server, f"/runs/{run}")["endtime"].startswith("2026-03-01T08:00:03")


@pytest.mark.requirement("DLV-005")
@pytest.mark.parametrize("effect", ["create /cache/sender/state", "append /cache/sender/state", "sync /cache/sender"])
def test_nothing_is_sent_when_the_state_cannot_be_written(effect: str) -> None:
    disk, server = SimDisk(), make_server()
    put(disk, "a.jsonl", journal("no-room-left", RUN, metrics(1.0)))
    full = OSError(28, "No space left on device")

    world, summary = one_pass(disk, server, change=lambda world: world.errors.update({effect: full}))

    assert summary is not None
    assert summary.exit is Exit.STATE_UNWRITABLE
    assert not [name for name in world.effects if name.startswith(("POST", "PUT"))]


@pytest.mark.requirement("DLV-005", "DLV-009", "DLV-040")
def test_nothing_is_accounted_for_when_its_dead_letters_cannot_be_kept() -> None:
    disk, server = SimDisk(), make_server()
    data = journal("no-room-for-letters", RUN, metrics(1.0)) + b'{"kind":oops}\n'
    put(disk, "a.jsonl", data + lines("no-room-for-letters", {"kind": "end", "records": 3}, first=3))
    full = OSError(28, "No space left on device")

    _, summary = one_pass(disk, server, change=lambda world: world.errors.update({"append /cache/sender/dead": full}))
    finish(disk, server)

    assert summary is not None
    assert summary.exit is Exit.STATE_UNWRITABLE
    assert [letter["line"] for letter in letters_of(disk)] == [4]
    assert values(server) == [1.0]


@pytest.mark.requirement("DLV-009", "DLV-040")
def test_dead_letters_outlive_the_power() -> None:
    disk, server = SimDisk(), make_server()
    data = journal("letters-kept", RUN, metrics(1.0)) + b'{"kind":oops}\n'
    put(disk, "a.jsonl", data + lines("letters-kept", {"kind": "end", "records": 3}, first=3))

    finish(disk, server)
    disk.lose_power()

    assert [letter["line"] for letter in letters_of(disk)] == [4]


def count_of_windows() -> int:
    return sum(isinstance(thing, Loaded) for thing in gc.get_objects())


def test_a_journal_of_many_windows_is_delivered_whole_and_one_window_at_a_time() -> None:
    disk, server = SimDisk(), make_server()
    rows = [metrics(float(number)) for number in range(200)]
    put(disk, "a.jsonl", journal("many-windows", RUN, *rows, {"kind": "end", "records": 202}))
    for rank in range(5):
        put(disk, f"b{rank}.jsonl", journal(f"other-rank-{rank}", *rows[:20], {"kind": "end", "records": 21}))
    gc.collect()
    before, most = count_of_windows(), [0]

    def watch(world: SimWorld) -> None:
        def intercept(request: Request) -> Response | None:
            if request.path == "/metrics":
                most[0] = max(most[0], count_of_windows() - before)
            return None

        world.intercept = intercept

    for _ in range(3):
        one_pass(disk, server, change=watch, policy=replace(POLICY, window=2048))

    assert len(values(server)) == 300
    assert most == [1]
    assert receipts(disk)["many-windows"]["size"] == sum(receipts(disk)["many-windows"]["bytes"].values())


def test_the_marker_of_a_checkpoint_tells_where_and_what() -> None:
    assert marker_of(b"") == "0:e3b0c44298fc1c14"
    assert marker_of(b"a" * 100) == marker_of(b"b" + b"a" * 64)
    assert marker_of(b"a" * 63) != marker_of(b"a" * 64)
    assert orjson.dumps(marker_of(b"x")) == b'"1:2d711642b726b044"'

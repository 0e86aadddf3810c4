"""What goes in one request: limits, keys and bodies that are the same whoever makes them."""

from itertools import pairwise
from typing import Any

import ormsgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simvue.core.batching import LIMIT, TENSOR_LIMIT, Batch, Item, Series, operation_key, plan
from simvue.core.reading import START, Entry, read
from simvue.journal.schemas import checker
from tests.delivery.scenes import Record, journal, lines

NAME = "j" * 64
CHECKER = checker()


def planned(*records: Record, bore_run: bool = True, **members: object) -> list[Batch | Entry]:
    reading = read(START, journal(NAME, *records, **members), CHECKER)
    header = reading.state.header
    assert header is not None
    assert {entry.verdict.value for entry in reading.entries} == {"accepted"}
    return list(plan(reading.entries, header, bore_run=bore_run))


def kinds(parts: list[Batch | Entry]) -> list[str]:
    return [
        f"{part.series}:{len(part.items)}" if isinstance(part, Batch) else str((part.record or {})["kind"])
        for part in parts
    ]


def batch_of(*records: Record) -> Batch:
    (batch,) = (part for part in planned(*records) if isinstance(part, Batch))
    return batch


METRICS: Record = {"kind": "metrics", "values": {"r": 1.0}}
EVENT: Record = {"kind": "event", "message": "x"}
TENSOR: Record = {"kind": "tensor", "metric": "T", "array": [1.0]}


@pytest.mark.requirement("DLV-015")
def test_series_between_other_records_are_gathered_and_the_order_of_the_others_is_kept() -> None:
    tags: Record = {"kind": "tags", "set": []}

    parts = planned(METRICS, EVENT, METRICS, TENSOR, tags, EVENT, {"kind": "metadata", "values": {}}, METRICS)

    assert kinds(parts) == ["metrics:2", "events:1", "tensors:1", "tags", "events:1", "metadata", "metrics:1"]


def test_headers_and_heartbeats_need_no_request() -> None:
    assert planned({"kind": "heartbeat"}, {"kind": "heartbeat"}) == []


@pytest.mark.requirement("DLV-014")
def test_no_batch_is_larger_than_allowed() -> None:
    data = lines(NAME, *[METRICS] * (LIMIT + 1), first=1)
    reading = read(START, journal(NAME) + data, CHECKER)
    header = reading.state.header
    assert header is not None

    parts = list(plan([*reading.entries, *_tensors(250)], header, bore_run=True))

    assert kinds(parts) == [
        f"metrics:{LIMIT}",
        "metrics:1",
        f"tensors:{TENSOR_LIMIT}",
        f"tensors:{TENSOR_LIMIT}",
        "tensors:50",
    ]
    assert LIMIT == 16_000


def _tensors(count: int) -> list[Entry]:
    entries = read(START, journal(NAME, *[TENSOR] * count), CHECKER).entries
    return [entry for entry in entries if (entry.record or {})["kind"] == "tensor"]


@pytest.mark.requirement("DLV-063", "RDR-042", "REC-034", "REC-035")
def test_a_point_has_step_time_stamp_and_every_value() -> None:
    first: Record = {
        "kind": "metrics",
        "values": {"r": 1, "n": "NaN", "i": "-Infinity"},
        "at": "2026-03-01T10:00:01.5+01:00",
    }
    second: Record = {"kind": "metrics", "values": {"r": 0.5}, "step": 7.0, "time": -2}

    body = ormsgpack.unpackb(batch_of(first, second).body("R", {}))

    assert body["run"] == "R"
    one, two = body["metrics"]
    assert (one["step"], one["timestamp"]) == (0, "2026-03-01T09:00:01.500000")
    assert one["time"] == pytest.approx(3601.5, abs=0.1)
    assert one["values"]["r"] == 1
    assert repr(one["values"]["n"]) == "nan"
    assert one["values"]["i"] == float("-inf")
    assert (two["step"], two["time"], two["values"]) == (7, -2, {"r": 0.5})


def test_a_default_step_counts_the_metrics_before() -> None:
    steps = [item.payload["step"] for item in batch_of(METRICS, METRICS, METRICS | {"step": 9}, METRICS).items]

    assert steps == [0, 1, 9, 3]


@pytest.mark.parametrize("number", [2**63, 2**64 - 1, -(2**63), 10**30, -(10**30), 1.7976931348623157e308])
def test_every_number_a_record_can_hold_can_be_packed(number: float) -> None:
    body = batch_of({"kind": "metrics", "values": {"r": number}}).body("R", {})

    assert ormsgpack.unpackb(body)["metrics"][0]["values"]["r"] == pytest.approx(number, rel=1e-15)


@pytest.mark.requirement("DLV-064", "DLV-071", "DLV-076", "REC-041")
def test_events_losses_and_reasons_become_events() -> None:
    rows: list[Record] = [
        EVENT,
        {"kind": "event", "message": "y", "log_level": "debug"},
        {"kind": "lost", "count": 2},
        {"kind": "lost", "count": 3, "first_seq": 4, "last_seq": 6},
    ]

    body = ormsgpack.unpackb(batch_of(*rows).body("R", {}))

    assert body["run"] == "R"
    assert [(row["message"], row["log_level"]) for row in body["events"]] == [
        ("x", "info"),
        ("y", "debug"),
        ("the writer lost 2 records", "warning"),
        ("the writer lost 3 records, first seq 4, last seq 6", "warning"),
    ]
    assert body["events"][0]["timestamp"].startswith("2026-03-01T08:00:01.")


ENDS: list[tuple[Record, bool, list[str], str]] = [
    ({"kind": "end", "status": "completed"}, True, ["end"], ""),
    ({"kind": "end", "status": "completed"}, False, [], ""),
    ({"kind": "end"}, True, [], ""),
    ({"kind": "end", "status": "failed", "reason": "x"}, True, ["events:1", "end"], "error"),
    ({"kind": "end", "status": "failed", "reason": "x"}, False, ["events:1"], "error"),
    ({"kind": "end", "reason": "rotate"}, True, [], ""),
    ({"kind": "end", "reason": "done"}, False, ["events:1"], "info"),
    ({"kind": "status", "status": "running"}, False, ["status"], ""),
    ({"kind": "status", "status": "terminated", "reason": "x"}, False, ["events:1", "status"], "warning"),
    ({"kind": "status", "status": "completed", "reason": ""}, True, ["status"], ""),
]


@pytest.mark.requirement("DLV-071", "DLV-072", "RDR-043")
@pytest.mark.parametrize(("record", "bore_run", "wanted", "level"), ENDS)
def test_an_end_sets_the_status_only_in_a_journal_that_bore_a_run(
    record: Record, wanted: list[str], level: str, *, bore_run: bool
) -> None:
    parts = planned(record, bore_run=bore_run)

    assert kinds(parts) == wanted
    assert not level or isinstance(parts[0], Batch)
    if isinstance(parts and parts[0], Batch):
        assert parts[0].items[0].payload["log_level"] == level  # type: ignore[union-attr]


@pytest.mark.requirement("DLV-075")
def test_tensors_name_their_metric_and_its_grid() -> None:
    record: Record = {"kind": "tensor", "metric": "T", "array": [[1, "NaN"], [3.0, "Infinity"]], "step": 2, "time": 0.5}

    batch = batch_of(record)

    (row,) = ormsgpack.unpackb(batch.body("R", {"T": "G"}))
    assert (row["metric"], row["grid"], row["step"], row["time"]) == ("T", "G", 2, 0.5)
    assert repr(row["array"]) == "[[1, nan], [3.0, inf]]"
    assert batch.path("R") == "/runs/R/metrics"


@pytest.mark.requirement("DLV-013")
def test_keys_tell_every_request_of_a_journal_apart_and_are_short_enough() -> None:
    parts = planned(
        METRICS,
        EVENT,
        METRICS,
        TENSOR,
        {"kind": "tags", "set": []},
        {"kind": "status", "status": "failed", "reason": "x"},
    )
    far = Batch(Series.METRICS, (Item(10**19, 10**19 + 10, {"values": {"r": 1.0}}),))
    keys = [part.key(NAME) if isinstance(part, Batch) else operation_key(NAME, part, "step") for part in parts]
    for _ in range(50):
        far = far.missing([(0, ["r"])])
        keys.append(far.key(NAME))

    assert len(set(keys)) == len(keys)
    assert all(key.startswith(f"{NAME}/") and len(key.encode()) <= 255 for key in keys)


@pytest.mark.requirement("DLV-011")
def test_the_same_bytes_make_the_same_keys_and_bodies_wherever_the_reading_stopped() -> None:
    records = [METRICS, EVENT, TENSOR, METRICS, {"kind": "tags", "set": []}, METRICS]
    data = journal(NAME, *records)
    whole = planned(*records)
    state = read(START, data[: data.index(b"\n") + 1], CHECKER).state
    header = state.header
    assert header is not None

    rest = list(plan(read(state, data[state.offset :], CHECKER).entries, header, bore_run=True))

    assert [_sent(part) for part in whole] == [_sent(part) for part in rest]


def _sent(part: Batch | Entry) -> Any:
    return (part.key(NAME), part.body("R", {"T": "G"})) if isinstance(part, Batch) else (part.offset, part.record)


def numbered(count: int) -> Batch:
    return batch_of(*[{"kind": "metrics", "values": {"a": float(n), "b": 0.0}} for n in range(count)])


@pytest.mark.requirement("DLV-031")
@given(st.integers(2, 60))
def test_halves_are_the_whole_and_end_in_single_records(count: int) -> None:
    singles: list[Batch] = []
    keys: set[str] = set()

    def halve(batch: Batch) -> None:
        keys.add(batch.key(NAME))
        if len(batch.items) == 1:
            singles.append(batch)
        else:
            for half in batch.halves():
                halve(half)

    batch = numbered(count)
    halve(batch)

    assert [single.items[0] for single in singles] == list(batch.items)
    assert len(keys) == 2 * count - 1


@pytest.mark.requirement("DLV-025")
def test_what_is_missing_is_a_batch_of_its_own() -> None:
    batch = numbered(4)
    left: list[tuple[int, list[str]]] = [(1, ["b"]), (3, ["a", "b"])]

    missing = batch.missing(left)
    other = batch.missing([(1, ["a"]), (3, ["a", "b"])])

    assert [item.payload["values"] for item in missing.items] == [{"b": 0.0}, {"a": 3.0, "b": 0.0}]
    assert (
        len({batch.key(NAME), missing.key(NAME), other.key(NAME), missing.missing(left[:0] or [(0, ["b"])]).key(NAME)})
        == 4
    )
    assert batch.missing([[1, ["b"]], [3, ["a", "b"]]]) == missing  # type: ignore[list-item] # as notes have it
    assert batch.items[1].payload["values"] == {"a": 1.0, "b": 0.0}


def test_missing_events_are_whole_events() -> None:
    batch = batch_of(EVENT, {"kind": "event", "message": "y"})

    assert batch.missing([(1, [""])]).items == batch.items[1:]


def test_ranges_of_batches_follow_one_another() -> None:
    batches = [part for part in planned(*[METRICS, {"kind": "tags", "set": []}] * 5) if isinstance(part, Batch)]

    assert all(one.items[-1].end <= two.items[0].offset for one, two in pairwise(batches))

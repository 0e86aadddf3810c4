"""Cut the accepted records of a journal into what is delivered together (DLV-014, DLV-015).

Records of series (metrics, events, tensors) between two records of other kinds make a batch for each series; any
other record is an operation of its own (`simvue.core.mapping`). The same entries always make the same batches, the
same keys and the same bodies, because a request in doubt is sent again by another process (DLV-011).
Tests: tests/core/test_batching.py.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import orjson
import ormsgpack

from simvue.core.reading import Entry, Header, Verdict
from simvue.core.timestamps import seconds_between, server_form

__all__ = ["LIMIT", "TENSOR_LIMIT", "Batch", "Item", "Series", "operation_key", "plan"]

LIMIT = 16_000
"""Records in a batch at the most: what the published client sends at once (DLV-014)."""

TENSOR_LIMIT = 100
"""Tensors in a batch at the most: to look for them takes a request for each."""

_NOT_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_EXACT = 2**53 - 1
_NO_REQUEST = frozenset({"header", "heartbeat"})


class Series(StrEnum):
    """Records that travel in batches."""

    METRICS = "metrics"
    EVENTS = "events"
    TENSORS = "tensors"


class Item(NamedTuple):
    """One record of a batch: its bytes in the journal (`offset` to `end`) and what is sent for it."""

    offset: int
    end: int
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one series that go in one request."""

    series: Series
    items: tuple[Item, ...]
    suffix: str = ""

    def key(self, journal: str) -> str:
        """Return the idempotency key (DLV-013)."""
        return f"{journal}/{self.items[0].offset}-{self.items[-1].end}/{self.series}{self.suffix}"

    def path(self, run_id: str) -> str:
        """Return the path of the request."""
        return f"/runs/{run_id}/metrics" if self.series is Series.TENSORS else f"/{self.series}"

    def body(self, run_id: str, grids: Mapping[str, str]) -> bytes:
        """Return the MessagePack body; `grids` has the server's grid of each tensor's metric (DLV-063 to 075)."""
        if self.series is Series.TENSORS:
            points = [item.payload | {"grid": grids[item.payload["metric"]]} for item in self.items]
            return ormsgpack.packb(points)
        return ormsgpack.packb({"run": run_id, str(self.series): [item.payload for item in self.items]})

    def halves(self) -> "tuple[Batch, Batch]":
        """Return the two batches that a refused one is cut into (DLV-031)."""
        middle = len(self.items) // 2
        return (
            Batch(self.series, self.items[:middle], self.suffix),
            Batch(self.series, self.items[middle:], self.suffix),
        )

    def missing(self, left: Sequence[tuple[int, list[str]]]) -> "Batch":
        """Return the batch of what did not arrive: items by position, with the names of their values (DLV-025).

        Its range can be that of the whole, so its key names what it holds: in as many bytes however often it happens.
        """
        items = []
        for position, names in left:
            item = self.items[position]
            payload = item.payload
            if self.series is Series.METRICS:
                payload = payload | {"values": {name: payload["values"][name] for name in names}}
            items.append(Item(item.offset, item.end, payload))
        content = hashlib.sha256(orjson.dumps([self.suffix, left])).hexdigest()[:16]
        return Batch(self.series, tuple(items), f"/missing-{content}")


def operation_key(journal: str, entry: Entry, step: str) -> str:
    """Return the idempotency key of a step of a single record's operation (DLV-013)."""
    return f"{journal}/{entry.offset}-{entry.offset + entry.length}/{step}"


def plan(entries: Iterable[Entry], header: Header, *, bore_run: bool) -> Iterator[Batch | Entry]:
    """Yield what is to be delivered, in order: batches, and entries that are operations of their own.

    `bore_run` says whether the journal has a `run` record, which decides what its `end` means (DLV-072).
    """
    group: dict[Series, list[Item]] = {series: [] for series in Series}
    metrics = group[Series.METRICS]
    for entry in entries:
        if entry.verdict is not Verdict.ACCEPTED or entry.record is None:
            continue
        kind = entry.record["kind"]
        if kind == "metrics":
            metrics.append(_item(entry, _metrics(entry, header)))
        elif kind == "tensor":
            group[Series.TENSORS].append(_item(entry, _tensor(entry, header)))
        elif kind in _EVENTS:
            group[Series.EVENTS].extend(_item(entry, event) for event in _EVENTS[kind](entry.record))
            if kind == "status" or (kind == "end" and bore_run and "status" in entry.record):
                yield from _flushed(group)
                yield entry
        elif kind not in _NO_REQUEST:
            yield from _flushed(group)
            yield entry
    yield from _flushed(group)


def _flushed(group: dict[Series, list[Item]]) -> Iterator[Batch]:
    for series, items in group.items():
        limit = TENSOR_LIMIT if series is Series.TENSORS else LIMIT
        for start in range(0, len(items), limit):
            yield Batch(series, tuple(items[start : start + limit]))
        items.clear()


def _item(entry: Entry, payload: dict[str, Any]) -> Item:
    return Item(entry.offset, entry.offset + entry.length, payload)


def _stepped(entry: Entry, header: Header) -> dict[str, Any]:
    """Step, time and time stamp, with the reader's defaults (REC-034, REC-035, REC-115)."""
    record = entry.record or {}
    at, step = record["at"], record.get("step", entry.index)
    return {
        "step": step if type(step) is int else int(step),
        "time": record["time"] if "time" in record else seconds_between(header.at, at),
        "timestamp": server_form(at),
    }


def _metrics(entry: Entry, header: Header) -> dict[str, Any]:
    values = entry.record["values"] if entry.record else {}
    payload = _stepped(entry, header)
    payload["values"] = {name: value if type(value) is float else _number(value) for name, value in values.items()}
    return payload


def _number(value: Any) -> Any:
    """DLV-063: what JSON writes as text is a float again, and so is an integer that others would round."""
    if isinstance(value, str):
        return _NOT_FINITE[value]
    if isinstance(value, int) and not -_EXACT <= value <= _EXACT:
        return float(value)
    return value


def _numbers(array: list[Any]) -> list[Any]:
    return [_numbers(value) if isinstance(value, list) else _number(value) for value in array]


def _tensor(entry: Entry, header: Header) -> dict[str, Any]:
    record = entry.record or {}
    return {**_stepped(entry, header), "metric": record["metric"], "array": _numbers(record["array"])}


def _event(record: Mapping[str, Any], message: str, level: str) -> dict[str, Any]:
    return {"message": message, "timestamp": server_form(record["at"]), "log_level": level}


def _events(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [_event(record, record["message"], record.get("log_level", "info"))]


def _lost(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """DLV-076."""
    which = "".join(
        f", {name.replace('_', ' ')} {record[name]}" for name in ("first_seq", "last_seq") if name in record
    )
    return [_event(record, f"the writer lost {record['count']} records{which}", "warning")]


def _reason(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """DLV-071, DLV-072: why a status was set; a rotation is no news to the user."""
    reason = record.get("reason")
    if not reason or (record["kind"] == "end" and reason == "rotate"):
        return []
    status = record.get("status", "ended")
    level = "error" if status == "failed" else "warning" if status == "terminated" else "info"
    return [_event(record, f"{status}: {reason}", level)]


_EVENTS = {"event": _events, "lost": _lost, "status": _reason, "end": _reason}

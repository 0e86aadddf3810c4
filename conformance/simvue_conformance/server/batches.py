"""Checks and reads the batches: metrics, events and tensors, all of a request or nothing of it.

These are the hot paths, so the loops are plain. Single values are judged by `validation`.
Tests: tests/conformance/server/test_batches.py.
"""

# ruff: noqa: TRY004 - a rule raises ValueError for whatever arrived wrong, types too: that is its contract

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import ormsgpack

from simvue_conformance.server.answers import Problems
from simvue_conformance.server.validation import (
    LARGEST_WHOLE,
    METRIC_NAME,
    choice,
    instant,
    number,
    optional,
    text,
    whole,
)
from simvue_conformance.server.wire import decode_body, parse_instant

__all__ = ["EventRow", "MetricRecord", "TensorRow", "read_events", "read_metrics", "read_tensors"]

MOST_ELEMENTS_OF_TENSOR = 50_000
MOST_ELEMENTS_OF_REQUEST = 1_000_000
LEVELS = ("debug", "info", "warning", "error", "critical")

MetricRecord: TypeAlias = tuple[int, float, int, dict[str, float]]
"""Step, time in seconds, timestamp in microseconds, values by metric name."""

EventRow: TypeAlias = tuple[int, str, str | None]
"""Timestamp in microseconds, message, level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorRow:
    """One array of one metric; `packed` is the nested list as MessagePack, in which NaN survives."""

    metric: str
    grid: str
    step: int
    time: float
    timestamp: int
    shape: tuple[int, ...]
    packed: bytes


def _decoded(body: bytes, content_type: str) -> object:
    try:
        return decode_body(body, content_type)
    except (ValueError, TypeError) as error:
        raise Problems.refuse(["body"], f"could not be decoded as {content_type or 'msgpack'}: {error}") from error


def _run_and_list(body: bytes, content_type: str, member: str) -> tuple[str, list[object]]:
    value = _decoded(body, content_type)
    if not isinstance(value, dict) or not isinstance(value.get("run"), str):
        raise Problems.refuse(["body", "run"], "must be given")
    rows = value.get(member)
    if not isinstance(rows, list):
        raise Problems.refuse(["body", member], "must be a list")
    return value["run"], rows


@lru_cache(maxsize=4096)
def _is_metric_name(name: str) -> bool:
    return METRIC_NAME.fullmatch(name) is not None


def _metric_values(values: object) -> dict[str, float]:
    if type(values) is not dict:
        raise ValueError("values must be an object")
    for name, value in values.items():
        if not _is_metric_name(name):
            raise ValueError(f"{name!r} is not a metric name: use ASCII letters, digits, blanks, -_/.:=><+()%")
        kind = type(value)
        if kind is float:
            continue
        if kind is int or kind is bool:
            # SQLite has 64 bits with a sign; beyond them a double is what is left.
            values[name] = int(value) if abs(value) <= LARGEST_WHOLE else float(value)
            continue
        raise ValueError(f"the value of {name!r} must be a number")
    return values


def _metric_record(row: object) -> MetricRecord:
    if type(row) is not dict:
        raise ValueError("must be an object")
    step, time = row.get("step"), row.get("time")
    if type(step) is not int or not 0 <= step <= LARGEST_WHOLE:
        raise ValueError("step must be a whole number of at least 0")
    if type(time) is not float:
        time = number(time)
    if not math.isfinite(time):
        raise ValueError("time must be a finite number of seconds")
    return step, time, parse_instant(row.get("timestamp")), _metric_values(row.get("values"))


def read_metrics(body: bytes, content_type: str) -> tuple[str, list[MetricRecord]]:
    """Read a metrics batch as run id and records. Raises the 422 that names every bad record."""
    run, rows = _run_and_list(body, content_type, "metrics")
    problems, records = Problems(), []
    for index, row in enumerate(rows):
        try:
            records.append(_metric_record(row))
        except ValueError as error:
            problems.add(["body", "metrics", index], str(error))
    problems.refuse_any()
    return run, records


_level = optional(choice(*LEVELS))


def _event_row(row: object) -> EventRow:
    if type(row) is not dict:
        raise ValueError("must be an object")
    level = row.get("log_level")
    _level(level)
    return parse_instant(row.get("timestamp")), text(row.get("message")), level


def read_events(body: bytes, content_type: str) -> tuple[str, list[EventRow]]:
    """Read an events batch as run id and rows. Raises the 422 that names every bad event."""
    run, rows = _run_and_list(body, content_type, "events")
    problems, accepted = Problems(), []
    for index, row in enumerate(rows):
        try:
            accepted.append(_event_row(row))
        except ValueError as error:
            problems.add(["body", "events", index], str(error))
    problems.refuse_any()
    return run, accepted


def _shape(array: object) -> tuple[int, ...]:
    """Return the lengths of a regular nested list of numbers, slowest axis first."""
    if isinstance(array, int | float):
        return ()
    if not isinstance(array, list) or not array:
        raise ValueError("array must be nested lists of numbers, none empty")
    shapes = {_shape(part) for part in array}
    if len(shapes) > 1:
        raise ValueError("array must be regular: all rows of one length")
    return (len(array), *shapes.pop())


def _tensor_row(row: object) -> TensorRow:
    if not isinstance(row, dict):
        raise ValueError("must be an object")
    metric, shape = row.get("metric"), _shape(row.get("array"))
    if not isinstance(metric, str) or not _is_metric_name(metric):
        raise ValueError(f"{metric!r} is not a metric name")
    if not shape or math.prod(shape) > MOST_ELEMENTS_OF_TENSOR:
        raise ValueError(f"array must have axes and at most {MOST_ELEMENTS_OF_TENSOR} elements")
    return TensorRow(
        metric=metric,
        grid=text(row.get("grid")),
        step=whole()(row.get("step")),
        time=number(row.get("time")),
        timestamp=instant(row.get("timestamp")),
        shape=shape,
        packed=ormsgpack.packb(row["array"]),
    )


def read_tensors(body: bytes, content_type: str) -> list[TensorRow]:
    """Read a list of tensor points. Raises the 422 that names every bad one."""
    rows = _decoded(body, content_type)
    if not isinstance(rows, list):
        raise Problems.refuse(["body"], "must be a list")
    problems, accepted = Problems(), []
    for index, row in enumerate(rows):
        try:
            accepted.append(_tensor_row(row))
        except ValueError as error:
            problems.add(["body", index], str(error))
    problems.refuse_any()
    if sum(math.prod(tensor.shape) for tensor in accepted) > MOST_ELEMENTS_OF_REQUEST:
        raise Problems.refuse(["body"], f"must not hold more than {MOST_ELEMENTS_OF_REQUEST} elements")
    return accepted

"""Metrics over HTTP: batches in, series out. Tests: tests/conformance/server/test_metrics.py."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import RowMapping

from simvue_conformance.server.answers import EMPTY, Answer, Problems, ok
from simvue_conformance.server.batches import read_metrics
from simvue_conformance.server.call import Call
from simvue_conformance.server.store.judging import judge_metrics
from simvue_conformance.server.store.metrics import (
    Axis,
    add_metrics,
    aggregated,
    metric_names,
    metric_span,
    series_of,
    series_points,
)
from simvue_conformance.server.store.runs import run_row
from simvue_conformance.server.validation import read_body
from simvue_conformance.server.wire import format_instant, is_true, query_list

__all__ = ["get_metric_names", "get_metric_span", "get_metrics", "known_run", "post_metrics"]

Item = TypeVar("Item")


def known_run(call: Call, run: str) -> RowMapping:
    """Return the run of a batch. Raises the 422 that the published client turns into its ValueError."""
    row = run_row(call.connection, run)
    if row is None:
        raise Problems.refuse(["body", "run"], "Run does not exist")
    return row


def post_metrics(call: Call) -> Answer:
    """Append a batch of records, all of it or nothing."""
    run, records = read_metrics(call.body, call.content_type)
    row = known_run(call, run)
    if not call.settings.null:
        add_metrics(call.connection, run, records)
        judge_metrics(call.connection, row, (name for record in records for name in record[3]))
    values = sum(len(record[3]) for record in records)
    call.afterwards.append(lambda: _count(call, len(records), values))
    return EMPTY


def _count(call: Call, records: int, values: int) -> None:
    call.accepted.metrics += records
    call.accepted.values += values


def _thinned(rows: Sequence[Item], most: int | None) -> Sequence[Item]:
    """Return at most `most` rows, evenly spread, the first and the last among them."""
    if not most or len(rows) <= most:
        return rows
    if most == 1:
        return rows[-1:]
    return [rows[place * (len(rows) - 1) // (most - 1)] for place in range(most)]


def _names(call: Call, parameter: str) -> list[str] | None:
    try:
        return query_list(call.query, parameter)
    except ValueError as error:
        raise Problems.refuse(["query", parameter], str(error)) from error


AXES: Mapping[str, Axis] = {"step": "step", "time": "time", "timestamp": "timestamp"}


def _axis(call: Call) -> Axis:
    axis = AXES.get(call.query.get("xaxis", "step"))
    if axis is None:
        raise Problems.refuse(["query", "xaxis"], f"must be one of: {', '.join(AXES)}")
    return axis


def get_metrics(call: Call) -> Answer:
    """Return the series of runs, each by itself or aggregated over the runs."""
    runs, names, axis = _names(call, "runs"), _names(call, "metrics"), _axis(call)
    if not runs:
        raise Problems.refuse(["query", "runs"], "must be a JSON list of run ids")
    if is_true(call.query, "aggregate"):
        return ok(_aggregated(call, runs, names, axis))
    return ok(_separate(call, runs, names, axis))


def _place(axis: Axis, place: Any) -> object:
    return format_instant(place) if axis == "timestamp" else place


def _separate(call: Call, runs: list[str], names: list[str] | None, axis: Axis) -> dict[str, object]:
    most, count, start = call.integer("max_points"), call.integer("count"), call.integer("start") or 0
    answer: dict[str, object] = {}
    for run in runs:
        found = {}
        for name, number in series_of(call.connection, run, names):
            points = _thinned(series_points(call.connection, number, axis, count=count, start=start), most)
            if points:  # clients stumble over empty series
                found[name] = [{axis: _place(axis, place), "value": value} for place, value in points]
        if found:
            answer[run] = found
    return answer


def _aggregated(call: Call, runs: list[str], names: list[str] | None, axis: Axis) -> dict[str, object]:
    numbers: dict[str, list[int]] = {}
    for run in runs:
        for name, number in series_of(call.connection, run, names):
            numbers.setdefault(name, []).append(number)
    most = call.integer("max_points")
    answer: dict[str, object] = {}
    for name, series in numbers.items():
        rows = _thinned(aggregated(call.connection, series, axis), most)
        if rows:
            answer[name] = [{axis: _place(axis, place), **values} for place, values in rows]
    return answer


def get_metric_names(call: Call) -> Answer:
    """Return the names of the metrics of runs, those of tensors too."""
    return ok(metric_names(call.connection, _names(call, "runs") or []))


def get_metric_span(call: Call) -> Answer:
    """Return the range of the axes over runs, which come as a list in the body or in `runs`."""
    wanted = read_body(call.body) if call.body else _names(call, "runs")
    if not isinstance(wanted, list) or not all(isinstance(run, str) for run in wanted):
        raise Problems.refuse(["body"], "must be a list of run ids")
    return ok(metric_span(call.connection, wanted))

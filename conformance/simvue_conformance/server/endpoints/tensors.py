"""Grids and tensor metrics over HTTP. Tests: tests/conformance/server/test_tensors.py."""

# ruff: noqa: TRY004 - a rule raises ValueError for whatever arrived wrong, types too: that is its contract

import itertools
import math

from sqlalchemy import RowMapping, select

from simvue_conformance.server.answers import EMPTY, Answer, Problems, missing, ok
from simvue_conformance.server.batches import TensorRow, read_tensors
from simvue_conformance.server.call import Call
from simvue_conformance.server.store.listing import find
from simvue_conformance.server.store.runs import run_row
from simvue_conformance.server.store.tables import grids
from simvue_conformance.server.store.tensors import (
    GRID_LISTING,
    add_tensors,
    attach_grid,
    create_grid,
    delete_grid,
    grid_document,
    grid_row,
    grids_of_run,
    tensor_points,
    tensor_span,
)
from simvue_conformance.server.validation import METRIC_NAME, name, number, read_body, read_members, text
from simvue_conformance.server.wire import from_json

__all__ = [
    "delete_one_grid",
    "get_grid",
    "get_grids",
    "get_run_grids",
    "get_tensor_span",
    "get_tensor_values",
    "post_grid",
    "post_tensors",
    "put_run_grid",
]

MOST_AXES = 2


def _labels(value: object) -> list[str]:
    if not isinstance(value, list):
        raise ValueError("must be a list of names, one for each axis")
    return [text(entry) for entry in value]


def _grid(value: object) -> list[list[float]]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_AXES:
        raise ValueError(f"must have 1 to {MOST_AXES} axes")
    for axis in value:
        if not isinstance(axis, list) or not axis:
            raise ValueError("every axis must be a list with at least one tick")
        ticks = [number(tick) for tick in axis]
        if any(left > right for left, right in itertools.pairwise(ticks)):
            raise ValueError("the ticks of every axis must ascend")
    return value


def _metric(value: object) -> str:
    checked = text(value)
    if not METRIC_NAME.fullmatch(checked):
        raise ValueError("must be the name of a metric")
    return checked


def post_grid(call: Call) -> Answer:
    """Create a grid."""
    rules = {"name": name, "labels": _labels, "grid": _grid}
    fields = read_members(read_body(call.body), rules, required=list(rules))
    if len(_labels(fields["labels"])) != len(_grid(fields["grid"])):
        raise Problems.refuse(["body", "labels"], "must name every axis of the grid")
    identifier = call.settings.identifier()
    create_grid(call.connection, fields, identifier=identifier, user=call.caller.user, now=call.now)
    return ok({"id": identifier})


def get_grids(call: Call) -> Answer:
    """List grids."""
    rows, total = find(call.connection, GRID_LISTING, call.page())
    return ok({"data": [grid_document(row) for row in rows], "count": total})


def get_grid(call: Call) -> Answer:
    """Return one grid."""
    return ok(grid_document(call.found("Grid", "grid", grid_row)))


def delete_one_grid(call: Call) -> Answer:
    """Delete a grid."""
    delete_grid(call.connection, call.found("Grid", "grid", grid_row)["id"])
    return EMPTY


def get_run_grids(call: Call) -> Answer:
    """List the grids of a run."""
    return ok(grids_of_run(call.connection, call.found("Run", "run", run_row)["id"]))


def put_run_grid(call: Call) -> Answer:
    """Say that a metric of the run lives on a grid."""
    run, grid = call.found("Run", "run", run_row), call.found("Grid", "grid", grid_row)
    fields = read_members(read_body(call.body), {"metric": _metric}, required=["metric"])
    attach_grid(call.connection, run["id"], grid["id"], str(fields["metric"]))
    return EMPTY


def _fits(shape: tuple[int, ...], grid: RowMapping) -> bool:
    """Tell whether an array has as many elements as its grid has points, in either order of the axes."""
    axes = from_json(grid["grid"])
    lengths = [len(axis) for axis in axes] if isinstance(axes, list) else []
    return len(shape) == len(lengths) and sorted(shape) == sorted(lengths) and math.prod(shape) > 0


def _refuse_misfits(call: Call, rows: list[TensorRow]) -> None:
    known = {row["id"]: row for row in _grids(call, {row.grid for row in rows})}
    problems = Problems()
    for index, row in enumerate(rows):
        if row.grid not in known:
            problems.add(["body", index, "grid"], "Grid does not exist")
        elif not _fits(row.shape, known[row.grid]):
            problems.add(["body", index, "array"], "does not fit its grid")
    problems.refuse_any()


def _grids(call: Call, identifiers: set[str]) -> list[RowMapping]:
    return list(call.connection.execute(select(grids).where(grids.c.id.in_(identifiers))).mappings())


def post_tensors(call: Call) -> Answer:
    """Append arrays to a run, all of them or none."""
    run = call.found("Run", "run", run_row)
    rows = read_tensors(call.body, call.content_type)
    _refuse_misfits(call, rows)
    if not call.settings.null:
        add_tensors(call.connection, run["id"], rows)
    call.afterwards.append(lambda: _count(call, len(rows)))
    return EMPTY


def _count(call: Call, rows: int) -> None:
    call.accepted.tensors += rows


def get_tensor_values(call: Call) -> Answer:
    """Return the array of one step; without a step, that of the last, and all of them under `data`."""
    run, metric = call.found("Run", "run", run_row), call.path["metric"]
    step, count, start = call.integer("step"), call.integer("count"), call.integer("start") or 0
    points = tensor_points(call.connection, run["id"], metric, step=step, count=count, start=start)
    if not points:
        raise missing("Tensor metric", metric)
    return ok({**points[-1], "data": points, "count": len(points)})


def get_tensor_span(call: Call) -> Answer:
    """Return a list of one range of steps, times and timestamps."""
    run, metric = call.found("Run", "run", run_row), call.path["metric"]
    span = tensor_span(call.connection, run["id"], metric)
    if span is None:
        raise missing("Tensor metric", metric)
    return ok([span])

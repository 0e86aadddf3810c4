"""Grids, and metrics whose values are arrays on them. Tests: tests/conformance/server/test_tensors.py."""

from collections.abc import Sequence

import ormsgpack
from sqlalchemy import Connection, RowMapping, delete, func, insert, select

from simvue_conformance.server.batches import TensorRow
from simvue_conformance.server.store.database import raw
from simvue_conformance.server.store.listing import Listing
from simvue_conformance.server.store.tables import grids, run_grids, tensors
from simvue_conformance.server.wire import format_instant, from_json, to_json

__all__ = [
    "GRID_LISTING",
    "add_tensors",
    "attach_grid",
    "create_grid",
    "delete_grid",
    "grid_document",
    "grid_row",
    "grids_of_run",
    "tensor_points",
    "tensor_span",
]

INSERT = "INSERT INTO tensors (run, metric, grid, step, time, timestamp, array) VALUES (?, ?, ?, ?, ?, ?, ?)"
GRID_LISTING = Listing(table=grids, texts={"id": "id", "name": "name", "user": "user"}, instants={"created": "created"})


def create_grid(connection: Connection, fields: dict[str, object], *, identifier: str, user: str, now: int) -> None:
    """Create a grid; equal grids are not recognised, as clients expect."""
    row = {"id": identifier, "name": fields["name"], "user": user, "created": now}
    documents = {key: to_json(fields[key]).decode() for key in ("labels", "grid")}
    connection.execute(insert(grids), {**row, **documents})


def grid_row(connection: Connection, identifier: str) -> RowMapping | None:
    """Return the row of a grid."""
    return connection.execute(select(grids).where(grids.c.id == identifier)).mappings().first()


def delete_grid(connection: Connection, identifier: str) -> None:
    """Delete a grid; arrays recorded on it stay."""
    connection.execute(delete(run_grids).where(run_grids.c.grid == identifier))
    connection.execute(delete(grids).where(grids.c.id == identifier))


def attach_grid(connection: Connection, run: str, grid: str, metric: str) -> None:
    """Say that a metric of a run lives on a grid; saying it twice changes nothing."""
    raw(connection).execute("INSERT OR IGNORE INTO run_grids (run, grid, metric) VALUES (?, ?, ?)", (run, grid, metric))


def grid_document(row: RowMapping) -> dict[str, object]:
    """Return everything about a grid."""
    return {
        **{key: row[key] for key in ("id", "name", "user")},
        "labels": from_json(row["labels"]),
        "grid": from_json(row["grid"]),
        "created": format_instant(row["created"]),
    }


def grids_of_run(connection: Connection, run: str) -> list[dict[str, object]]:
    """Return the grids attached to a run, once for each metric."""
    joined = run_grids.join(grids, grids.c.id == run_grids.c.grid)
    query = select(grids, run_grids.c.metric).select_from(joined).where(run_grids.c.run == run)
    rows = connection.execute(query.order_by(grids.c.number, run_grids.c.metric)).mappings()
    return [{**grid_document(row), "metric": row["metric"]} for row in rows]


def add_tensors(connection: Connection, run: str, rows: Sequence[TensorRow]) -> None:
    """Append arrays to a run."""
    raw(connection).executemany(
        INSERT, ((run, row.metric, row.grid, row.step, row.time, row.timestamp, row.packed) for row in rows)
    )


def tensor_points(
    connection: Connection, run: str, metric: str, *, step: int | None, count: int | None, start: int
) -> list[dict[str, object]]:
    """Return the arrays of a metric in the order of their steps, or those of one step."""
    query = select(tensors).where(tensors.c.run == run, tensors.c.metric == metric)
    if step is not None:
        query = query.where(tensors.c.step == step)
    query = query.order_by(tensors.c.step, tensors.c.number).limit(count or None).offset(start)
    return [
        {
            "step": row["step"],
            "time": row["time"],
            "timestamp": format_instant(row["timestamp"]),
            "grid": row["grid"],
            "array": ormsgpack.unpackb(row["array"]),
        }
        for row in connection.execute(query).mappings()
    ]


def tensor_span(connection: Connection, run: str, metric: str) -> dict[str, object] | None:
    """Return the least and the greatest step, time and timestamp of a metric, None without any array."""
    columns = [reduce(tensors.c[name]) for name in ("step", "time", "timestamp") for reduce in (func.min, func.max)]
    query = select(func.count(), *columns).where(tensors.c.run == run, tensors.c.metric == metric)
    count, min_step, max_step, min_time, max_time, min_timestamp, max_timestamp = connection.execute(query).one()
    if not count:
        return None
    return {
        "min_step": min_step,
        "max_step": max_step,
        "min_time": min_time,
        "max_time": max_time,
        "min_timestamp": format_instant(min_timestamp),
        "max_timestamp": format_instant(max_timestamp),
    }

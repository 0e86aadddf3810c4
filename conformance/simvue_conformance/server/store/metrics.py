"""Metrics: points in bulk, one row for each value, and a running summary of every series.

NaN is kept as NULL, which SQLite makes of it anyway. Reading a series gives it back in the order of its
axis and, within one place of the axis, in the order of arrival. Tests:
tests/conformance/server/test_metrics.py.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, func, select

from simvue_conformance.server.batches import MetricRecord
from simvue_conformance.server.store.database import raw
from simvue_conformance.server.store.tables import points, series, tensors
from simvue_conformance.server.wire import format_instant, to_json

__all__ = [
    "Axis",
    "add_metrics",
    "aggregated",
    "metric_names",
    "metric_span",
    "series_of",
    "series_points",
    "series_summary",
]

Axis = Literal["step", "time", "timestamp"]

INSERT_POINT = "INSERT INTO points (series, step, time, timestamp, value) VALUES (?, ?, ?, ?, ?)"
KNOWN = (
    "SELECT name, number, count, finite, total, lowest, highest, min_step, max_step, min_time, max_time,"
    " min_timestamp, max_timestamp FROM series WHERE run = ? AND name IN (SELECT value FROM json_each(?))"
)
STATE = (
    "count, finite, total, lowest, highest, min_step, max_step, min_time, max_time,"
    " min_timestamp, max_timestamp, last, last_step, last_time, last_timestamp"
)
CREATE = f"INSERT INTO series (run, name, {STATE}) VALUES (?, ?{', 0' * 15})"  # noqa: S608 - constants only
UPDATE = f"UPDATE series SET ({STATE}) = ({', '.join('?' * 15)}) WHERE number = ?"  # noqa: S608 - constants only


@dataclass(slots=True, kw_only=True)
class _Summary:
    """What is known of one series; grows with each point of a batch."""

    number: int
    count: int = 0
    finite: int = 0
    total: float = 0.0
    lowest: float = math.inf
    highest: float = -math.inf
    min_step: float = math.inf
    max_step: float = -math.inf
    min_time: float = math.inf
    max_time: float = -math.inf
    min_timestamp: float = math.inf
    max_timestamp: float = -math.inf
    last: float = math.nan
    last_place: tuple[int, float, int] = (0, 0.0, 0)

    def add(self, place: tuple[int, float, int], value: float) -> None:
        """Take one point into account; NaN counts but is neither least nor greatest."""
        self.count += 1
        self.last, self.last_place = value, place
        if value == value:  # noqa: PLR0124 - false for NaN alone, and much faster than asking math
            self.finite += 1
            self.total += value
            self.lowest = min(self.lowest, value)
            self.highest = max(self.highest, value)
        step, time, timestamp = place
        self.min_step, self.max_step = min(step, self.min_step), max(step, self.max_step)
        self.min_time, self.max_time = min(time, self.min_time), max(time, self.max_time)
        self.min_timestamp = min(timestamp, self.min_timestamp)
        self.max_timestamp = max(timestamp, self.max_timestamp)

    @property
    def row(self) -> tuple[float | None, ...]:
        """The parameters of UPDATE; NaN is bound as NULL by SQLite."""
        extremes = (self.lowest, self.highest) if self.finite else (None, None)
        axes = (
            self.min_step,
            self.max_step,
            self.min_time,
            self.max_time,
            self.min_timestamp,
            self.max_timestamp,
        )
        return (
            self.count,
            self.finite,
            self.total,
            *extremes,
            *axes,
            self.last,
            *self.last_place,
            self.number,
        )


def _summaries(connection: Connection, run: str, names: Iterable[str]) -> dict[str, _Summary]:
    database, wanted = raw(connection), sorted(names)
    found: dict[str, _Summary] = {}
    for name, number, count, finite, total, low, high, *axes in database.execute(
        KNOWN, (run, to_json(wanted).decode())
    ):
        least, most = (low, high) if finite else (math.inf, -math.inf)
        places = dict(zip(_AXES, axes, strict=True))
        # A sum of infinities of both signs is NaN, which comes back as NULL.
        sum_so_far = math.nan if total is None else total
        found[name] = _Summary(
            number=number, count=count, finite=finite, total=sum_so_far, lowest=least, highest=most, **places
        )
    for name in wanted:
        if name not in found:
            number = database.execute(CREATE, (run, name)).lastrowid or 0
            found[name] = _Summary(number=number)
    return found


_AXES = ("min_step", "max_step", "min_time", "max_time", "min_timestamp", "max_timestamp")


def add_metrics(connection: Connection, run: str, records: Sequence[MetricRecord]) -> None:
    """Append the values of all records to the series of a run."""
    names = {name for _, _, _, values in records for name in values}
    if not names:
        return
    known = _summaries(connection, run, names)
    rows = []
    for step, time, timestamp, values in records:
        place = (step, time, timestamp)
        for name, value in values.items():
            summary = known[name]
            summary.add(place, value)
            rows.append((summary.number, step, time, timestamp, value))
    database = raw(connection)
    database.executemany(INSERT_POINT, rows)
    database.executemany(UPDATE, [summary.row for summary in known.values()])


def _number(value: Any) -> float:
    return math.nan if value is None else value


def series_summary(connection: Connection, run: str) -> dict[str, Any]:
    """Return count, least, greatest, average and last value of every metric of a run."""
    summary = {}
    for row in connection.execute(select(series).where(series.c.run == run).order_by(series.c.name)).mappings():
        average = _number(row["total"]) / row["finite"] if row["finite"] else math.nan
        summary[row["name"]] = {
            "count": row["count"],
            "min": _number(row["lowest"]),
            "max": _number(row["highest"]),
            "average": average,
            "last": _number(row["last"]),
            "step": row["last_step"],
            "time": row["last_time"],
            "timestamp": format_instant(row["last_timestamp"]),
        }
    return summary


def metric_names(connection: Connection, identifiers: Sequence[str]) -> list[str]:
    """Return the names of all metrics of the runs, those of tensors too."""
    plain = select(series.c.name).where(series.c.run.in_(identifiers))
    arrays = select(tensors.c.metric).where(tensors.c.run.in_(identifiers))
    return sorted(connection.execute(plain.union(arrays)).scalars())


def metric_span(connection: Connection, identifiers: Sequence[str]) -> dict[str, object]:
    """Return the least and the greatest step, time and timestamp over all metrics of the runs."""
    columns = [func.min(series.c[name]) if name.startswith("min") else func.max(series.c[name]) for name in _AXES]
    row = connection.execute(select(*columns).where(series.c.run.in_(identifiers))).one()
    return {
        name: format_instant(value) if name.endswith("timestamp") else value
        for name, value in zip(_AXES, row, strict=True)
    }


def series_of(connection: Connection, run: str, names: Sequence[str] | None) -> list[tuple[str, int]]:
    """Return name and number of the series of a run, of all without `names`."""
    query = select(series.c.name, series.c.number).where(series.c.run == run).order_by(series.c.name)
    if names is not None:
        query = query.where(series.c.name.in_(names))
    return [(name, number) for name, number in connection.execute(query)]


def series_points(
    connection: Connection, number: int, axis: Axis, *, count: int | None = None, start: int = 0
) -> list[tuple[float, float]]:
    """Return place and value of the points of a series in ascending order of the axis."""
    query = select(points.c[axis], points.c.value).where(points.c.series == number)
    query = query.order_by(points.c[axis], points.c.number).limit(count or None).offset(start)
    return [(place, _number(value)) for place, value in connection.execute(query)]


def aggregated(connection: Connection, numbers: Sequence[int], axis: Axis) -> list[tuple[float, dict[str, float]]]:
    """Return average, least and greatest value over several series at each place of the axis."""
    gathered: dict[float, list[float]] = {}
    for number in numbers:
        for place, value in series_points(connection, number, axis):
            gathered.setdefault(place, []).append(value)
    return [(place, _aggregate(values)) for place, values in sorted(gathered.items())]


def _aggregate(values: list[float]) -> dict[str, float]:
    finite = [value for value in values if not math.isnan(value)]
    if not finite:
        return {"average": math.nan, "min": math.nan, "max": math.nan}
    return {"average": sum(finite) / len(finite), "min": min(finite), "max": max(finite)}

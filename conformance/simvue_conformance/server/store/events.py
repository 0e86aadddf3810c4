"""Events of runs: appended in bulk, listed by time, counted in windows.

Tests: tests/conformance/server/test_events.py.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from simvue_conformance.server.store.database import pairs, raw
from simvue_conformance.server.store.listing import Clause
from simvue_conformance.server.store.tables import events
from simvue_conformance.server.wire import format_instant

__all__ = ["add_events", "list_events", "windows"]

INSERT = "INSERT INTO events (run, timestamp, message, log_level) VALUES (?, ?, ?, ?)"


def add_events(connection: Connection, run: str, rows: Sequence[tuple[int, str, str | None]]) -> None:
    """Append events to a run."""
    raw(connection).executemany(INSERT, ((run, *row) for row in rows))


def list_events(
    connection: Connection, run: str, clauses: Sequence[Clause], *, count: int | None, start: int
) -> tuple[list[dict[str, object]], int]:
    """Return a page of events, oldest first and as they came within one instant, and the total."""
    where = (events.c.run == run, *clauses)
    total = connection.execute(select(func.count()).select_from(events).where(*where)).scalar_one()
    query = select(events.c.message, events.c.timestamp, events.c.log_level).where(*where)
    query = query.order_by(events.c.timestamp, events.c.number).limit(count or None).offset(start)
    rows = connection.execute(query)
    # Published clients refuse any other member.
    page: list[dict[str, object]] = [
        {"message": message, "timestamp": format_instant(timestamp), "log_level": level}
        for message, timestamp, level in rows
    ]
    return page, total


def windows(
    connection: Connection,
    run: str,
    clauses: Sequence[Clause],
    *,
    window: int,
    begin: int | None,
    end: int | None,
) -> list[dict[str, object]]:
    """Count events in windows of `window` microseconds from `begin`; without any event there is one of 0."""
    first_last = select(func.min(events.c.timestamp), func.max(events.c.timestamp)).where(events.c.run == run)
    first, last = connection.execute(first_last).one()
    begin = begin if begin is not None else first or 0
    end = end if end is not None else (last or 0) + 1
    bucket = (events.c.timestamp - begin) // window
    query = select(bucket, func.count()).where(
        events.c.run == run, events.c.timestamp >= begin, events.c.timestamp < end, *clauses
    )
    counted = pairs(connection, query.group_by(bucket))
    if not counted:
        return [{"timestamp": format_instant(begin), "count": 0}]
    return [
        {"timestamp": format_instant(begin + number * window), "count": count}
        for number, count in sorted(counted.items())
    ]

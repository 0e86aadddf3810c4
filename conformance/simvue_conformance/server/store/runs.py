"""Runs: creation, changes, heartbeats, the lapse into `lost`, and the full document that clients read.

Deleting is in `deletion`; metrics, events and artifacts of a run are in their own modules.
Tests: tests/conformance/server/test_runs.py.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, case, delete, exists, func, insert, literal, select, update

from simvue_conformance.server.filters import Condition
from simvue_conformance.server.store.alerts import alert_document
from simvue_conformance.server.store.database import pairs
from simvue_conformance.server.store.folders import ensure_folder
from simvue_conformance.server.store.listing import Clause, Listing, text_clause
from simvue_conformance.server.store.metrics import series_summary
from simvue_conformance.server.store.naming import invented_name
from simvue_conformance.server.store.tables import (
    alert_states,
    alerts,
    events,
    run_artifacts,
    runs,
    series,
    stars,
    tensors,
)
from simvue_conformance.server.store.tags import ensure_tags
from simvue_conformance.server.store.upkeep import ENDED, deadlines
from simvue_conformance.server.wire import format_instant, format_runtime, from_json, to_json

__all__ = [
    "RUN_LISTING",
    "STATUSES",
    "beat",
    "change_run",
    "create_run",
    "run_document",
    "run_row",
    "set_abort",
    "set_star",
]

STATUSES = ("created", "running", "completed", "failed", "terminated", "lost")
DOCUMENTS = ("metadata", "system", "visibility", "notifications", "tags", "alerts")
DEFAULTS: Mapping[str, object] = {
    "folder": "/",
    "status": "created",
    "metadata": {},
    "system": None,
    "tags": [],
    "alerts": [],
    "visibility": {"users": [], "tenant": False, "public": False},
    "notifications": {"state": "none"},
}


def _merged(old: object, new: object) -> object:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}
    return new


def _columns(fields: Mapping[str, object]) -> dict[str, object]:
    return {key: to_json(value).decode() if key in DOCUMENTS else value for key, value in fields.items()}


def create_run(
    connection: Connection, fields: Mapping[str, Any], *, identifier: str, folder_id: Any, user: str, now: int
) -> dict[str, str]:
    """Create a run with its folder and its tags; `folder_id` gives identifiers for what is missing."""
    values = {**DEFAULTS, **fields}
    values["name"] = values.get("name") or invented_name(identifier)
    values["visibility"] = {**DEFAULTS["visibility"], **values["visibility"]}  # type: ignore[dict-item] # a dict above
    folder = ensure_folder(connection, values["folder"], identify=folder_id, user=user, now=now)
    ensure_tags(connection, values["tags"], identify=folder_id, user=user, now=now)
    is_running = values["status"] == "running"
    values.setdefault("started", now if is_running else None)
    if values["status"] in ENDED and values.get("endtime") is None:
        values["endtime"] = now
    row = {"id": identifier, "user": user, "created": now, "modified": now, "abort": 0}
    row["heartbeat"] = now if is_running else None
    connection.execute(insert(runs), {**_columns(values), **row, **deadlines({**values, **row})})
    return {"id": identifier, "name": values["name"], "folder_id": folder}


def run_row(connection: Connection, identifier: str) -> RowMapping | None:
    """Return the row of a run."""
    return connection.execute(select(runs).where(runs.c.id == identifier)).mappings().first()


def change_run(
    connection: Connection, row: RowMapping, changes: Mapping[str, Any], *, identify: Any, user: str, now: int
) -> None:
    """Apply a PUT: metadata is merged at every depth, everything else replaced."""
    values = dict(changes)
    if "metadata" in values:
        values["metadata"] = _merged(from_json(row["metadata"]), values["metadata"])
    if "visibility" in values:
        values["visibility"] = _merged(from_json(row["visibility"]), values["visibility"])
    if "folder" in values:
        ensure_folder(connection, values["folder"], identify=identify, user=user, now=now)
    if "tags" in values:
        ensure_tags(connection, values["tags"], identify=identify, user=user, now=now)
    if values.get("status") == "running":
        values["heartbeat"] = now  # also what brings a lost run back
        values.setdefault("endtime", None)
        if row["started"] is None:
            values.setdefault("started", now)
    if values.get("status") in ENDED and values.get("endtime", row["endtime"]) is None:
        values["endtime"] = now
    _update(connection, row, {**_columns(values), "modified": now})


def _update(connection: Connection, row: RowMapping, values: Mapping[str, Any]) -> None:
    due = deadlines({**row, **values})
    connection.execute(update(runs).where(runs.c.id == row["id"]).values(**values, **due))


def beat(connection: Connection, row: RowMapping, now: int) -> None:
    """Take note of a heartbeat; a lost run is running again."""
    status = "running" if row["status"] == "lost" else row["status"]
    _update(connection, row, {"heartbeat": now, "status": status})


def set_abort(connection: Connection, identifier: str, reason: str | None) -> None:
    """Ask the run to stop; its status stays what it is."""
    connection.execute(update(runs).where(runs.c.id == identifier).values(abort=1, abort_reason=reason))


def set_star(connection: Connection, identifier: str, *, user: str, starred: bool) -> None:
    """Add an object to the favourites of a user, or take it out."""
    connection.execute(delete(stars).where(stars.c.user == user, stars.c.object == identifier))
    if starred:
        connection.execute(insert(stars), {"user": user, "object": identifier})


def _alerts_of(connection: Connection, run: str, identifiers: Sequence[str]) -> list[dict[str, object]]:
    if not identifiers:
        return []
    rows = connection.execute(select(alerts).where(alerts.c.id.in_(identifiers))).mappings()
    found = {row["id"]: row for row in rows}
    state_query = select(alert_states.c.alert, alert_states.c.status).where(alert_states.c.run == run)
    states = pairs(connection, state_query)
    return [
        {"alert": alert_document(found[identifier]), "status": {"current": states.get(identifier)}}
        for identifier in identifiers
        if identifier in found
    ]


def _metrics_of(connection: Connection, run: str) -> dict[str, object]:
    summary: dict[str, object] = series_summary(connection, run)
    query = select(tensors.c.metric, func.count(), func.max(tensors.c.step), func.max(tensors.c.time))
    for metric, count, step, time in connection.execute(query.where(tensors.c.run == run).group_by(tensors.c.metric)):
        absent = dict.fromkeys(("min", "max", "average", "last", "timestamp"))
        summary[metric] = {**absent, "count": count, "step": step, "time": time}
    return summary


def run_document(connection: Connection, row: RowMapping, *, user: str, now: int) -> dict[str, object]:
    """Return everything about a run, every member present."""
    run = row["id"]
    event_count = connection.execute(select(func.count()).where(events.c.run == run)).scalar_one()
    star = select(literal(1)).where(stars.c.user == user, stars.c.object == run)
    started, ended = row["started"], row["endtime"]
    copied = (
        "id",
        "name",
        "description",
        "status",
        "ttl",
        "folder",
        "user",
        "heartbeat_timeout",
        "abort_reason",
    )
    return {
        **{key: row[key] for key in copied},
        **{key: from_json(row[key]) for key in DOCUMENTS if key != "alerts"},
        **{key: format_instant(row[key]) for key in ("created", "started", "endtime", "modified")},
        "starred": connection.execute(star).first() is not None,
        "runtime": format_runtime(None if started is None else (now if ended is None else ended) - started),
        "metrics": _metrics_of(connection, run),
        "events": {"count": event_count},
        "alerts": _alerts_of(connection, run, list(_strings(from_json(row["alerts"])))),
    }


def _strings(value: object) -> Iterable[str]:
    return value if isinstance(value, list) else []


def _alert_groups(conditions: Iterable[Condition]) -> list[list[Condition]]:
    """Part the filters on alerts by the alert they mean: a name begins a new one, a status belongs to it."""
    groups: list[list[Condition]] = []
    for item in conditions:
        if item.field == "alert.name" or not groups:
            groups.append([])
        groups[-1].append(item)
    return groups


def _special(conditions: Sequence[Condition]) -> tuple[list[Clause], list[Condition]]:
    """Take out the filters that look at other tables: the alerts of a run and its artifacts."""
    columns = {"alert.name": alerts.c.name, "alert.status": alert_states.c.status}
    remaining = [item for item in conditions if item.field not in {*columns, "artifact.id"}]
    clauses: list[Clause] = []
    for group in _alert_groups(item for item in conditions if item.field in columns):
        entries = func.json_each(runs.c.alerts).table_valued("value")
        state = and_(alert_states.c.alert == alerts.c.id, alert_states.c.run == runs.c.id)
        joined = entries.join(alerts, alerts.c.id == entries.c.value).outerjoin(alert_states, state)
        query = select(literal(1)).select_from(joined)
        for item in group:
            query = query.where(text_clause(columns[item.field], item, item.value))
        clauses.append(exists(query.correlate(runs)))
    for item in conditions:
        if item.field == "artifact.id":
            attached = select(run_artifacts.c.run).where(run_artifacts.c.artifact == item.value)
            clauses.append(runs.c.id.in_(attached))
    return clauses, remaining


def _metric_for_sorting(connection: Connection, row: RowMapping, column: str) -> object:
    """Return what `metrics.loss` or `metrics.loss.max` means for a run: the last value, or that statistic."""
    name = column.removeprefix("metrics").lstrip(".")
    stem, _, statistic = name.rpartition(".")
    average = case((series.c.finite > 0, series.c.total / series.c.finite))
    columns = {"last": series.c.last, "min": series.c.lowest, "max": series.c.highest, "average": average}
    columns["count"] = series.c.count
    of_run = select(series.c.last).where(series.c.run == row["id"])
    value = connection.execute(of_run.where(series.c.name == name)).first()
    if value is None and statistic in columns:
        query = select(columns[statistic]).where(series.c.run == row["id"], series.c.name == stem)
        value = connection.execute(query).first()
    return None if value is None else value[0]


_COLUMNS = ("id", "name", "folder", "description", "status", "user")
_INSTANTS = ("created", "started", "modified", "endtime")
RUN_LISTING = Listing(
    table=runs,
    texts={**{column: column for column in _COLUMNS}, "folder.path": "folder"},
    instants={**{column: column for column in _INSTANTS}, "ended": "endtime"},
    documents=("metadata", "system"),
    special=_special,
    sort_member=_metric_for_sorting,
    sort_prefix="metrics",
)

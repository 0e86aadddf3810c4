"""Alerts: definitions, recognised when they come again, and their status on each run.

Judging thresholds and patterns is left to `judging`.
Tests: tests/conformance/server/test_alerts.py.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from simvue_conformance.server.store.listing import Listing
from simvue_conformance.server.store.tables import alert_states, alerts, runs
from simvue_conformance.server.wire import format_instant, from_json, to_json

__all__ = [
    "ALERT_LISTING",
    "alert_document",
    "alert_row",
    "change_alert",
    "create_alert",
    "delete_alert",
    "same_alert",
    "set_state",
    "state_of",
]

IDENTITY = ("name", "source", "description", "notification", "alert")
DEFAULTS: Mapping[str, object] = {
    "description": None,
    "notification": "none",
    "enabled": True,
    "abort": False,
    "alert": None,
}
_COLUMNS = ("id", "name", "description", "source", "notification", "user")
ALERT_LISTING = Listing(table=alerts, texts={column: column for column in _COLUMNS}, instants={"created": "created"})


def _columns(fields: Mapping[str, object]) -> dict[str, object]:
    # Sorted, so that equal definitions are equal as text.
    return {
        key: to_json(dict(sorted(value.items())) if isinstance(value, dict) else value).decode()
        if key == "alert"
        else value
        for key, value in fields.items()
    }


def same_alert(connection: Connection, fields: Mapping[str, object]) -> str | None:
    """Return the oldest alert of the same name, source, description, notification and definition."""
    wanted = _columns({**DEFAULTS, **fields})
    query = select(alerts.c.id).order_by(alerts.c.number)
    for column in IDENTITY:
        query = query.where(
            alerts.c[column].is_(wanted[column]) if wanted[column] is None else alerts.c[column] == wanted[column]
        )
    return connection.execute(query).scalar()


def create_alert(connection: Connection, fields: Mapping[str, object], *, identifier: str, user: str, now: int) -> None:
    """Create an alert."""
    row = _columns({**DEFAULTS, **fields})
    connection.execute(insert(alerts), {**row, "id": identifier, "user": user, "created": now})


def alert_row(connection: Connection, identifier: str) -> RowMapping | None:
    """Return the row of an alert."""
    return connection.execute(select(alerts).where(alerts.c.id == identifier)).mappings().first()


def change_alert(connection: Connection, row: RowMapping, changes: Mapping[str, Any]) -> None:
    """Replace the given members; inside the definition too only what is given."""
    values = dict(changes)
    if isinstance(values.get("alert"), dict):
        old = from_json(row["alert"])
        values["alert"] = {**(old if isinstance(old, dict) else {}), **values["alert"]}
    if values:
        connection.execute(update(alerts).where(alerts.c.id == row["id"]).values(**_columns(values)))


def delete_alert(connection: Connection, identifier: str) -> None:
    """Delete an alert and its states; runs that list it no longer show it."""
    connection.execute(delete(alert_states).where(alert_states.c.alert == identifier))
    connection.execute(delete(alerts).where(alerts.c.id == identifier))


def state_of(connection: Connection, alert: str, run: str) -> str | None:
    """Return the status of an alert on a run, None until somebody sets it."""
    query = select(alert_states.c.status).where(alert_states.c.alert == alert, alert_states.c.run == run)
    return connection.execute(query).scalar()


def set_state(connection: Connection, alert: RowMapping, run: str, status: str) -> None:
    """Set the status of an alert on a run; critical asks the run to stop if the alert says so."""
    connection.execute(delete(alert_states).where(alert_states.c.alert == alert["id"], alert_states.c.run == run))
    connection.execute(insert(alert_states), {"alert": alert["id"], "run": run, "status": status})
    if status == "critical" and alert["abort"]:
        reason = f"alert {alert['name']} is critical"
        connection.execute(update(runs).where(runs.c.id == run).values(abort=1, abort_reason=reason))


def alert_document(row: RowMapping) -> dict[str, object]:
    """Return everything about an alert."""
    return {
        **{key: row[key] for key in ("id", "name", "description", "source", "notification", "user")},
        "enabled": bool(row["enabled"]),
        "abort": bool(row["abort"]),
        "alert": from_json(row["alert"]),
        "created": format_instant(row["created"]),
        "auto": False,
        "delay": 0,
        "run_tags": [],
    }

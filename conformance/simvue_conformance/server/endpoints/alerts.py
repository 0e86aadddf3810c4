"""Alerts over HTTP: definitions and their status on runs. Tests: tests/conformance/server/test_alerts.py."""

from collections.abc import Mapping
from typing import Any

from simvue_conformance.server.answers import EMPTY, Answer, Problems, existing, missing, ok
from simvue_conformance.server.call import Call
from simvue_conformance.server.store.alerts import (
    ALERT_LISTING,
    alert_document,
    alert_row,
    change_alert,
    create_alert,
    delete_alert,
    same_alert,
    set_state,
    state_of,
)
from simvue_conformance.server.store.listing import find
from simvue_conformance.server.store.runs import run_row
from simvue_conformance.server.validation import (
    Rule,
    boolean,
    choice,
    document,
    name,
    number,
    optional,
    read_body,
    read_members,
    text,
    whole,
)
from simvue_conformance.server.wire import from_json, is_true

__all__ = [
    "delete_one_alert",
    "get_alert",
    "get_alert_status",
    "get_alerts",
    "post_alert",
    "put_alert",
    "put_alert_status",
]

ALERT_RULES: Mapping[str, Rule] = {
    "name": name,
    "description": optional(text),
    "source": choice("events", "metrics", "user"),
    "notification": choice("none", "email"),
    "enabled": boolean,
    "abort": boolean,
    "alert": optional(document),
}
DEFINITION_RULES: Mapping[str, Rule] = {
    "pattern": text,
    "metric": text,
    "rule": choice("is above", "is below", "is inside range", "is outside range"),
    "threshold": number,
    "range_low": number,
    "range_high": number,
    "window": whole(1),
    "frequency": whole(1),
    "aggregation": choice("average", "sum", "at least one", "all"),
}


def _required(source: object, definition: Mapping[str, Any]) -> list[str]:
    if source == "events":
        return ["pattern", "frequency"]
    if source != "metrics":
        return []
    bounds = ["range_low", "range_high"] if str(definition.get("rule", "")).endswith("range") else ["threshold"]
    return ["metric", "rule", *bounds, "window", "frequency", "aggregation"]


def _check_definition(source: object, definition: Mapping[str, Any]) -> None:
    """Refuse a definition that does not fit the source of its alert."""
    place = ("body", "alert")
    accepted: dict[str, Any] = read_members(
        definition, DEFINITION_RULES, required=_required(source, definition), place=place
    )
    low, high = accepted.get("range_low"), accepted.get("range_high")
    if low is not None and high is not None and not low < high:
        raise Problems.refuse([*place, "range_low"], "must be below range_high")


def post_alert(call: Call) -> Answer:
    """Create an alert; with `deduplicate` one of the same definition is named in a 409 instead."""
    fields = read_members(read_body(call.body), ALERT_RULES, required=["name", "source"])
    definition: Any = fields.get("alert") or {}
    _check_definition(fields["source"], definition)
    found = same_alert(call.connection, fields) if is_true(call.query, "deduplicate") else None
    if found is not None:
        return existing("Alert", found)
    identifier = call.settings.identifier()
    create_alert(call.connection, fields, identifier=identifier, user=call.caller.user, now=call.now)
    return ok({"id": identifier})


def get_alerts(call: Call) -> Answer:
    """List alerts."""
    rows, total = find(call.connection, ALERT_LISTING, call.page())
    return ok({"data": [alert_document(row) for row in rows], "count": total})


def get_alert(call: Call) -> Answer:
    """Return one alert."""
    return ok(alert_document(call.found("Alert", "alert", alert_row)))


def put_alert(call: Call) -> Answer:
    """Change what is given of an alert; no body changes nothing."""
    row = call.found("Alert", "alert", alert_row)
    changes = read_members(read_body(call.body), ALERT_RULES)
    old, new = from_json(row["alert"]), changes.get("alert")
    definition = {**(old if isinstance(old, dict) else {}), **(new if isinstance(new, dict) else {})}
    _check_definition(changes.get("source", row["source"]), definition)
    change_alert(call.connection, row, changes)
    return ok({"id": row["id"]})


def delete_one_alert(call: Call) -> Answer:
    """Delete an alert."""
    delete_alert(call.connection, call.found("Alert", "alert", alert_row)["id"])
    return EMPTY


def get_alert_status(call: Call) -> Answer:
    """Return the status of an alert on a run, null until it is set."""
    alert, run = call.found("Alert", "alert", alert_row), call.found("Run", "run", run_row)
    return ok({"status": state_of(call.connection, alert["id"], run["id"])})


def put_alert_status(call: Call) -> Answer:
    """Set the status of an alert on a run."""
    alert = call.found("Alert", "alert", alert_row)
    if run_row(call.connection, call.path["run"]) is None:
        raise missing("Run", call.path["run"])
    fields = read_members(read_body(call.body), {"status": choice("ok", "critical")}, required=["status"])
    set_state(call.connection, alert, call.path["run"], str(fields["status"]))
    return EMPTY

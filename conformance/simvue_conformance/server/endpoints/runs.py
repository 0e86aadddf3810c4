"""Runs over HTTP: one or many at a time, changes, heartbeats, abort, favourites.

Tests: tests/conformance/server/test_runs.py.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, cast

from sqlalchemy import RowMapping, select

from simvue_conformance.server.answers import EMPTY, Answer, Problems, ok
from simvue_conformance.server.call import Call
from simvue_conformance.server.store.deletion import delete_runs
from simvue_conformance.server.store.listing import find
from simvue_conformance.server.store.runs import (
    RUN_LISTING,
    STATUSES,
    beat,
    change_run,
    create_run,
    run_document,
    run_row,
    set_abort,
    set_star,
)
from simvue_conformance.server.store.tables import alerts
from simvue_conformance.server.validation import (
    Rule,
    boolean,
    choice,
    document,
    folder_path,
    identifiers,
    instant,
    label_list,
    name,
    optional,
    read_body,
    read_members,
    text,
    whole,
)

__all__ = [
    "delete_run",
    "get_abort",
    "get_run",
    "get_runs",
    "post_runs",
    "put_abort",
    "put_heartbeat",
    "put_run",
    "put_run_starred",
]


def _notifications(value: object) -> object:
    state = document(value).get("state", "none")
    return {"state": choice("none", "all", "error", "lost")(state)}


def _visibility(value: object) -> object:
    given = document(value)
    flags = {key: boolean(given[key]) for key in ("tenant", "public") if given.get(key) is not None}
    users = given.get("users", given.get("user"))  # batches name the list in the singular
    return {**flags, **({} if users is None else {"users": identifiers(users)})}


RUN_RULES: Mapping[str, Rule] = {
    "name": name,
    "folder": folder_path,
    "description": optional(text),
    "status": choice(*STATUSES),
    "ttl": optional(whole()),
    "metadata": document,
    "tags": label_list,
    "alerts": identifiers,
    "system": optional(document),
    "notifications": _notifications,
    "visibility": _visibility,
    "heartbeat_timeout": optional(whole()),
    "started": optional(instant),
    "endtime": optional(instant),
}
NEW_RUN_RULES: Mapping[str, Rule] = {**RUN_RULES, "name": optional(name)}


def _unknown_alerts(call: Call, fields: Mapping[str, Any]) -> list[str]:
    wanted = fields.get("alerts") or []
    known = (
        set(call.connection.execute(select(alerts.c.id).where(alerts.c.id.in_(wanted))).scalars()) if wanted else set()
    )
    return [identifier for identifier in wanted if identifier not in known]


def _refuse_unknown_alerts(call: Call, fields: Mapping[str, Any], *place: str | int) -> None:
    unknown = _unknown_alerts(call, fields)
    if unknown:
        raise Problems.refuse(["body", *place, "alerts"], f"Alert does not exist: {unknown[0]}")


def _create(call: Call, fields: Mapping[str, object]) -> dict[str, str]:
    identify = call.settings.identifier
    return create_run(
        call.connection,
        fields,
        identifier=identify(),
        folder_id=identify,
        user=call.caller.user,
        now=call.now,
    )


def post_runs(call: Call) -> Answer:
    """Create one run, or every run of a list or none; runs are never recognised as the same."""
    body = read_body(call.body)
    if not isinstance(body, list):
        fields = read_members(body, NEW_RUN_RULES, required=["folder"])
        _refuse_unknown_alerts(call, fields)
        return ok(_create(call, fields))
    problems = Problems()
    accepted = [
        read_members(entry, NEW_RUN_RULES, place=("body", index), problems=problems) for index, entry in enumerate(body)
    ]
    problems.refuse_any()
    for index, fields in enumerate(accepted):
        _refuse_unknown_alerts(call, fields, index)
    return ok([_create(call, fields) for fields in accepted])


def _document(call: Call, row: RowMapping) -> dict[str, object]:
    return run_document(call.connection, row, user=call.caller.user, now=call.now)


def get_runs(call: Call) -> Answer:
    """List runs as full documents, newest first unless sorted otherwise."""
    rows, total = find(call.connection, RUN_LISTING, call.page())
    return ok({"data": [_document(call, row) for row in rows], "count": total})


def get_run(call: Call) -> Answer:
    """Return one run."""
    return ok(_document(call, call.found("Run", "run", run_row)))


def put_run(call: Call) -> Answer:
    """Change what is given of a run; no body changes nothing."""
    row = call.found("Run", "run", run_row)
    changes = read_members(read_body(call.body), RUN_RULES)
    _refuse_unknown_alerts(call, changes)
    identify = call.settings.identifier
    change_run(call.connection, row, changes, identify=identify, user=call.caller.user, now=call.now)
    return ok({"id": row["id"]})


def delete_run(call: Call) -> Answer:
    """Delete a run and its data."""
    row = call.found("Run", "run", run_row)
    orphans = delete_runs(call.connection, [row["id"]])
    call.afterwards.extend(partial(call.blobs.delete, artifact) for artifact in orphans)
    return EMPTY


def put_heartbeat(call: Call) -> Answer:
    """Note that the run lives."""
    beat(call.connection, call.found("Run", "run", run_row), call.now)
    return EMPTY


def get_abort(call: Call) -> Answer:
    """Tell whether the run was asked to stop."""
    return ok({"status": bool(call.found("Run", "run", run_row)["abort"])})


def put_abort(call: Call) -> Answer:
    """Ask the run to stop."""
    row = call.found("Run", "run", run_row)
    fields = read_members(read_body(call.body), {"reason": optional(text)})
    set_abort(call.connection, row["id"], cast("str | None", fields.get("reason")))
    return EMPTY


def put_run_starred(call: Call) -> Answer:
    """Add the run to the caller's favourites, or take it out."""
    row = call.found("Run", "run", run_row)
    fields = read_members(read_body(call.body), {"starred": boolean}, required=["starred"])
    set_star(call.connection, row["id"], user=call.caller.user, starred=bool(fields["starred"]))
    return EMPTY

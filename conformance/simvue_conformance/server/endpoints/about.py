"""What the server says about itself and the caller. Tests: tests/conformance/server/test_about.py."""

from dataclasses import asdict

from sqlalchemy import func, select

from simvue_conformance.server.answers import Answer, ok
from simvue_conformance.server.call import Call
from simvue_conformance.server.endpoints.accounts import refuse_others
from simvue_conformance.server.store.database import pairs
from simvue_conformance.server.store.tables import runs
from simvue_conformance.server.store.usage import usage_by_user
from simvue_conformance.server.wire import is_false

__all__ = ["VERSION", "get_stats", "get_version", "get_whoami"]

VERSION = "1.2.16"
"""The version of the Simvue API that is answered; from here on events have levels."""


def get_version(call: Call) -> Answer:
    """Tell the version, and whether and for how many seconds idempotency keys are honoured."""
    settings = call.settings
    return ok(
        {
            "version": VERSION,
            "idempotency_key": settings.idempotency,
            "idempotency_window": settings.idempotency_window,
        }
    )


def get_whoami(call: Call) -> Answer:
    """Tell whose token was sent."""
    return ok({"user": call.caller.user, "tenant": call.caller.tenant})


def get_stats(call: Call) -> Answer:
    """Count runs by status, and what was accepted since the start; without `single`, for all users instead."""
    if is_false(call.query, "single"):
        refuse_others(call)
        tenant = call.query.get("tenant") or call.caller.tenant
        return ok(usage_by_user(call.connection) if tenant == call.caller.tenant else {})
    by_status = pairs(call.connection, select(runs.c.status, func.count()).group_by(runs.c.status))
    names = ("created", "running", "completed", "failed", "terminated", "lost")
    accepted = asdict(call.accepted)
    counts = {name: by_status.get(name, 0) for name in names}
    return ok({"runs": {**counts, "data": accepted["values"]}, "accepted": accepted})

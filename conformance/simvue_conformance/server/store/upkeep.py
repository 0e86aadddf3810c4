"""What time alone does to runs: they are lost without heartbeats, and go when their retention is over.

Nothing runs in the background: whoever asks next finds it done. When it is due is kept with every run, so that
asking costs the same however many runs there are. Tests: tests/conformance/server/test_retention.py and
test_runs.py.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from simvue_conformance.server.store.deletion import delete_runs
from simvue_conformance.server.store.tables import runs

__all__ = ["ENDED", "deadlines", "settle"]

ENDED = frozenset({"completed", "failed", "terminated"})
SECOND = 1_000_000
NEVER = 2**63 - 1
"""Where a timeout as large as a whole number can be would lead beyond 64 bits."""


def deadlines(row: Mapping[str, Any]) -> dict[str, int | None]:
    """Return when a run with these columns will be lost, and when it will be gone.

    The retention counts from the end of the run, or from its last change where the server heard of the end
    later: what is delivered days after the run is not gone before it is whole.
    """
    lost_at = gone_at = None
    timeout, retention = row.get("heartbeat_timeout"), row.get("ttl")
    if row["status"] == "running" and timeout is not None:
        lost_at = min(row["heartbeat"] + timeout * SECOND, NEVER)
    if row["status"] in ENDED and retention is not None:
        gone_at = min(max(row["endtime"] or 0, row["modified"]) + retention * SECOND, NEVER)
    return {"lost_at": lost_at, "gone_at": gone_at}


def settle(connection: Connection, now: int) -> list[str]:
    """Mark the lost runs and delete those whose retention is over; return the artifacts that went with them."""
    lost = {"status": "lost", "modified": now, "lost_at": None}
    connection.execute(update(runs).where(runs.c.lost_at < now).values(**lost))
    over = connection.execute(select(runs.c.id).where(runs.c.gone_at <= now)).scalars()
    return delete_runs(connection, list(over))

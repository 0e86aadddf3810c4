"""How much each user keeps on the server, for administrators. Tests: tests/conformance/server/test_accounts.py."""

from typing import Any

from sqlalchemy import Connection, Select, func, select

from simvue_conformance.server.store.database import pairs
from simvue_conformance.server.store.tables import alerts, artifacts, events, runs, series, tags, users

__all__ = ["usage_by_user"]


def _queries() -> dict[str, Select[Any]]:
    """Return a query for each number, of the user and the number."""
    queries: dict[str, Select[Any]] = {
        kind: select(table.c.user, func.count()).group_by(table.c.user)
        for kind, table in (("runs", runs), ("alerts", alerts), ("tags", tags), ("files", artifacts))
    }
    queries["volume"] = select(artifacts.c.user, func.sum(artifacts.c.size)).group_by(artifacts.c.user)
    for kind, table, number in (("events", events, func.count()), ("metrics", series, func.sum(series.c.count))):
        joined = runs.join(table, table.c.run == runs.c.id)
        queries[kind] = select(runs.c.user, number).select_from(joined).group_by(runs.c.user)
    return queries


def usage_by_user(connection: Connection) -> dict[str, dict[str, int]]:
    """Return runs, alerts, tags, files, their bytes, events and metric values of every user that is known."""
    counted = {kind: pairs(connection, query) for kind, query in _queries().items()}
    known = set(connection.execute(select(users.c.username)).scalars()).union(*counted.values())
    return {user: {kind: counts.get(user, 0) for kind, counts in counted.items()} for user in sorted(known)}

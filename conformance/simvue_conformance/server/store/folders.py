"""Folders: a tree by path, in which every ancestor is an object too. Deleting is in `deletion`.

Tests: tests/conformance/server/test_folders.py.
"""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, RowMapping, func, insert, literal, select, update

from simvue_conformance.server.store.listing import Listing
from simvue_conformance.server.store.tables import folders, runs, stars
from simvue_conformance.server.wire import format_instant, from_json, to_json

__all__ = ["FOLDER_LISTING", "change_folder", "ensure_folder", "folder_at", "folder_document", "folder_row"]

DOCUMENTS = ("metadata", "tags", "visibility")
DEFAULTS: Mapping[str, object] = {
    "name": None,
    "description": None,
    "metadata": {},
    "tags": [],
    "ttl": None,
    "visibility": {"users": [], "tenant": False, "public": False},
}
_COLUMNS = ("id", "path", "name", "description", "user")
FOLDER_LISTING = Listing(
    table=folders,
    texts={column: column for column in _COLUMNS},
    instants={"created": "created", "modified": "modified"},
    documents=("metadata",),
)


def _columns(fields: Mapping[str, object]) -> dict[str, object]:
    return {key: to_json(value).decode() if key in DOCUMENTS else value for key, value in fields.items()}


def folder_at(connection: Connection, path: str) -> str | None:
    """Return the identifier of the folder at `path`."""
    return connection.execute(select(folders.c.id).where(folders.c.path == path)).scalar()


def folder_row(connection: Connection, identifier: str) -> RowMapping | None:
    """Return the row of a folder."""
    return connection.execute(select(folders).where(folders.c.id == identifier)).mappings().first()


def ensure_folder(
    connection: Connection,
    path: str,
    fields: Mapping[str, object] | None = None,
    *,
    identify: Callable[[], str],
    user: str,
    now: int,
) -> str:
    """Return the folder at `path`; create it with `fields`, and its ancestors, if it is not there."""
    found = folder_at(connection, path)
    if found is not None:
        return found
    if path != "/":
        ensure_folder(connection, path.rpartition("/")[0] or "/", identify=identify, user=user, now=now)
    identifier = identify()
    row = {"id": identifier, "path": path, "user": user, "created": now, "modified": now}
    connection.execute(insert(folders), {**_columns({**DEFAULTS, **(fields or {})}), **row})
    return identifier


def change_folder(connection: Connection, identifier: str, changes: Mapping[str, object], now: int) -> None:
    """Replace the given members of a folder; metadata is merged at its top level."""
    values = dict(changes)
    values.pop("path", None)  # a folder does not move
    if isinstance(values.get("metadata"), dict):
        row = folder_row(connection, identifier)
        old = from_json(row["metadata"]) if row is not None else {}
        values["metadata"] = {**old, **values["metadata"]}  # type: ignore[dict-item] # both are objects, checked
    connection.execute(update(folders).where(folders.c.id == identifier).values(**_columns(values), modified=now))


def folder_document(connection: Connection, row: RowMapping, *, user: str) -> dict[str, object]:
    """Return everything about a folder, with the number of runs directly in it."""
    count = connection.execute(select(func.count()).where(runs.c.folder == row["path"])).scalar_one()
    star = select(literal(1)).where(stars.c.user == user, stars.c.object == row["id"])
    return {
        **{key: row[key] for key in ("id", "path", "name", "description", "ttl", "user")},
        **{key: from_json(row[key]) for key in DOCUMENTS},
        **{key: format_instant(row[key]) for key in ("created", "modified")},
        "starred": connection.execute(star).first() is not None,
        "runs": count,
    }

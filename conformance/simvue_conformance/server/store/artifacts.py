"""Artifacts and their attachment to runs, and the storages they are said to lie in.

The bytes are in `blobs`; the secret of an artifact is the unguessable part of its upload and download URL.
Tests: tests/conformance/server/test_artifacts.py.
"""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from simvue_conformance.server.store.database import pairs, raw
from simvue_conformance.server.store.listing import Clause, Listing
from simvue_conformance.server.store.tables import artifacts, run_artifacts, storages
from simvue_conformance.server.wire import format_instant, from_json, to_json

__all__ = [
    "ARTIFACT_LISTING",
    "artifact_by_secret",
    "artifact_document",
    "artifact_row",
    "artifacts_of_runs",
    "attach_artifact",
    "categories_in",
    "category_of",
    "change_artifact",
    "change_storage",
    "create_artifact",
    "create_storage",
    "default_storage",
    "delete_artifact",
    "delete_storage",
    "is_attached_to",
    "list_storages",
    "mark_received",
    "storage_document",
    "storage_row",
]

ATTACH = (
    "INSERT INTO run_artifacts (run, artifact, category) VALUES (?, ?, ?)"
    " ON CONFLICT (run, artifact) DO UPDATE SET category = excluded.category"
)
_COLUMNS = ("id", "name", "original_path", "mime_type", "checksum", "storage_id", "user")
ARTIFACT_LISTING = Listing(
    table=artifacts,
    texts={column: column for column in _COLUMNS},
    instants={"created": "created"},
    documents=("metadata",),
)


def create_artifact(
    connection: Connection, fields: Mapping[str, object], *, identifier: str, secret: str, user: str, now: int
) -> None:
    """Create an artifact that waits for its content."""
    row = {**fields, "metadata": to_json(fields.get("metadata")).decode()}
    own = {"id": identifier, "secret": secret, "user": user, "created": now, "received": 0, "uploaded": 0}
    connection.execute(insert(artifacts), {**row, **own})


def artifact_row(connection: Connection, identifier: str) -> RowMapping | None:
    """Return the row of an artifact."""
    return connection.execute(select(artifacts).where(artifacts.c.id == identifier)).mappings().first()


def artifact_by_secret(connection: Connection, secret: str) -> RowMapping | None:
    """Return the artifact whose URL bears `secret`."""
    return connection.execute(select(artifacts).where(artifacts.c.secret == secret)).mappings().first()


def mark_received(connection: Connection, identifier: str) -> None:
    """Note that the content is there."""
    connection.execute(update(artifacts).where(artifacts.c.id == identifier).values(received=1))


def change_artifact(connection: Connection, identifier: str, changes: Mapping[str, object]) -> None:
    """Replace the given members."""
    values = dict(changes)
    if "metadata" in values:
        values["metadata"] = to_json(values["metadata"]).decode()
    if values:
        connection.execute(update(artifacts).where(artifacts.c.id == identifier).values(**values))


def delete_artifact(connection: Connection, identifier: str) -> None:
    """Delete an artifact and its attachments."""
    connection.execute(delete(run_artifacts).where(run_artifacts.c.artifact == identifier))
    connection.execute(delete(artifacts).where(artifacts.c.id == identifier))


def attach_artifact(connection: Connection, run: str, artifact: str, category: str) -> None:
    """Attach an artifact to a run; attaching again changes the category."""
    raw(connection).execute(ATTACH, (run, artifact, category))


def category_of(connection: Connection, run: str, artifact: str) -> str | None:
    """Return the category under which an artifact is attached to a run."""
    query = select(run_artifacts.c.category)
    return connection.execute(query.where(run_artifacts.c.run == run, run_artifacts.c.artifact == artifact)).scalar()


def is_attached_to(identifiers: Sequence[str]) -> Clause:
    """Return the condition that an artifact is attached to one of the runs."""
    return artifacts.c.id.in_(select(run_artifacts.c.artifact).where(run_artifacts.c.run.in_(identifiers)))


def categories_in(connection: Connection, identifiers: Sequence[str]) -> dict[str, str]:
    """Return the categories of the artifacts attached to the runs; of several for one, that of the last run."""
    query = select(run_artifacts.c.artifact, run_artifacts.c.category)
    return pairs(connection, query.where(run_artifacts.c.run.in_(identifiers)).order_by(run_artifacts.c.number))


def artifacts_of_runs(
    connection: Connection,
    identifiers: Sequence[str],
    *,
    category: str | None = None,
    name: str | None = None,
) -> list[RowMapping]:
    """Return the artifacts attached to the runs, with category and run, in the order of attachment."""
    joined = run_artifacts.join(artifacts, artifacts.c.id == run_artifacts.c.artifact)
    query = select(artifacts, run_artifacts.c.category, run_artifacts.c.run).select_from(joined)
    query = query.where(run_artifacts.c.run.in_(identifiers)).order_by(run_artifacts.c.number)
    if category is not None:
        query = query.where(run_artifacts.c.category == category)
    if name is not None:
        query = query.where(artifacts.c.name == name)
    return list(connection.execute(query).mappings())


def artifact_document(row: RowMapping, base: str) -> dict[str, object]:
    """Return everything about an artifact; `base` is the address of the server."""
    copied = ("id", "name", "original_path", "size", "mime_type", "checksum", "storage_id", "user")
    document = {
        **{key: row[key] for key in copied},
        "metadata": from_json(row["metadata"]),
        "uploaded": bool(row["uploaded"]),
        "created": format_instant(row["created"]),
        "url": f"{base}/storage/{row['secret']}",
    }
    if "category" in row:
        document["category"] = row["category"]
    return document


def create_storage(
    connection: Connection, fields: Mapping[str, object], *, identifier: str, user: str, now: int
) -> None:
    """Create a storage, which is remembered and never contacted."""
    row = {**fields, "config": to_json(fields.get("config", {})).decode()}
    _leave_default_to(connection, fields)
    connection.execute(insert(storages), {**row, "id": identifier, "user": user, "created": now})


def _leave_default_to(connection: Connection, fields: Mapping[str, object]) -> None:
    """Make no other storage the default where `fields` make one: there is one default at most."""
    if fields.get("is_default"):
        connection.execute(update(storages).values(is_default=0))


def default_storage(connection: Connection, *, identify: Callable[[], str], user: str, now: int) -> str:
    """Return the storage that takes artifacts; create it when the server is new."""
    query = select(storages.c.id).order_by(storages.c.is_default.desc(), storages.c.number)
    found: str | None = connection.execute(query).scalar()
    if found is not None:
        return found
    identifier = identify()
    fields = {"name": "default", "backend": "File", "is_default": 1, "is_tenant_useable": 1, "is_enabled": 1}
    create_storage(connection, fields, identifier=identifier, user=user, now=now)
    return identifier


def storage_row(connection: Connection, identifier: str) -> RowMapping | None:
    """Return the row of a storage."""
    return connection.execute(select(storages).where(storages.c.id == identifier)).mappings().first()


def list_storages(connection: Connection, *, count: int | None, start: int) -> list[RowMapping]:
    """Return a page of storages, oldest first."""
    query = select(storages).order_by(storages.c.number).limit(count or None).offset(start)
    return list(connection.execute(query).mappings())


def change_storage(connection: Connection, identifier: str, changes: Mapping[str, object]) -> None:
    """Replace the given members."""
    values = {key: to_json(value).decode() if key == "config" else value for key, value in changes.items()}
    if values:
        _leave_default_to(connection, changes)
        connection.execute(update(storages).where(storages.c.id == identifier).values(**values))


def delete_storage(connection: Connection, identifier: str) -> None:
    """Delete a storage; artifacts keep its identifier."""
    connection.execute(delete(storages).where(storages.c.id == identifier))


def storage_document(row: RowMapping) -> dict[str, object]:
    """Return everything about a storage."""
    flags = ("is_default", "is_tenant_useable", "is_enabled")
    return {
        **{key: row[key] for key in ("id", "name", "backend", "user")},
        **{key: bool(row[key]) for key in flags},
        "config": from_json(row["config"]),
        "created": format_instant(row["created"]),
        "status": "OK",
        "usage": 0,
    }

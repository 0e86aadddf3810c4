"""Tags: objects by name, and their presence on runs. Tests: tests/conformance/server/test_tags.py."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection, RowMapping, delete, func, insert, literal, select, update

from simvue_conformance.server.store.listing import Listing
from simvue_conformance.server.store.tables import runs, tags
from simvue_conformance.server.wire import format_instant, from_json, to_json

__all__ = [
    "TAG_LISTING",
    "change_tag",
    "create_tag",
    "delete_tag",
    "ensure_tags",
    "tag_document",
    "tag_named",
    "tag_row",
]

DEFAULT_COLOUR = "#808080"
TAG_LISTING = Listing(
    table=tags,
    texts={"name": "name", "description": "description", "user": "user", "id": "id"},
    instants={"created": "created"},
)


def tag_named(connection: Connection, name: str) -> str | None:
    """Return the identifier of the tag of that name."""
    return connection.execute(select(tags.c.id).where(tags.c.name == name)).scalar()


def tag_row(connection: Connection, identifier: str) -> RowMapping | None:
    """Return the row of a tag."""
    return connection.execute(select(tags).where(tags.c.id == identifier)).mappings().first()


def create_tag(connection: Connection, fields: Mapping[str, object], *, identifier: str, user: str, now: int) -> None:
    """Create a tag whose name is new."""
    row = {"colour": DEFAULT_COLOUR, "description": None, **fields}
    connection.execute(insert(tags), {**row, "id": identifier, "user": user, "created": now})


def ensure_tags(
    connection: Connection, names: Sequence[str], *, identify: Callable[[], str], user: str, now: int
) -> None:
    """Create the tags that do not exist yet, for every tag of a run is an object too."""
    for name in names:
        if tag_named(connection, name) is None:
            create_tag(connection, {"name": name}, identifier=identify(), user=user, now=now)


def change_tag(connection: Connection, identifier: str, changes: Mapping[str, object]) -> None:
    """Replace the given members of a tag."""
    if changes:
        connection.execute(update(tags).where(tags.c.id == identifier).values(**changes))


def delete_tag(connection: Connection, row: RowMapping) -> None:
    """Delete a tag and take it off every run that bears it."""
    entries = func.json_each(runs.c.tags).table_valued("value")
    bears = select(literal(1)).select_from(entries).where(entries.c.value == row["name"]).exists()
    for run, text in connection.execute(select(runs.c.id, runs.c.tags).where(bears)).all():
        kept = from_json(text)
        kept = [name for name in kept if name != row["name"]] if isinstance(kept, list) else []
        connection.execute(update(runs).where(runs.c.id == run).values(tags=to_json(kept).decode()))
    connection.execute(delete(tags).where(tags.c.id == row["id"]))


def tag_document(row: RowMapping) -> dict[str, object]:
    """Return everything about a tag."""
    copied = ("id", "name", "colour", "description", "user")
    return {**{key: row[key] for key in copied}, "created": format_instant(row["created"])}

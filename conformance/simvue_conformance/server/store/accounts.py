"""Tenants and users as administrators manage them; who may call is decided by the tokens of the settings.

Tests: tests/conformance/server/test_accounts.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, Table, delete, insert, select, update

from simvue_conformance.server.store.listing import Listing
from simvue_conformance.server.store.tables import tenants, users
from simvue_conformance.server.wire import format_instant

__all__ = ["TENANTS", "USERS", "Accounts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """One kind of account: its table, the column that names it, and its flags, which are true or false."""

    kind: str
    table: Table
    name: str
    defaults: Mapping[str, object]

    @property
    def listing(self) -> Listing:
        """How accounts of this kind are listed."""
        return Listing(table=self.table, texts={"id": "id", self.name: self.name}, instants={"created": "created"})

    def named(self, connection: Connection, name: str) -> str | None:
        """Return the identifier of the account of that name."""
        return connection.execute(select(self.table.c.id).where(self.table.c[self.name] == name)).scalar()

    def row(self, connection: Connection, identifier: str) -> RowMapping | None:
        """Return the row of an account."""
        return connection.execute(select(self.table).where(self.table.c.id == identifier)).mappings().first()

    def create(self, connection: Connection, fields: Mapping[str, object], *, identifier: str, now: int) -> None:
        """Create an account whose name is new."""
        connection.execute(insert(self.table), {**self.defaults, **fields, "id": identifier, "created": now})

    def change(self, connection: Connection, identifier: str, changes: Mapping[str, object]) -> None:
        """Replace the given members."""
        if changes:
            connection.execute(update(self.table).where(self.table.c.id == identifier).values(**changes))

    def delete(self, connection: Connection, identifier: str) -> None:
        """Delete an account; its name is free again, and what it owns stays."""
        connection.execute(delete(self.table).where(self.table.c.id == identifier))

    def document(self, row: RowMapping) -> dict[str, object]:
        """Return everything about an account."""
        told = {key: bool(value) if key.startswith("is_") else value for key, value in row.items() if key != "number"}
        return {**told, "created": format_instant(row["created"])}


class _Users(Accounts):
    """Users, who say that they are not deleted: the deleted are gone."""

    def document(self, row: RowMapping) -> dict[str, object]:
        """Return everything about a user."""
        return {**super().document(row), "is_deleted": False}


TENANTS = Accounts(
    kind="Tenant",
    table=tenants,
    name="name",
    defaults={"is_enabled": True, "max_request_rate": 0, "max_runs": 0, "max_data_volume": 0},
)
USERS = _Users(
    kind="User",
    table=users,
    name="username",
    defaults={"is_enabled": True, "is_manager": False, "is_admin": False, "is_readonly": False},
)

"""Opens the SQLite database and gives transactions on its one connection.

One connection is enough: requests are handled one after another between two awaits. In-memory databases
share an engine, and with it the cache of compiled statements, so that a simulator can open thousands of
them. Tests: tests/conformance/server/test_store.py.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Engine, Select, create_engine, event
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable

from simvue_conformance.server.store.tables import METADATA

__all__ = ["DataDirectoryError", "Database", "pairs", "raw"]

SCHEMA_VERSION = 2
DATABASE_NAME = "simvue.sqlite3"


class DataDirectoryError(Exception):
    """The data directory cannot be used; the text says what to do."""


def raw(connection: Connection) -> sqlite3.Connection:
    """Return the SQLite connection below, for bulk statements inside the current transaction."""
    return cast("sqlite3.Connection", connection.connection.dbapi_connection)


def pairs(connection: Connection, query: Select[Any]) -> dict[Any, Any]:
    """Run a query of two columns and return the second by the first; a result is no mapping to `dict`."""
    return {row[0]: row[1] for row in connection.execute(query)}


def _engine(url: str) -> Engine:
    engine = create_engine(url, poolclass=NullPool, connect_args={"check_same_thread": False, "timeout": 1})

    @event.listens_for(engine, "connect")
    def _leave_transactions_to_us(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        raw(connection).execute("BEGIN IMMEDIATE")

    return engine


@cache
def _memory_engine() -> Engine:
    return _engine("sqlite://")  # every connection of it is a database of its own


@cache
def _schema() -> str:
    """Return the whole schema as one script, compiled once for all databases of the process."""
    dialect = _memory_engine().dialect
    statements = []
    for table in METADATA.sorted_tables:
        statements.append(str(CreateTable(table).compile(dialect=dialect)))
        statements += [str(CreateIndex(index).compile(dialect=dialect)) for index in sorted(table.indexes, key=str)]
    return ";".join(["BEGIN", *statements, f"PRAGMA user_version = {SCHEMA_VERSION}", "COMMIT"])


class Database:
    """The database of one server, in `directory` or, without one, in memory."""

    def __init__(self, directory: Path | None) -> None:
        if directory is None:
            self._connection = _memory_engine().connect()
            self._prepare()
            return
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._connection = _engine(f"sqlite:///{directory / DATABASE_NAME}").connect()
            # Exclusive: a second server on the directory is refused at its start, not at its first write.
            for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL"):
                raw(self._connection).execute(f"PRAGMA {pragma}")
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise DataDirectoryError(
                f"{directory} cannot be used: {error}. Stop the other server on it, or name another one."
            ) from error

    def _prepare(self) -> None:
        connection = raw(self._connection)
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            connection.executescript(_schema())
        elif version != SCHEMA_VERSION:
            raise DataDirectoryError(f"the data are of schema {version}, not {SCHEMA_VERSION}: name another directory")

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Run the block in one transaction: committed at its end, rolled back by any exception."""
        with self._connection.begin():
            yield self._connection

    def copy(self) -> bytes:
        """Return the whole database as bytes."""
        return raw(self._connection).serialize()

    def replace(self, copied: bytes) -> None:
        """Put the database that `copy` returned in the place of this one, which must be in memory."""
        raw(self._connection).deserialize(copied)

    def close(self) -> None:
        """Close the connection; the data directory is free for another server."""
        self._connection.close()

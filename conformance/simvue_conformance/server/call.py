"""One request as handlers see it: decoded from the socket, authorised, inside a transaction.

Tests: through every endpoint's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlalchemy import Connection, RowMapping

from simvue_conformance.server.answers import Answer, Problems, missing
from simvue_conformance.server.auth import Caller
from simvue_conformance.server.filters import read_filters, read_sorting
from simvue_conformance.server.settings import Settings
from simvue_conformance.server.store.blobs import Blobs
from simvue_conformance.server.store.listing import Page
from simvue_conformance.server.wire import query_integer

__all__ = ["Accepted", "Call", "Handler"]


@dataclass(slots=True)
class Accepted:
    """How much was accepted since the start; all there is of it in null mode."""

    metrics: int = 0
    values: int = 0
    events: int = 0
    tensors: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request; `now` in microseconds since 1970, `base` the address it was sent to.

    What is put in `afterwards` runs once the transaction is committed.
    """

    method: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    queries: Callable[[str], list[str]]
    body: bytes
    content_type: str
    base: str
    caller: Caller
    now: int
    connection: Connection
    blobs: Blobs
    settings: Settings
    accepted: Accepted
    afterwards: list[Callable[[], None]] = field(default_factory=list)

    def integer(self, name: str) -> int | None:
        """Read a whole number from the query. Raises the 422."""
        try:
            return query_integer(self.query, name)
        except ValueError as error:
            raise Problems.refuse(["query", name], str(error)) from error

    def page(self) -> Page:
        """Read filters, sorting and paging from the query. Raises the 422."""
        return Page(
            conditions=read_filters(self.query.get("filters", "")),
            sorting=read_sorting(self.query.get("sorting", "")),
            count=self.integer("count"),
            start=self.integer("start") or 0,
            user=self.caller.user,
            now=self.now,
        )

    def found(self, kind: str, name: str, look_up: Callable[[Connection, str], RowMapping | None]) -> RowMapping:
        """Return the row that the path names. Raises the 404."""
        row = look_up(self.connection, self.path[name])
        if row is None:
            raise missing(kind, self.path[name])
        return row


Handler: TypeAlias = Callable[[Call], Answer]

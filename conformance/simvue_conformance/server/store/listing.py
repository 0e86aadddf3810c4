"""Runs a list query: filters, sorting and paging over one table, with the total before paging.

Everything SQLite can do is done there; only filters and sort keys inside JSON documents load the rows first.
Which filters a table has is said by its own module through a `Listing`.
Tests: tests/conformance/server/test_filters.py.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, and_, exists, func, literal, select, true
from sqlalchemy.sql import not_

from simvue_conformance.server.answers import Problems
from simvue_conformance.server.filters import Condition, SortKey, compare, member, within
from simvue_conformance.server.store.tables import stars
from simvue_conformance.server.wire import from_json

__all__ = ["Clause", "Listing", "Page", "find", "text_clause"]

Clause: TypeAlias = ColumnElement[bool]
# Words that stand in JSON as they are; a number may be written otherwise, so they begin with a letter.
PLAIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
JSON_WORDS = frozenset({"true", "false", "none", "nan", "inf", "infinity"})

Predicate: TypeAlias = Callable[[RowMapping], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is asked of a list; `now` in microseconds, `user` is the caller."""

    conditions: Sequence[Condition] = ()
    sorting: Sequence[SortKey] = ()
    count: int | None = None
    start: int = 0
    user: str
    now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """How one table is filtered: text columns, instants, JSON documents, and clauses of its own.

    `sort_member` gives what to sort by for columns that begin with `sort_prefix`.
    """

    table: Table
    texts: Mapping[str, str] = field(default_factory=dict)
    instants: Mapping[str, str] = field(default_factory=dict)
    documents: tuple[str, ...] = ()
    special: Callable[[Sequence[Condition]], tuple[list[Clause], list[Condition]]] | None = None
    sort_member: Callable[[Connection, RowMapping, str], object] | None = None
    sort_prefix: str = ""


def text_clause(column: ColumnElement[Any], condition: Condition, value: str) -> Clause:
    """Judge a text column by the operator of a condition. Raises the 422 for one that orders."""
    if condition.operator == "==":
        return column == value
    if condition.operator == "!=":
        return column != value
    if condition.operator in {"contains", "not contains"}:
        inside = func.instr(func.coalesce(column, ""), value) > 0
        return inside if condition.operator == "contains" else not_(inside)
    if condition.operator in {"exists", "not exists"}:
        return column.is_not(None) if condition.operator == "exists" else column.is_(None)
    raise Problems.refuse(["query", "filters"], f"{condition.field} takes only ==, !=, contains and exists")


def _tag_clause(table: Table, condition: Condition) -> Clause:
    entries = func.json_each(table.c.tags).table_valued("value")
    clause = exists(select(literal(1)).select_from(entries).where(entries.c.value == condition.value))
    return clause if condition.operator == "has" else not_(clause)


def _clause(listing: Listing, condition: Condition, page: Page) -> Clause | None:
    table = listing.table
    if condition.field in listing.texts:
        is_self = condition.field == "user" and condition.value == "self"
        value = page.user if is_self else condition.value
        return text_clause(table.c[listing.texts[condition.field]], condition, value)
    if condition.field in listing.instants:
        return table.c[listing.instants[condition.field]] > page.now - within(condition)
    if condition.field == "starred":
        return table.c.id.in_(select(stars.c.object).where(stars.c.user == page.user))
    if condition.field == "tag" and "tags" in table.c:
        return _tag_clause(table, condition)
    return None


def _predicate(listing: Listing, condition: Condition) -> Predicate:
    column, _, key = condition.field.partition(".")
    if column not in listing.documents:
        # The command line sends keys of metadata bare.
        column, key = "metadata", condition.field
    if column not in listing.documents:
        raise Problems.refuse(["query", "filters"], f"there is no filter on {condition.field!r} here")
    return lambda row: compare(member(from_json(row[column]), key), condition)


def _prefilter(listing: Listing, condition: Condition) -> Clause | None:
    """Let SQLite leave out rows whose document cannot hold the wanted word, before any is decoded."""
    column, _, _ = condition.field.partition(".")
    is_word = PLAIN_WORD.fullmatch(condition.value) and condition.value.lower() not in JSON_WORDS
    if condition.operator != "==" or column not in listing.documents or not is_word:
        return None
    return func.instr(listing.table.c[column], condition.value) > 0


def _sort_value(listing: Listing, connection: Connection, row: RowMapping, column: str) -> object:
    head, _, rest = column.partition(".")
    if rest and head in listing.documents:
        return member(from_json(row[head]), rest)[1]
    if listing.sort_member is not None and head not in row:
        return listing.sort_member(connection, row, column)
    return row.get(column)


def _rank(value: object) -> tuple[int, float, str]:
    """Order any two values: absent ones first, then numbers, then text."""
    if value is None:
        return 0, 0.0, ""
    if isinstance(value, int | float):
        return 1, float(value), ""
    return 2, 0.0, str(value)


def _refuse_unknown_columns(listing: Listing, sorting: Sequence[SortKey]) -> None:
    for key in sorting:
        head, _, rest = key.column.partition(".")
        is_member = (bool(rest) and head in listing.documents) or (
            listing.sort_member is not None and key.column.startswith(listing.sort_prefix)
        )
        if key.column not in listing.table.c and not is_member:
            raise Problems.refuse(["query", "sorting"], f"there is no column {key.column!r} to sort by")


def find(connection: Connection, listing: Listing, page: Page, *only: Clause) -> tuple[list[RowMapping], int]:
    """Return the rows of the page among those that are `only`, and the total. Raises the 422 for an unknown filter."""
    table = listing.table
    clauses: list[Clause] = [true(), *only]
    remaining = list(page.conditions)
    if listing.special is not None:
        more, remaining = listing.special(remaining)
        clauses += more
    predicates: list[Predicate] = []
    for condition in remaining:
        clause = _clause(listing, condition, page)
        if clause is None:
            predicates.append(_predicate(listing, condition))
            clause = _prefilter(listing, condition)
        if clause is not None:
            clauses.append(clause)
    _refuse_unknown_columns(listing, page.sorting)
    where = and_(*clauses)
    query = select(table).where(where)
    if predicates or any(key.column not in table.c for key in page.sorting):
        return _in_memory(connection, listing, page, query, predicates)
    order = [table.c[key.column].desc() if key.descending else table.c[key.column] for key in page.sorting]
    query = query.order_by(*order, table.c.number.desc()).limit(page.count or None).offset(page.start)
    total = connection.execute(select(func.count()).select_from(table).where(where)).scalar_one()
    return list(connection.execute(query).mappings()), total


def _in_memory(
    connection: Connection, listing: Listing, page: Page, query: Any, predicates: list[Predicate]
) -> tuple[list[RowMapping], int]:
    rows = list(connection.execute(query.order_by(listing.table.c.number.desc())).mappings())
    rows = [row for row in rows if all(predicate(row) for predicate in predicates)]
    for key in reversed(page.sorting):  # the last key first, for sorting is stable
        rows.sort(
            key=lambda row: _rank(_sort_value(listing, connection, row, key.column)),
            reverse=key.descending,
        )
    end = page.start + page.count if page.count else None
    return rows[page.start : end], len(rows)

"""Ask a server for the records it holds of a batch's time, in pages, however many it holds besides.

Lists that ascend by time stamp are searched from their end, where a batch in doubt usually lies. What the answers mean
for the batch is left to `simvue.delivery.readback`. Tests: tests/delivery/test_readback.py.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import quote

import orjson

from simvue.core.answers import Answer, Meaning
from simvue.core.batching import Batch
from simvue.core.steps import Facts, Step
from simvue.delivery.terms import NoLook

__all__ = ["Ask", "Mark", "get", "held_messages", "held_points", "held_tensors", "number", "rows_between"]

Ask = Callable[[Step], Answer]
"""Sends a step that only asks."""

Mark: TypeAlias = tuple[str, str, str]
"""By what a record is recognised: for a metric its name, time stamp and value."""

Page = Callable[[int, int], list[Facts]]
"""Returns so many rows (or fewer, if the server likes) from a place in a list; none behind its end."""

_POINTS, _MESSAGES = 10_000, 500
"""Rows asked for at once: some answers are cut off at 4 MiB."""


class _Unordered(Exception):  # noqa: N818 - a property of the server
    """The list does not ascend."""


def get(ask: Ask, path: str, **query: Any) -> Any:
    """Return the body of an answer, None for 404. Raises NoLook for any other that is no success."""
    pairs = tuple(
        (name, value if isinstance(value, str) else orjson.dumps(value).decode()) for name, value in query.items()
    )
    answer = ask(Step(name="look", method="GET", path=path, query=pairs, learn=lambda body: {"body": body}))
    if answer.meaning is Meaning.NOT_FOUND:
        return None
    if answer.meaning is not Meaning.APPLIED:
        raise NoLook(answer.detail)
    return answer.facts["body"]


def number(value: Any) -> str:
    """Numbers as a server stores them: 1 and 1.0 are one, so are 0 and -0, and NaN equals itself."""
    # JSON has no NaN; servers write it as null or as a word.
    return repr(float("nan" if value is None else value) + 0.0)


def rows_between(page: Page, size: int, total: int | None, first: str, last: str) -> list[Facts]:
    """Return the rows from the time stamp `first` to `last`; `total` is the length of the list, where it is known."""
    try:
        return _scan(page, size, _start(page, size, total or 0, first), total, (first, last), ordered=True)
    except _Unordered:
        return _scan(page, size, 0, total, (first, last), ordered=False)


def _start(page: Page, size: int, total: int, first: str) -> int:
    """Return a place before the first row of interest, going back from the end in growing strides."""
    start, stride = total, size
    while start > 0:
        start = max(0, start - stride)
        if start:
            rows = page(start, 1)
            if rows and rows[0]["timestamp"] < first:
                break
        stride *= 2
    return start


def _scan(page: Page, size: int, start: int, total: int | None, span: tuple[str, str], *, ordered: bool) -> list[Facts]:
    kept: list[Facts] = []
    before: list[Facts] = []
    latest = ""
    while True:
        rows = page(start, size)
        if not rows or rows == before:  # the same page again: this server has only one
            return kept
        for row in rows:
            stamp = row["timestamp"]
            if ordered and stamp < latest:
                raise _Unordered
            latest = stamp
            if span[0] <= stamp <= span[1]:
                kept.append(row)
        start += len(rows)
        if (total is not None and start >= total) or (ordered and latest > span[1]):
            return kept
        before = rows


def _span(batch: Batch) -> tuple[str, str]:
    stamps = [item.payload["timestamp"] for item in batch.items]
    return min(stamps), max(stamps)


def held_points(ask: Ask, batch: Batch, run_id: str) -> "Counter[Mark]":
    """Count the points that the server holds of the batch's metrics, in the time of the batch."""
    held: Counter[Mark] = Counter()
    first, last = _span(batch)
    run = get(ask, f"/runs/{run_id}")
    known = run.get("metrics") if run else None
    for name in sorted({name for item in batch.items for name in item.payload["values"]}):

        def page(start: int, count: int, name: str = name) -> list[Facts]:
            query = {"xaxis": "timestamp", "aggregate": "False", "start": str(start), "count": str(count)}
            body = get(ask, "/metrics", runs=[run_id], metrics=[name], **query)
            rows: list[Facts] = ((body or {}).get(run_id) or {}).get(name) or []
            return rows

        summary = known.get(name) if isinstance(known, dict) else None
        total = summary.get("count") if isinstance(summary, dict) else None
        rows = rows_between(page, _POINTS, total if isinstance(total, int) else None, first, last)
        held.update((name, row["timestamp"], number(row["value"])) for row in rows)
    return held


def held_messages(ask: Ask, batch: Batch, run_id: str) -> "Counter[Mark]":
    """Count the events that the server holds of the run, in the time of the batch."""

    def page(start: int, count: int) -> list[Facts]:
        body = get(ask, "/events", run=run_id, filters="[]", start=str(start), count=str(count))
        rows: list[Facts] = body["data"] if body else []
        return rows

    first = get(ask, "/events", run=run_id, filters="[]", start="0", count="1")
    total = first.get("count") if first else None
    rows = rows_between(page, _MESSAGES, total if isinstance(total, int) else None, *_span(batch))
    return Counter((row["message"], row["timestamp"], str(row.get("log_level"))) for row in rows)


def held_tensors(ask: Ask, batch: Batch, run_id: str) -> "Counter[Mark]":
    """Count the tensors that the server holds of the batch's metrics and steps: a request for each of these."""
    held: Counter[Mark] = Counter()
    wanted = {(item.payload["metric"], str(item.payload["step"])): item.payload["timestamp"] for item in batch.items}
    for (metric, step), stamp in wanted.items():
        body = get(ask, f"/runs/{run_id}/metrics/{quote(metric, safe='/')}/values", step=step)
        rows = body.get("data") if body and isinstance(body.get("data"), list) else [body or {}]
        for row in rows:
            if row.get("array") is not None:  # a server that gives no time stamp has one array of a step
                held[(metric, step, row.get("timestamp", stamp))] += 1
    return held

"""Look at what a server holds, to settle a request in doubt where keys do not (DLV-023 to DLV-025).

Each function returns a `Look`: called, it asks once, and says whether everything, a part, or nothing is there.
Believing it is left to `simvue.delivery.exchange`. Records are told apart by time stamp and value, the batch's own and
those before it in its journal counted, so that legitimate repetitions are not taken for arrivals.
Tests: tests/delivery/test_readback.py.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import orjson

from simvue.core.answers import Answer, Meaning
from simvue.core.batching import Batch, Item, Series
from simvue.core.mapping import Facts, Step
from simvue.delivery.exchange import Found, Look, NoLook

__all__ = ["Ask", "look_for_batch", "look_for_run"]

Ask = Callable[[Step], Answer]
"""Sends a step that only asks."""

Triple = tuple[str, str, str]


def _get(ask: Ask, path: str, **query: Any) -> Any:
    pairs = tuple(
        (name, value if isinstance(value, str) else orjson.dumps(value).decode()) for name, value in query.items()
    )
    answer = ask(Step(name="look", method="GET", path=path, query=pairs, learn=lambda body: {"body": body}))
    if answer.meaning is Meaning.NOT_FOUND:
        return None
    if answer.meaning is not Meaning.APPLIED:
        raise NoLook(answer.detail)
    return answer.facts["body"]


def _guarded(look: Callable[[], Found | None]) -> Look:
    """Tell an answer that makes no sense from one that says no."""

    def guarded() -> Found | None:
        try:
            return look()
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise NoLook(f"unusable answer: {error!r}") from error

    return guarded


def look_for_run(ask: Ask, journal: str) -> Look:
    """Look for the run that this journal's `run` record created, by the mark in its metadata (DLV-061)."""

    def look() -> Found | None:
        body = _get(ask, "/runs", filters=[f"metadata.simvue.journal == {journal}"], count="10", start="0")
        rows = body["data"] if body else []
        return Found({"run": str(rows[0]["id"])}) if rows else None

    return _guarded(look)


def look_for_batch(ask: Ask, batch: Batch, run_id: str, before: Callable[[], list[Item]]) -> Look:
    """Look for the records of a batch; `before` returns those of its series that came before it in the journal."""
    wanted = {
        Series.METRICS: (_points, _held_points),
        Series.EVENTS: (_messages, _held_messages),
        Series.TENSORS: (_tensors, _held_tensors),
    }
    marks, held = wanted[batch.series]

    def look() -> Found | None:
        there = held(ask, batch, run_id)
        for item in before():
            there.subtract(mark for _, mark in marks(item))
        missing, complete, any_there = [], True, False
        for position, item in enumerate(batch.items):
            absent = []
            for name, mark in marks(item):
                if there[mark] > 0:
                    there[mark] -= 1
                    any_there = True
                else:
                    absent.append(name)
            if absent:
                complete = False
                missing.append((position, absent))
        if complete:
            return Found({})
        return Found({}, tuple(missing)) if any_there else None

    return _guarded(look)


def _number(value: Any) -> str:
    """Numbers as the server stores them, so that 1 and 1.0 are one, and NaN equals itself."""
    return repr(float(value))


def _points(item: Item) -> list[tuple[str, Triple]]:
    stamp = item.payload["timestamp"]
    return [(name, (name, stamp, _number(value))) for name, value in item.payload["values"].items()]


def _held_points(ask: Ask, batch: Batch, run_id: str) -> "Counter[Triple]":
    names = sorted({name for item in batch.items for name in item.payload["values"]})
    body = _get(ask, "/metrics", runs=[run_id], metrics=names, xaxis="timestamp", aggregate="False")
    series = (body or {}).get(run_id, {})
    return Counter(
        (name, point["timestamp"], _number(_value(point["value"])))
        for name, points in series.items()
        for point in points
    )


def _value(value: Any) -> Any:
    """JSON has no NaN; servers write it as null or as a word."""
    return float("nan") if value is None else value


def _messages(item: Item) -> list[tuple[str, Triple]]:
    payload = item.payload
    return [("", (payload["message"], payload["timestamp"], str(payload["log_level"])))]


def _held_messages(ask: Ask, _batch: Batch, run_id: str) -> "Counter[Triple]":
    held: Counter[Triple] = Counter()
    start, page = 0, 1000
    while True:
        body = _get(ask, "/events", run=run_id, filters="[]", start=str(start), count=str(page))
        rows: list[Facts] = body["data"] if body else []
        held.update((row["message"], row["timestamp"], str(row.get("log_level"))) for row in rows)
        start += page
        if len(rows) < page:
            return held


def _tensors(item: Item) -> list[tuple[str, Triple]]:
    payload = item.payload
    return [("", (payload["metric"], str(payload["step"]), payload["timestamp"]))]


def _held_tensors(ask: Ask, batch: Batch, run_id: str) -> "Counter[Triple]":
    held: Counter[Triple] = Counter()
    for item in batch.items:
        metric, step = item.payload["metric"], str(item.payload["step"])
        body = _get(ask, f"/runs/{run_id}/metrics/{metric}/values", step=step)
        if body and body.get("array") is not None:
            held[(metric, step, body.get("timestamp", item.payload["timestamp"]))] += 1
    return held

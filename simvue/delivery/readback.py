"""Look at what a server holds, to settle a request in doubt where keys do not (DLV-023 to DLV-025).

Each function returns a `Look`: called, it asks once, and says whether everything, a part, or nothing is there.
Believing it is left to `simvue.delivery.exchange`, asking in pages to `simvue.delivery.held`. Records are told apart by
time stamp and value, the batch's own and those before it in its journal counted, so that legitimate repetitions are not
taken for arrivals. Tests: tests/delivery/test_readback.py.
"""

from collections import Counter
from collections.abc import Callable, Iterable

from simvue.core.batching import Batch, Item, Series
from simvue.delivery.held import Ask, Mark, get, held_messages, held_points, held_tensors, number
from simvue.delivery.terms import Found, Look, NoLook

__all__ = ["Ask", "look_for_batch", "look_for_run"]


def _guarded(look: Callable[[], Found | None]) -> Look:
    """Tell an answer that makes no sense from one that says no."""

    def guarded() -> Found | None:
        try:
            return look()
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise NoLook(f"unusable answer: {error!r}") from error

    return guarded


def look_for_run(ask: Ask, journal: str) -> Look:
    """Look for the run that this journal's `run` record created, by the mark in its metadata (DLV-061).

    A server that does not know the filter lists other runs, so the mark itself decides.
    """

    def look() -> Found | None:
        filters = [f"metadata.simvue.journal == {journal}"]
        body = get(ask, "/runs", filters=filters, return_metadata="True", count="100", start="0")
        for row in body["data"] if body else ():
            mark = (row["metadata"] or {}).get("simvue")
            if isinstance(mark, dict) and mark.get("journal") == journal:
                return Found({"run": str(row["id"])})
        return None

    return _guarded(look)


def look_for_batch(ask: Ask, batch: Batch, run_id: str, before: Callable[[], Iterable[Item]]) -> Look:
    """Look for the records of a batch; `before` yields what the journal has of its series before and between them."""
    marks, held = _LOOKS[batch.series]
    earlier: Counter[Mark] = Counter()
    counted = False

    def look() -> Found | None:
        nonlocal counted
        there = held(ask, batch, run_id)
        if not counted:  # the journal does not change between two looks
            earlier.update(mark for item in before() for _, mark in marks(item))
            counted = True
        there.subtract(earlier)
        return _compare(batch, marks, there)

    return _guarded(look)


def _compare(batch: Batch, marks: "Callable[[Item], list[tuple[str, Mark]]]", there: "Counter[Mark]") -> Found | None:
    missing, found_one = [], False
    for position, item in enumerate(batch.items):
        absent = []
        for name, mark in marks(item):
            if there[mark] > 0:
                there[mark] -= 1
                found_one = True
            else:
                absent.append(name)
        if absent:
            missing.append((position, absent))
    if not missing:
        return Found({})
    return Found({}, tuple(missing)) if found_one else None


def _points(item: Item) -> list[tuple[str, Mark]]:
    stamp = item.payload["timestamp"]
    return [(name, (name, stamp, number(value))) for name, value in item.payload["values"].items()]


def _messages(item: Item) -> list[tuple[str, Mark]]:
    payload = item.payload
    return [("", (payload["message"], payload["timestamp"], str(payload["log_level"])))]


def _tensors(item: Item) -> list[tuple[str, Mark]]:
    payload = item.payload
    return [("", (payload["metric"], str(payload["step"]), payload["timestamp"]))]


_LOOKS = {
    Series.METRICS: (_points, held_points),
    Series.EVENTS: (_messages, held_messages),
    Series.TENSORS: (_tensors, held_tensors),
}

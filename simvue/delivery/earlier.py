"""Find the records that equal some in a batch and were sent before it, so that a look does not take them for the batch.

A metric with the same value at the same time, the same message at the same time: programs write such things, and so
do the ranks of one run. Journals are read again for it, of long ones the last part. What lies further back, or in
journals that are put away, is not seen. Tests: tests/delivery/test_earlier.py.
"""

from collections.abc import Iterator

from simvue.core.batching import Batch, Item, Series, plan
from simvue.core.ledger import JournalAccount, Note
from simvue.core.reading import START, Header, ReaderState, read
from simvue.delivery.case import Case

__all__ = ["items_sent"]

_FARTHEST = 64 * 1024 * 1024
"""Bytes before a batch, and again in all other journals of the run together, that are read again."""
_LEAST = 256 * 1024
"""Bytes of each of the others, however many there are."""


def items_sent(case: Case, batch: Batch) -> Iterator[Item]:
    """Yield what of the batch's series and times is on the server besides the batch, as far as the journals tell."""
    stamps = {item.payload["timestamp"] for item in batch.items}
    own = {item.offset: item for item in batch.items}
    for item in _before(case, batch):
        rest = without(item, own[item.offset]) if item.offset in own else item
        if rest and item.payload["timestamp"] in stamps:
            yield rest
    journals = list(case.desk.exchange.log.ledger.journals.values())  # at once: others come and go meanwhile
    others = [other for other in journals if other.run == case.run.run and other is not case.account]
    for other in others:
        for item in _elsewhere(case, other, batch.series, max(_LEAST, _FARTHEST // len(others))):
            if item.payload["timestamp"] in stamps:
                yield item


def without(item: Item, part: Item) -> Item | None:
    """Return what a record has besides a part of it (DLV-025)."""
    values = item.payload.get("values", {})
    left = {name: value for name, value in values.items() if name not in part.payload["values"]}
    return Item(item.offset, item.end, item.payload | {"values": left}) if left else None


def arrived(batch: Batch, journal: str, outcomes: dict[str, Note]) -> list[Item]:
    """Return what the outcomes say has arrived of a batch of another journal, whole or in parts."""
    outcome = outcomes.get(batch.key(journal))
    if outcome is None or outcome["result"] == "refused":
        return []
    facts = outcome["facts"]
    if "halved" in facts:
        return [item for half in batch.halves() for item in arrived(half, journal, outcomes)]
    if "missing" not in facts:
        return list(batch.items)
    rest = batch.missing(facts["missing"])
    left = {item.offset: item for item in rest.items}
    found = [without(item, left[item.offset]) if item.offset in left else item for item in batch.items]
    return [item for item in found if item] + arrived(rest, journal, outcomes)


def _before(case: Case, batch: Batch) -> Iterator[Item]:
    if case.header is not None:
        for part in _batches(case, case.path, case.header, batch.items[-1].end, batch.items[0].offset - _FARTHEST):
            if part.series is batch.series:
                yield from part.items


def _elsewhere(case: Case, other: JournalAccount, series: Series, most: int) -> Iterator[Item]:
    """Yield what is accounted for in another journal, and what has arrived of its window."""
    header, path = other.reader.header, case.desk.layout.journal(other.file)
    try:
        if header is not None:
            for part in _batches(case, path, header, other.reader.offset, other.reader.offset - most):
                if part.series is series:
                    yield from part.items
        if other.window is not None:
            data = case.desk.world.read(path, other.reader.offset, other.window.end - other.reader.offset)
            for part in _cut(case, other.reader, data)[0]:
                if part.series is series:
                    yield from arrived(part, other.journal, other.outcomes)
    except OSError:
        return  # it is reported where it is to be delivered


def _batches(case: Case, path: str, header: Header, end: int, start: int) -> Iterator[Batch]:
    """Yield the batches of a stretch of a journal, or of all before `end` if the start is not within it."""
    state, size = START, case.desk.exchange.policy.window
    if start > 0:
        data = case.desk.world.read(path, start, size)
        state = ReaderState(header=header, records=1, offset=start + data.find(b"\n") + 1)
    while state.offset < end:
        data = case.desk.world.read(path, state.offset, min(size, end - state.offset))
        batches, reached = _cut(case, state, data)
        if reached.offset == state.offset:
            return
        yield from batches
        state = reached


def _cut(case: Case, state: ReaderState, data: bytes) -> tuple[list[Batch], ReaderState]:
    reading = read(state, data, case.desk.checker, dead=True)
    if reading.state.header is None:
        return [], state
    parts = plan(reading.entries, reading.state.header, bore_run=reading.state.bore_run)
    return [part for part in parts if isinstance(part, Batch)], reading.state

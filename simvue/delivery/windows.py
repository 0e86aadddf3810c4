"""Read the next stretch of a journal, and make sure that it is the journal that was delivered so far.

A *window* is a stretch that is read, judged, delivered and accounted for as a whole. Once requests are made of it, it
is noted, and whoever goes on reads the same bytes with the same eyes: then the same requests come of it (DLV-011).
Tests: tests/delivery/test_journals.py.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from simvue.core.batching import Batch, Item, Series, plan
from simvue.core.reading import START, Entry, Header, ReaderState, Reading, Verdict, read
from simvue.delivery.case import Case

__all__ = ["Loaded", "header_of", "items_before", "load", "marker_after", "marker_of"]

_MARKER = 64
_HEADER = 4096
_FARTHEST = 64 * 1024 * 1024
"""Bytes before a batch in which records that equal its own are looked for."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A window at hand: its bytes, what they are, and as what they were judged."""

    data: bytes
    reading: Reading
    header: Header
    dead: bool
    final: bool

    @property
    def sha256(self) -> str:
        """Of its bytes."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def run_record(self) -> Entry | None:
        """The first `run` record in it."""
        for entry in self.reading.entries:
            if entry.verdict is Verdict.ACCEPTED and entry.record and entry.record["kind"] == "run":
                return entry
        return None


def marker_of(data: bytes) -> str:
    """Return the mark of the bytes before a checkpoint: how many, and their hash (DLV-007)."""
    tail = data[-_MARKER:]
    return f"{len(tail)}:{hashlib.sha256(tail).hexdigest()[:16]}"


def marker_after(case: Case, window: Loaded) -> str:
    """Return the mark for a checkpoint behind a window."""
    before, offset = b"", case.account.reader.offset
    if len(window.data) < _MARKER:
        start = max(0, offset - _MARKER)
        before = case.desk.world.read(case.path, start, offset - start)
    return marker_of(before + window.data)


def header_of(case: Case) -> Header | None:
    """Return the journal's header, from the first bytes of the file if nothing of it is accounted for yet."""
    if case.header is None:
        data = case.desk.world.read(case.path, 0, _HEADER)
        case.header = read(START, data[: data.rfind(b"\n") + 1], case.desk.checker).state.header
    return case.header


def load(case: Case) -> Loaded | None:
    """Read and judge the next window; None if there is nothing to read now."""
    account, policy = case.account, case.desk.exchange.policy
    if account.trouble or not _is_untouched(case):
        return None
    noted = account.window
    size = noted.end - account.reader.offset if noted else policy.window
    dead = noted.dead if noted else case.is_dead
    data = case.desk.world.read(case.path, account.reader.offset, size)
    final = noted.final if noted else dead and len(data) < size
    reading = read(account.reader, data, case.desk.checker, dead=dead, final=final)
    header, data = reading.state.header, data[: reading.state.offset - account.reader.offset]
    if noted and (reading.state.offset != noted.end or noted.sha256 not in {"", hashlib.sha256(data).hexdigest()}):
        case.hold("bytes that requests were made of have changed, or cannot be seen here at the moment [DLV-011]")
        return None
    if header is None or not data:
        return None
    window = Loaded(data, reading, header, dead, final)
    case.header = header
    case.entries = {entry.offset: entry for entry in reading.entries}
    return window


def _is_untouched(case: Case) -> bool:
    """DLV-008: the bytes before the checkpoint are the ones that were delivered."""
    account = case.account
    if not account.marker:
        return True
    length = int(account.marker.partition(":")[0])
    before = case.desk.world.read(case.path, account.reader.offset - length, length)
    if marker_of(before) == account.marker:
        return True
    if len(before) < length or b"\0" in before:  # shared filesystems show this for a while (RDR-022)
        case.hold("bytes that were delivered are missing, or cannot be seen here at the moment [DLV-008]")
    else:
        case.trouble("the journal was rewritten: bytes that were delivered have changed [DLV-008]")
    return False


def items_before(case: Case, batch: Batch) -> Iterator[Item]:
    """Yield what the journal has of the batch's series before the batch and between its items, of the same times.

    Of a journal that is longer, only the last 64 MiB before the batch are read again.
    """
    stamps = {item.payload["timestamp"] for item in batch.items}
    own = {item.offset: item for item in batch.items}
    for item in _items(case, batch.series, batch.items[0].offset, batch.items[-1].end):
        if item.payload["timestamp"] in stamps:
            rest = _rest(item, own[item.offset]) if item.offset in own else item
            if rest:
                yield rest


def _rest(item: Item, own: Item) -> Item | None:
    """Return what a record has besides the part of it that is in the batch (DLV-025)."""
    values = item.payload.get("values", {})
    left = {name: value for name, value in values.items() if name not in own.payload["values"]}
    return Item(item.offset, item.end, item.payload | {"values": left}) if left else None


def _items(case: Case, series: Series, first: int, end: int) -> Iterator[Item]:
    state, size = START, case.desk.exchange.policy.window
    if first > _FARTHEST and case.header is not None:
        start = first - _FARTHEST
        data = case.desk.world.read(case.path, start, size)
        state = ReaderState(header=case.header, records=1, offset=start + data.find(b"\n") + 1)
    while state.offset < end:
        data = case.desk.world.read(case.path, state.offset, min(size, end - state.offset))
        reading = read(state, data, case.desk.checker, dead=True)
        if reading.state.offset == state.offset or reading.state.header is None:
            return
        for part in plan(reading.entries, reading.state.header, bore_run=True):
            if isinstance(part, Batch) and part.series is series:
                yield from part.items
        state = reading.state

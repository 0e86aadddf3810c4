"""Read the next stretch of a journal, and make sure that it is the journal that was delivered so far.

A *window* is a stretch that is read, judged, delivered and accounted for as a whole. Once requests are made of it, it
is noted, and whoever goes on reads the same bytes with the same eyes: then the same requests come of it (DLV-011).
Tests: tests/delivery/test_journals.py.
"""

import hashlib
from dataclasses import dataclass

from simvue.core.reading import START, Entry, Header, Reading, Verdict, read
from simvue.delivery.case import Case

__all__ = ["Loaded", "header_of", "load", "marker_after", "marker_of"]

_MARKER = 64
_HEADER = 4096


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

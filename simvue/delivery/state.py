"""The sender's state on disk: notes appended to one file for each lease, folded into a ledger when loaded.

A note is durable when `write` was told so, or when a later one was; nothing is sent on the strength of a note that is
not. If notes cannot be written, nothing may be sent (DLV-005): `StateUnwritable`, and from then on every note is
refused. What the notes mean is left to `simvue.core.ledger`. Tests: tests/delivery/test_state.py.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import orjson

from simvue.core.ledger import VERSION, Ledger, Note
from simvue.delivery.layout import Layout
from simvue.delivery.world import World, is_temporary
from simvue.errors import ConfigurationError, StateUnwritable

__all__ = ["StateLog", "load"]

logger = logging.getLogger(__name__)

T = TypeVar("T")

_FILES_BEFORE_COMPACTION = 16
_SYNCED: Note = {"note": "synced"}
"""The last note of a file whose others are all on the device."""
_UNLISTED = 16
"""Files below a lease's own that are looked for by name: a listing may be a minute old, a name is asked for afresh."""


def _encode(notes: Iterable[Note]) -> bytes:
    return b"".join(orjson.dumps(note) + b"\n" for note in notes)


def _decode(data: bytes) -> list[Note]:
    """Return the notes up to the first that is not whole.

    A hole or a fragment was never made durable, and neither was anything behind it, so no intent is lost with it.
    """
    notes: list[Note] = []
    for line in data.split(b"\n")[:-1]:
        try:
            note = orjson.loads(line)
        except orjson.JSONDecodeError:
            break
        if not isinstance(note, dict):
            break
        notes.append(note)
    return notes


def _name(number: int) -> str:
    return f"{number:08d}.jsonl"


def _numbers(world: World, layout: Layout) -> set[int]:
    names = [name for name in world.listdir(layout.states) if not is_temporary(name)]
    return {int(name[:-6]) for name in names if name.endswith(".jsonl") and name[:-6].isdecimal()}


@dataclass(frozen=True, slots=True)
class _Page:
    """One file of notes."""

    number: int
    notes: list[Note]

    @property
    def is_snapshot(self) -> bool:
        """Whether it says all that the files before it said; a creation that was killed may have left a part."""
        return bool(self.notes) and 0 < self.notes[0].get("snapshot", 0) < len(self.notes)

    @property
    def is_durable(self) -> bool:
        """Whether its author has seen all of it on the device."""
        return bool(self.notes) and self.notes[-1] == _SYNCED


def _pages(world: World, layout: Layout, below: int) -> tuple[list[_Page], set[int]]:
    """Return the files that hold notes that count, in order, and the numbers of all there are."""
    found = _numbers(world, layout)
    pages: list[_Page] = []
    for number in sorted(found | set(range(max(1, below - _UNLISTED), below)), reverse=True):
        path = f"{layout.states}/{_name(number)}"
        try:
            page = _Page(number, _decode(world.read(path)))
        except FileNotFoundError:
            continue  # a lease that wrote nothing, or a name of a minute ago
        version = page.notes[0].get("version", VERSION) if page.notes else VERSION
        if version > VERSION:
            raise ConfigurationError(
                f"{path} was written by a newer simvue_sender (state version {version}, "
                f"this one knows {VERSION}); run the newer one, on every login node"
            )
        found.add(number)
        pages.append(page)
        if page.is_snapshot:
            break
    return pages[::-1], found


def load(world: World, layout: Layout, below: int = 0) -> tuple[Ledger, list[str]]:
    """Return the ledger of all notes, and the names of the files that may hold some.

    Files are those that a listing shows, and the last few that lie below the number `below`.

    Raises:
        ConfigurationError: A newer sender wrote the state.
    """
    pages, found = _pages(world, layout, below)
    return _folded(pages), [_name(number) for number in sorted(found)]


def _folded(pages: Iterable[_Page]) -> Ledger:
    ledger = Ledger()
    for page in pages:
        for note in page.notes:
            ledger.fold(note)
    return ledger


class StateLog:
    """The notes of this pass. Its methods may be called from several threads."""

    def __init__(self, world: World, layout: Layout, epoch: int, *, compact: bool = False) -> None:
        """Load what is known; with `compact`, what is written will replace what others have written before."""
        pages, found = _pages(world, layout, epoch)
        self.ledger = _folded(pages)
        self.epoch = epoch
        self._world, self._layout = world, layout
        self._old = sorted(found)
        # Notes of a sender that was killed may be seen now and be lost with the power, while ours, which rest on them,
        # stay. A snapshot makes them ours; another one keeps loading cheap.
        self._snapshot = compact or len(found) >= _FILES_BEFORE_COMPACTION or (bool(pages) and not pages[-1].is_durable)
        # Leases begin again from 1 when somebody has emptied their folder; notes still come after those before them.
        self._number = max([epoch, *(number + 1 for number in found)])
        self._path = f"{layout.states}/{_name(self._number)}"
        self._started = False
        self._written = self._synced = self._marked = 0
        self._write_lock, self._sync_lock = threading.RLock(), threading.Lock()
        self._broken: OSError | None = None

    @property
    def written(self) -> int:
        """How many times something was written: as long as it is the same, the ledger is."""
        return self._written

    def read(self, look: Callable[[Ledger], T]) -> T:
        """Return what a look at the ledger gives, at a moment when no other thread changes it."""
        with self._write_lock:
            return look(self.ledger)

    def write(self, *notes: Note, durable: bool = False) -> None:
        """Fold notes into the ledger and append them; with `durable`, return when they are on the device.

        Raises:
            StateUnwritable: They are not; nothing may be sent any more.
        """
        with self._write_lock:
            self._guard(lambda: self._append(_encode(notes)))
            for note in notes:
                self.ledger.fold(note)
            self._written += 1
            mine = self._written
        if durable:
            self._sync(mine)

    def _append(self, data: bytes) -> None:
        if not self._started:
            self._start()
        self._world.append(self._path, data)

    def _start(self) -> None:
        """Begin this lease's file, as a snapshot where that is called for."""
        self._world.makedirs(self._layout.states)
        held = list(self.ledger.notes()) if self._snapshot else []
        author = int(self._world.random() * 2**52)
        head: Note = {"note": "state", "version": VERSION, "number": self._number, "snapshot": len(held), "by": author}
        data = _encode([head, *held])
        # False may be a lost answer; another's file would have another author.
        if not self._world.create(self._path, data) and self._world.read(self._path) != data:
            raise FileExistsError(17, "another sender has written it; if none is at work, try again", self._path)
        self._world.sync_directory(self._layout.states)
        self._started = True
        if held:
            self._forget_old()

    def _forget_old(self) -> None:
        try:
            for number in self._old:
                self._world.unlink(f"{self._layout.states}/{_name(number)}")
        except OSError as error:
            logger.warning("old notes are left in %s: %s", self._layout.states, error)

    def _sync(self, mine: int) -> None:
        """Make all that is written durable, once for all threads that wait for it."""
        with self._sync_lock:
            if self._synced >= mine:
                return
            with self._write_lock:
                reached = self._written
            self._guard(lambda: self._world.sync(self._path))
            self._synced = reached

    def sync(self) -> None:
        """Make every note written so far durable, and let those who come later know."""
        with self._write_lock:
            mine = self._written
        if mine > self._marked:
            self._sync(mine)
            with self._write_lock:
                if self._written == mine:  # nobody has written in between
                    self.write(_SYNCED)
                    self._marked = self._written

    def _guard(self, effect: Callable[[], None]) -> None:
        if self._broken is None:
            try:
                effect()
            except OSError as error:
                self._broken = error
        if self._broken is not None:
            raise StateUnwritable(self._path, str(self._broken)) from self._broken

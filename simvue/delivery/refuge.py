"""A small cache for an online run whose own cannot be written: in memory, or wherever else there is room (PTH-005).

A journal that is not delivered yet is taken along, with the notes on how far it is: its name is hidden from every
sender first, and nobody has had the lease since this process, so no two deliver it. When a run moves is decided in
`simvue.journal.writer`; what is said of it, in `simvue.run.online`. Tests: tests/run/test_refuge.py.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from simvue.core.ledger import JournalAccount, Ledger, Note
from simvue.core.steps import Facts
from simvue.delivery.homes import carried, remember
from simvue.delivery.layout import Layout
from simvue.delivery.lease import Busy, Held, LeaseKeeper
from simvue.delivery.os_world import OsWorld
from simvue.delivery.state import StateLog
from simvue.delivery.world import World
from simvue.errors import SimvueError

__all__ = ["caches_in_memory", "carry_artifacts", "discard", "give_back", "make_cache", "put_notes", "take"]

_PROBE = b"\0" * 4096
_MOST_CARRIED = 64 << 20
"""Bytes of content put aside that are copied into memory."""


def make_cache(cache: Path) -> None:
    """Make a small cache, and see whether it takes anything; raises OSError."""
    journals = cache / "journals"
    for directory in (cache.parent.parent, cache.parent, cache, journals):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    probe = journals / f".{os.getpid()}.probe"
    try:
        probe.write_bytes(_PROBE)
    finally:
        probe.unlink(missing_ok=True)


def caches_in_memory() -> Iterator[Path]:
    """Yield new small caches that take something: in memory, or else where temporary files go."""
    for directory in ("/dev/shm", None):  # noqa: S108 - a directory of our own is made in it
        with suppress(OSError):
            cache = Path(tempfile.mkdtemp(prefix="simvue-", dir=directory))
            try:
                make_cache(cache)
            except OSError:
                shutil.rmtree(cache, ignore_errors=True)
                raise
            yield cache


def take(
    world: World, layout: Layout, lease: LeaseKeeper, log: StateLog, file: str, size: int, *, is_removed: bool = False
) -> list[Note] | None:
    """Hide a journal that is not delivered, and return the notes by which another cache goes on with it.

    None if the first `size` bytes of it are delivered, or somebody else may deliver it; then it stays where it is. One
    that `is_removed` nobody finds any more; what is known of it may have been removed, too.
    """
    held: Held | Busy | None = None
    with suppress(OSError, SimvueError):  # where the lease cannot be taken, it may still be the last one
        held = lease.acquire()
    try:
        if isinstance(held, Busy):
            return None
        if held is not None and held.epoch != log.epoch:  # given back meanwhile: somebody may have delivered since
            now = StateLog(world, layout, held.epoch)
            if not is_removed or any(each.file == file for each in now.ledger.journals.values()):
                log = now
        account = next((each for each in log.ledger.journals.values() if each.file == file), None)
        if account is None or _is_delivered(account, size):
            return None
        if not is_removed:
            with suppress(OSError):  # perhaps done, and not yet durable
                world.rename(layout.journal(file), layout.moved(file))
            world.size(layout.moved(file))
            if lease.is_taken(log.epoch):  # whoever took it before the journal was hidden may deliver it
                give_back(world, layout, file)
                return None
    except (OSError, SimvueError):
        give_back(world, layout, file)
        return None
    return _notes_on(log.ledger, account)


def give_back(world: World, layout: Layout, file: str) -> None:
    """Let a journal be found again that was hidden."""
    with suppress(OSError):
        world.rename(layout.moved(file), layout.journal(file))


def discard(world: World, layout: Layout, lease: LeaseKeeper, file: str, facts: Facts) -> None:
    """Remove a journal that `take` hid and that was delivered elsewhere, and close its account, if that can be written.

    Else a sender says for a day that the journal has disappeared.
    """
    with suppress(OSError, SimvueError):
        world.unlink(layout.moved(file))  # first: it makes room for the notes
        held = lease.acquire()
        if isinstance(held, Busy):
            return
        log = StateLog(world, layout, held.epoch)
        account = next((each for each in log.ledger.journals.values() if each.file == file), None)
        if account is not None:
            remember(world, layout, account.run, carried(facts))
            log.write({"note": "finished", "journal": account.journal}, durable=True)
        lease.release()


def put_notes(layout: Layout, key: str, facts: Facts, notes: list[Note]) -> None:
    """Let whoever delivers a new cache know what is known of the run, and of a journal; raises OSError."""
    world = OsWorld()
    remember(world, layout, key, carried(facts))
    if notes:
        log = StateLog(world, layout, 1)
        log.write(*notes)
        log.sync()


def carry_artifacts(old: Path, new: Path) -> None:
    """Copy content that was put aside and may not be delivered yet, the newest first, as far as memory allows."""
    found: list[tuple[float, int, Path]] = []
    with suppress(OSError):
        for path in (old / "artifacts").iterdir():
            facts = path.stat()
            found.append((facts.st_mtime, facts.st_size, path))
    room = _MOST_CARRIED
    for _, size, path in sorted(found, reverse=True):
        room -= size
        if room < 0:
            return
        with suppress(OSError):
            (new / "artifacts").mkdir(mode=0o700, exist_ok=True)
            shutil.copy2(path, new / "artifacts" / path.name)


def _is_delivered(account: JournalAccount, size: int) -> bool:
    return account.reader.offset >= size and account.window is None and not account.aside


def _notes_on(ledger: Ledger, account: JournalAccount) -> list[Note]:
    """Return the notes that make the accounts of one journal and of its run."""
    named = {"journal": account.journal, "run": account.run}
    return [
        note
        for note in ledger.notes()
        if note["note"] == "pass"
        or ("journal" in note and note["journal"] == named["journal"])
        or ("journal" not in note and note.get("run") == named["run"])
    ]

"""Dead letters for a person: list them, look at them, have them sent again, or let them go (DLV-041).

What they look like on a terminal is `dead_cli`. Tests: tests/sender/test_dead.py.
"""

from collections.abc import Iterator
from dataclasses import replace

import orjson

from simvue.core.ledger import JournalAccount, Note, checkpoint_note
from simvue.delivery.deadletters import DeadLetter, keep, letters
from simvue.delivery.layout import Layout
from simvue.delivery.lease import Busy, LeaseKeeper
from simvue.delivery.receipts import give_back
from simvue.delivery.state import StateLog
from simvue.delivery.world import World
from simvue.errors import ConfigurationError

__all__ = ["drop", "every", "retry"]


def every(world: World, layout: Layout, *, settled: bool = False) -> Iterator[DeadLetter]:
    """Yield the dead letters of a cache that wait for a person; with `settled`, all there ever were."""
    for each in (layout, *layout.all_below(world.listdir(layout.online))):
        for name in world.listdir(each.dead("").rpartition("/")[0]):
            if name.endswith(".jsonl"):
                for letter in letters(world, each, name.removesuffix(".jsonl")):
                    if settled or letter.state == "kept":
                        yield letter


def _cache_of(world: World, layout: Layout, journal: str) -> Layout:
    """Return the cache that has the journal's dead letters: the one given, or that of an online run."""
    for each in layout.all_below(world.listdir(layout.online)):
        if f"{journal}.jsonl" in world.listdir(each.dead("").rpartition("/")[0]):
            return each
    return layout


def _chosen(world: World, layout: Layout, journal: str, offset: int | None) -> list[DeadLetter]:
    found = [letter for letter in letters(world, layout, journal) if letter.state == "kept"]
    chosen = [letter for letter in found if offset is None or letter.offset == offset]
    if not chosen:
        where = f"at offset {offset} " if offset is not None else ""
        raise ConfigurationError(
            f"journal {journal} has no dead letter {where}that waits; see: simvue_sender dead list"
        )
    return chosen


def drop(world: World, layout: Layout, journal: str, offset: int | None) -> int:
    """Mark dead letters as seen to; return how many. Their bytes stay in the file."""
    layout = _cache_of(world, layout, journal)
    chosen = _chosen(world, layout, journal, offset)
    keep(world, layout, [replace(letter, state="dropped") for letter in chosen])
    return len(chosen)


def retry(world: World, layout: Layout, journal: str, offset: int | None) -> int:
    """Have records that the server refused sent again in the next pass; return how many.

    Raises:
        ConfigurationError: There are none, or a sender is at work; the message says what to do.
    """
    layout = _cache_of(world, layout, journal)
    chosen = [letter for letter in _chosen(world, layout, journal, offset) if letter.by == "server"]
    if not chosen:
        raise ConfigurationError(
            f"the dead letters of {journal} are no valid records, so sending them again cannot help; "
            f"mend the writer, then: simvue_sender dead drop {journal}"
        )
    lease = LeaseKeeper(world, layout.cache)
    held = lease.acquire()
    if isinstance(held, Busy):
        raise ConfigurationError(f"{held}; try again when it is done")
    try:
        log = StateLog(world, layout, held.epoch)
        account = _account(world, layout, log, journal)
        if account.window:  # its checkpoint must not be moved: requests of it may be in doubt
            raise ConfigurationError(
                f"journal {journal} is in the middle of its delivery; try again after the next pass"
            )
        log.write(*_set_aside(account, chosen, log.ledger.clock), durable=True)
        keep(world, layout, [replace(letter, state="retry") for letter in chosen])
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"journal {journal} is no longer in the cache ({error.filename}), so nothing can be sent from it again"
        ) from error
    finally:
        lease.release()
    return len(chosen)


def _account(world: World, layout: Layout, log: StateLog, journal: str) -> JournalAccount:
    """Return the journal's account; a delivered journal is taken back from where it was put away."""
    if journal not in log.ledger.journals:
        receipt = orjson.loads(world.read(layout.receipt(journal)))
        name = give_back(world, layout, journal)
        clock, run = log.ledger.clock, receipt["run"]
        facts = orjson.loads(world.read(layout.run(run)))
        log.write(
            {"note": "run", "run": run, "known": clock, "facts": facts},
            {"note": "journal", "journal": journal, "file": name, "run": run, "known": clock},
            receipt["checkpoint"],
            {"note": "seen", "journal": journal, "size": receipt["size"], "clock": clock},
        )
    return log.ledger.journals[journal]


def _set_aside(account: JournalAccount, chosen: list[DeadLetter], clock: float) -> list[Note]:
    # What a retry that was killed has set aside already must not be counted twice.
    chosen = [letter for letter in chosen if letter.offset not in account.aside]
    rows: dict[int, Note] = {
        letter.offset: {
            "offset": letter.offset,
            "length": letter.length,
            "line": letter.line,
            "index": letter.index,
            "why": "retry",
            "detail": letter.reason,
            "since": clock,
        }
        for letter in chosen
    }
    new = replace(
        account,
        aside=account.aside | rows,
        dead_letters=account.dead_letters - len(chosen),
        refused=account.refused - len(chosen),
        refused_bytes=account.refused_bytes - sum(letter.length for letter in chosen),
    )
    return [checkpoint_note(new)]

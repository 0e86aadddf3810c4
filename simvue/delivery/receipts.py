"""Put delivered journals away: a receipt, a move, and after the retention the end (DLV-041 to DLV-043).

Tests: tests/sender/test_receipts.py.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from simvue.core.ledger import JournalAccount, RunAccount, checkpoint_note
from simvue.delivery.deadletters import letters
from simvue.delivery.journals import Desk, is_dead
from simvue.delivery.layout import Layout
from simvue.delivery.state import StateLog
from simvue.delivery.world import World

__all__ = ["expire", "finish", "give_back", "give_up", "is_complete", "is_due", "next_look", "receipt_of"]

logger = logging.getLogger(__name__)

_WAITING = {"kept", "retry"}
"""States of a dead letter that nobody has seen to yet."""
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


def is_complete(desk: Desk, account: JournalAccount, clock: float) -> bool:
    """Whether all of a journal is accounted for and it will not grow."""
    if account.window or account.aside or account.trouble or not is_dead(account, desk, clock):
        return False
    return account.reader.header is not None and account.reader.offset == account.size


def receipt_of(account: JournalAccount, run: RunAccount, at: datetime) -> dict[str, Any]:
    """Return what is left of a delivered journal; the bytes add up to its size (RDR-001)."""
    counted = account.reader.accounting(account.reader.offset)
    delivered = counted.pop("accepted") + counted.pop("parked") - account.refused_bytes
    accounting = {"delivered": delivered, **counted, "dead": counted["dead"] + account.refused_bytes}
    return {
        "journal": account.journal,
        "file": account.file,
        "run": account.run,
        "server_id": run.facts.get("id"),
        "delivered_at": at.isoformat(),
        "size": account.reader.offset,
        "bytes": {name: count for name, count in accounting.items() if name != "pending"},
        "records": account.sent,
        "dead_letters": account.dead_letters,
        "findings": account.findings,
        "checkpoint": checkpoint_note(account),
    }


def finish(desk: Desk, log: StateLog, account: JournalAccount, run: RunAccount, retention: float) -> bool:
    """Write the receipt of a complete journal and put the journal away; False if it grew meanwhile."""
    world, layout = desk.world, desk.layout
    if world.size(layout.journal(account.file)) != account.reader.offset:
        return False
    log.sync()  # the receipt must not outlive what it rests on
    now = world.now()
    _leave_receipt(world, layout, receipt_of(account, run, now), run)
    _look_again(world, layout, now + timedelta(seconds=retention))
    world.rename(layout.journal(account.file), f"{layout.delivered}/{account.journal}.jsonl")
    log.write({"note": "finished", "journal": account.journal})
    return True


def give_up(world: World, layout: Layout, log: StateLog, account: JournalAccount, stale_after: float) -> None:
    """Close the account of a journal whose file has been gone for long; the receipt helps if it comes back.

    With a request in doubt the account stays: the receipt would not know of it, and the records might be sent twice.
    """
    if log.ledger.clock - account.grown < stale_after or account.intents or account.window:
        return
    log.sync()
    run = log.ledger.runs[account.run]
    missing = account.size - account.reader.offset
    _leave_receipt(world, layout, receipt_of(account, run, world.now()) | {"missing": missing}, run)
    log.write({"note": "finished", "journal": account.journal})


def _leave_receipt(world: World, layout: Layout, receipt: dict[str, Any], run: RunAccount) -> None:
    world.makedirs(layout.delivered)
    world.replace(layout.receipt(receipt["journal"]), orjson.dumps(receipt) + b"\n")
    world.makedirs(layout.run("").rpartition("/")[0])
    world.replace(layout.run(run.run), orjson.dumps(run.facts) + b"\n")


def _look_again(world: World, layout: Layout, expiry: datetime) -> None:
    """Remember to look at what was delivered when its retention ends, and once a day: it may have grown."""
    due = next_look(world, layout)
    when = min(expiry, world.now() + _DAY)
    if due is None or when < due:
        world.replace(layout.retention, orjson.dumps({"next": when.isoformat()}) + b"\n")


def next_look(world: World, layout: Layout) -> datetime | None:
    """Return when delivered journals are to be looked at again; None if there are none."""
    try:
        return datetime.fromisoformat(orjson.loads(world.read(layout.retention))["next"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return datetime.min.replace(tzinfo=UTC)


def is_due(world: World, layout: Layout) -> bool:
    """Whether it is time to look at what was delivered."""
    due = next_look(world, layout)
    return due is not None and world.now() >= due


def expire(world: World, layout: Layout, retention: float) -> int:
    """Delete delivered journals whose retention has ended; return how many. Their receipts stay.

    A journal with dead letters that nobody has seen to is kept; one that grew after its delivery is read on.
    """
    now, deleted = world.now(), 0
    looks: list[datetime] = []
    for name in world.listdir(layout.delivered):
        if not name.endswith(".jsonl"):
            continue
        journal = name.removesuffix(".jsonl")
        expiry = _expiry(world, layout, journal, timedelta(seconds=retention))
        if expiry is None:
            continue
        if expiry <= now and not any(letter.state in _WAITING for letter in letters(world, layout, journal)):
            world.unlink(f"{layout.delivered}/{name}")
            deleted += 1
        else:
            looks.append(min(max(expiry, now + _HOUR), now + _DAY))
    if looks:
        world.replace(layout.retention, orjson.dumps({"next": min(looks).isoformat()}) + b"\n")
    else:
        world.unlink(layout.retention)
    return deleted


def _expiry(world: World, layout: Layout, journal: str, retention: timedelta) -> datetime | None:
    """Return when a delivered journal may go; None if it grew, and was given back. Without a receipt it stays."""
    try:
        receipt = orjson.loads(world.read(layout.receipt(journal)))
        if world.size(f"{layout.delivered}/{journal}.jsonl") != receipt["size"]:
            name = give_back(world, layout, journal)
            logger.warning("%s grew after it was delivered; it is read on as %s", receipt["file"], name)
            return None
        return datetime.fromisoformat(receipt["delivered_at"]) + retention
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("delivered/%s.jsonl is kept: its receipt cannot be read: %s", journal, error)
        return world.now() + _DAY


def give_back(world: World, layout: Layout, journal: str) -> str:
    """Put a delivered journal among the journals again, under a name that no writer takes; return the name."""
    name = f"returned-{journal}.jsonl"
    world.rename(f"{layout.delivered}/{journal}.jsonl", layout.journal(name))
    return name

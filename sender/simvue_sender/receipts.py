"""Put delivered journals away: a receipt, a move, and after the retention the end (DLV-041 to DLV-043).

Tests: tests/sender/test_receipts.py.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

import orjson

from simvue.core.ledger import JournalAccount, RunAccount, checkpoint_note
from simvue.delivery.deadletters import letters
from simvue.delivery.journals import Desk, is_dead
from simvue.delivery.layout import Layout
from simvue.delivery.state import StateLog
from simvue.delivery.world import World

__all__ = ["expire", "finish", "is_complete", "is_due", "receipt_of"]

logger = logging.getLogger(__name__)


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
    world.makedirs(layout.delivered)
    world.replace(layout.receipt(account.journal), orjson.dumps(receipt_of(account, run, now)) + b"\n")
    world.makedirs(layout.run("").rpartition("/")[0])
    world.replace(layout.run(account.run), orjson.dumps(run.facts) + b"\n")
    _remember_expiry(world, layout, now + timedelta(seconds=retention))
    world.rename(layout.journal(account.file), f"{layout.delivered}/{account.journal}.jsonl")
    log.write({"note": "finished", "journal": account.journal})
    return True


def _remember_expiry(world: World, layout: Layout, when: datetime) -> None:
    due = _next_expiry(world, layout)
    if due is None or when < due:
        world.replace(layout.retention, orjson.dumps({"next": when.isoformat()}) + b"\n")


def _next_expiry(world: World, layout: Layout) -> datetime | None:
    try:
        return datetime.fromisoformat(orjson.loads(world.read(layout.retention))["next"])
    except (FileNotFoundError, ValueError, KeyError):
        return None


def is_due(world: World, layout: Layout) -> bool:
    """Whether the retention of a delivered journal has ended."""
    due = _next_expiry(world, layout)
    return due is not None and world.now() >= due


def expire(world: World, layout: Layout, retention: float) -> int:
    """Delete delivered journals whose retention has ended; return how many. Their receipts stay.

    A journal with dead letters that nobody has seen to is kept; one that grew after its delivery goes back to be delivered.
    """
    now, later, deleted = world.now(), None, 0
    for name in world.listdir(layout.delivered):
        if not name.endswith(".jsonl"):
            continue
        path = f"{layout.delivered}/{name}"
        journal = name.removesuffix(".jsonl")
        try:
            receipt = orjson.loads(world.read(layout.receipt(journal)))
            expiry = datetime.fromisoformat(receipt["delivered_at"]) + timedelta(seconds=retention)
            if world.size(path) != receipt["size"]:
                world.rename(path, layout.journal(receipt["file"]))
                logger.warning("%s grew after it was delivered; it is read on", receipt["file"])
                continue
        except (OSError, ValueError, KeyError) as error:
            logger.warning("%s is kept: its receipt cannot be read: %s", path, error)
            continue
        if expiry > now:
            later = min(later or expiry, expiry)
        elif not any(letter.state == "kept" for letter in letters(world, layout, journal)):
            world.unlink(path)
            deleted += 1
    if later is None:
        world.unlink(layout.retention)
    else:
        world.replace(layout.retention, orjson.dumps({"next": later.isoformat()}) + b"\n")
    return deleted

"""Fold the cache of an online run into the one above, once all of it is accounted for (PTH-009).

Every step can be repeated, and each leaves what the next sender needs: what is known of the run is above before
anything of it goes here; the directory for journals goes next, and only if it is empty, so that a journal that appears
meanwhile is either seen or finds that it has to begin the cache anew; the lease goes last.
Tests: tests/delivery/test_folding.py.
"""

import logging
from datetime import datetime

import orjson

from simvue.core.reading import Checker
from simvue.delivery.homes import recalled, remember
from simvue.delivery.layout import Layout, is_journal_name
from simvue.delivery.lease import Busy, LeaseKeeper
from simvue.delivery.receipts import next_look
from simvue.delivery.scan import scan
from simvue.delivery.state import StateLog
from simvue.delivery.world import World, is_temporary

__all__ = ["fold", "may_fold"]

logger = logging.getLogger(__name__)


def may_fold(world: World, layout: Layout) -> bool:
    """Whether a cache has been delivered from, and has no journal now; cheap, and not the last word."""
    if any(is_journal_name(name) for name in world.listdir(layout.journals)):
        return False
    return bool(world.listdir(f"{layout.sender}/lease"))


def fold(world: World, layout: Layout, checker: Checker) -> bool:
    """Fold a cache into the one above; False if either is in use, or something is left to be delivered.

    Raises:
        LeaseLost, StateUnwritable, ConfigurationError, OSError: It was not finished; another attempt goes on with it.
    """
    above = layout.above
    if above is None:
        return False
    upper, lower = LeaseKeeper(world, above.cache), LeaseKeeper(world, layout.cache)
    held = upper.acquire()
    if isinstance(held, Busy):
        return False
    try:
        mine = lower.acquire()
        if isinstance(mine, Busy):
            return False
        log, known = StateLog(world, above, held.epoch), StateLog(world, layout, mine.epoch)
        scan(world, layout, known, checker)  # one that was put away in the moment of a death is still known
        is_gone = not known.ledger.journals and _Fold(world, layout, above, upper, lower, log).make()
        if not is_gone:  # else there is nothing left in which it could be given back
            lower.release()
        log.sync()
        return is_gone
    finally:
        upper.release()


class _Fold:
    """One cache on its way up."""

    def __init__(
        self, world: World, layout: Layout, above: Layout, upper: LeaseKeeper, lower: LeaseKeeper, log: StateLog
    ) -> None:
        self._world, self._layout, self._above, self._log = world, layout, above, log
        self._leases = (upper, lower)

    def make(self) -> bool:
        """Carry everything up, and remove what is left; False if a journal has appeared."""
        world, layout, above = self._world, self._layout, self._above
        self._carry_facts()
        self._carry_retention()
        self._carry(f"{layout.sender}/dead", f"{above.sender}/dead")
        self._carry(f"{layout.cache}/control", f"{above.cache}/control")
        self._carry(layout.artifacts, above.artifacts)
        # A journal without its receipt would be kept for ever, so receipts go first.
        self._carry(layout.delivered, above.delivered, ".receipt.json")
        self._carry(layout.delivered, above.delivered)
        if not world.remove_directory(layout.journals):
            logger.info("%s: a journal has appeared", layout.cache)
            return False
        self._remove()
        return True

    def _carry_facts(self) -> None:
        """Let the cache above know the runs: a journal that comes later continues them, wherever it comes."""
        world, ledger = self._world, self._log.ledger
        folder = self._layout.run("").rpartition("/")[0]
        for name in world.listdir(folder):
            if is_temporary(name):
                continue
            key, facts = name.removesuffix(".json"), recalled(world, f"{folder}/{name}")
            self._keep_leases()
            remember(world, self._above, key, facts)
            if key in ledger.runs:
                self._log.write({"note": "run", "run": key, "facts": facts}, durable=True)

    def _carry_retention(self) -> None:
        """Let the cache above look at what was delivered when its retention ends, here or there."""
        world = self._world
        looks = [next_look(world, self._layout), next_look(world, self._above)]
        due: datetime | None = min((look for look in looks if look is not None), default=None)
        if looks[0] is not None and due is not None and due != looks[1]:
            world.makedirs(self._above.sender)
            world.replace(self._above.retention, orjson.dumps({"next": due.isoformat()}) + b"\n")

    def _carry(self, source: str, target: str, suffix: str = "") -> None:
        names = [name for name in self._world.listdir(source) if name.endswith(suffix) and not is_temporary(name)]
        if names:
            self._world.makedirs(target)
        for name in names:
            self._keep_leases()
            self._world.rename(f"{source}/{name}", f"{target}/{name}")

    def _remove(self) -> None:
        """Remove the sender's own: notes from old to new, so that what is left of them is always their end."""
        layout, sender = self._layout, self._layout.sender
        for folder in (layout.states, f"{sender}/runs", f"{sender}/observed", f"{sender}/dead", f"{sender}/homes"):
            self._empty(folder)
        self._world.unlink(layout.retention)
        for folder in (layout.delivered, layout.artifacts, f"{layout.cache}/control"):
            self._world.remove_directory(folder)  # one that holds something is in use again
        self._empty(f"{sender}/lease")  # from here on it is anybody's
        for folder in (sender, layout.cache):
            self._world.remove_directory(folder)

    def _empty(self, folder: str) -> None:
        for name in self._world.listdir(folder):
            self._world.unlink(f"{folder}/{name}")
        self._world.remove_directory(folder)

    def _keep_leases(self) -> None:
        for lease in self._leases:
            lease.renew_if_due()

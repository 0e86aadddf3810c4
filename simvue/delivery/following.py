"""Where the work comes from while a pass follows the journals of live programs: what grew, what is new, what is due.

Sizes of known files are looked at with every pulse; names, when something was written or a second has passed. How long
a pass follows is left to `passes`, who is served when to `crew`. Tests: tests/delivery/test_service.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import Event

from simvue.core.ledger import JournalAccount, RunAccount
from simvue.delivery.crew import Sign, Turn
from simvue.delivery.desk import Desk, has_work
from simvue.delivery.passes import continued
from simvue.delivery.runs import RunDelivery
from simvue.delivery.scan import Scan, runs_of, scan

__all__ = ["Following"]

_PULSE, _NAMES = 0.1, 1.0
_AGAIN = 15.0
"""Seconds after which a journal that did not grow gets another turn, where the last one could not deliver all."""


@dataclass(slots=True)
class _Seen:
    """When a run was served, and what it had then, by the clock since boot."""

    turn: float = -1e9
    sizes: dict[str, int] = field(default_factory=dict)
    heartbeat: float = -1e9
    question: float = -1e9
    is_giving: bool = False
    """Whether a sign of life is under way: none is queued behind it."""
    has_grown: bool = False


class Following:
    """Work for a crew, for as long as it asks (`simvue.delivery.crew.More`)."""

    pulse = _PULSE / 2

    def __init__(self, desk: Desk, wake: Event, publish: Callable[[Mapping[str, str]], None]) -> None:
        """Follow the journals of the desk's cache; `publish` is told, with every look, which runs wait for what."""
        self._desk, self._wake, self._publish = desk, wake, publish
        self._world, self._log, self._policy = desk.world, desk.exchange.log, desk.exchange.policy
        self._scan = Scan()
        self._names_at, self._is_woken = -1e9, False
        self._runs: dict[str, _Seen] = {}

    def wait(self) -> None:
        """Wait a tenth of a second, or until something was written."""
        self._wake.wait(_PULSE)

    def look(self, busy: frozenset[str], waiting: Mapping[str, str]) -> tuple[list[Sign], list[Turn]]:
        """Return what is to be done by now; runs that are `busy` have a turn already."""
        now = self._world.boottime()
        since = now - self._names_at
        self._is_woken |= self._wake.is_set()
        self._wake.clear()
        if since >= _NAMES or (self._is_woken and since >= _PULSE):
            self._is_woken = False
            self._scan, self._names_at = scan(self._world, self._desk.layout, self._log, self._desk.checker), now
            grown = self._scan.grown
        else:
            grown = self._measure(busy)
        self._publish(waiting)
        signs: list[Sign] = []
        turns: list[Turn] = []
        desk = replace(self._desk, continued=continued(self._log.ledger))
        for key, (run, accounts) in runs_of(self._log.ledger, self._scan.missing).items():
            seen, delivery = self._runs.setdefault(key, _Seen()), RunDelivery(desk, run, accounts)
            seen.has_grown |= any(account.journal in grown for account in accounts)
            signs += self._signs(seen, delivery, now)
            if key not in busy and self._is_due(seen, accounts, now):
                turns.append(self._turn(seen, run, accounts, delivery, now))
        return signs, turns

    def _measure(self, busy: frozenset[str]) -> set[str]:
        """Look at the sizes of known files; return the journals that grew."""
        grown: set[str] = set()
        for account in list(self._log.ledger.journals.values()):
            if account.run in busy or account.journal in self._scan.missing:
                continue
            try:
                size = self._world.size(self._desk.layout.journal(account.file))
            except OSError:
                self._names_at = -1e9  # it is gone: look at the names
                continue
            if size != account.size:
                grown.add(account.journal)
                clock = self._desk.exchange.clock
                self._log.write({"note": "seen", "journal": account.journal, "size": size, "clock": clock})
        return grown

    def _is_due(self, seen: _Seen, accounts: list[JournalAccount], now: float) -> bool:
        open_accounts = [account for account in accounts if has_work(account)]
        if any(account.size != seen.sizes.get(account.journal) for account in open_accounts):
            return True
        return bool(open_accounts) and now - seen.turn >= _AGAIN

    def _turn(
        self, seen: _Seen, run: RunAccount, accounts: list[JournalAccount], delivery: RunDelivery, now: float
    ) -> Turn:
        """Return the run's next turn; what is written in the moment before it goes with it."""
        wait = max(0.0, run.not_before - self._desk.exchange.clock, seen.turn + self._policy.linger - now)
        seen.turn, seen.sizes = now + wait, {account.journal: account.size for account in accounts}
        return Turn(seen.turn, run.run, delivery)

    def _signs(self, seen: _Seen, delivery: RunDelivery, now: float) -> list[Sign]:
        signs: list[Sign] = []
        if seen.is_giving or not delivery.is_live:
            return signs
        if seen.has_grown and now - seen.heartbeat >= self._policy.heartbeat_every:
            seen.heartbeat, seen.has_grown = now, False
            signs.append(delivery.heartbeat)
        if now - seen.question >= self._policy.abort_every:
            seen.question = now
            signs.append(delivery.watch_for_abort)
        return [_given(seen, signs)] if signs else []


def _given(seen: _Seen, signs: list[Sign]) -> Sign:
    seen.is_giving = True

    def give() -> None:
        try:
            for sign in signs:
                sign()
        finally:
            seen.is_giving = False

    return give

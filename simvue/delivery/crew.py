"""Serve many runs at once: signs of life and turns, each in a thread of its own while it lasts.

A run that has to wait gets another turn; a run that fails delays no other (DLV-019). What a turn does is
`simvue.delivery.runs`, where more turns come from while a pass follows its journals `simvue.delivery.following`.
Tests: tests/sender/test_passes.py and test_kills.py, tests/delivery/test_service.py, and without threads
tests/delivery/test_simulation.py.
"""

import heapq
import logging
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from threading import Event
from typing import Protocol

from simvue.delivery.exchange import Deferred, Exchange, TimeUp
from simvue.delivery.runs import RunDelivery
from simvue.delivery.world import World
from simvue.errors import ConfigurationError, LeaseLost, StateUnwritable, Unauthorised, Unreachable

__all__ = ["FATAL", "Crew", "More", "Pool", "Sign", "Turn"]

logger = logging.getLogger(__name__)

FATAL = (Unauthorised, Unreachable, LeaseLost, StateUnwritable, ConfigurationError)
"""What ends the pass for all runs."""

_PULSE = 0.2
"""Seconds after which the crew looks at the lease and the clock, whatever the requests do."""

Sign = Callable[[], None]
"""Gives a sign of life."""


@dataclass(order=True, slots=True)
class Turn:
    """A run's next turn: from when on, by the clock since boot."""

    due: float
    key: str
    delivery: RunDelivery = field(compare=False)


class Pool(Protocol):
    """Threads that carry out what they are given, such as a `ThreadPoolExecutor`."""

    def submit(self, work: Callable[[], Exception | None], /) -> "Future[Exception | None]":
        """Have it done by one of the threads."""


class More(Protocol):
    """Where work comes from while a pass follows its journals."""

    pulse: float
    """Seconds after which to look again."""

    def look(self, busy: frozenset[str], waiting: Mapping[str, str]) -> tuple[list[Sign], list[Turn]]:
        """Return what is to be done by now; runs that are `busy` have a turn already, of others `waiting` says why."""

    def wait(self) -> None:
        """Wait a pulse, or until something was written."""


@dataclass(slots=True)
class Crew:
    """Serves the runs of one pass, until all are served, time is up or it is asked to end."""

    world: World
    exchange: Exchange
    deadline: float
    is_stopped: Callable[[], bool]
    """Whether somebody asks that the pass end."""
    ending: Event
    """Set when no request is to begin any more."""
    on_served: Callable[[str], None]
    """Told of each run when its turn has delivered all there was."""
    watch: Callable[[int, int], None]
    """Told now and then how many runs are served and how many are left."""
    done: int = 0
    deferred: dict[str, str] = field(default_factory=dict)
    """Runs with something left to send, and why."""
    failed: dict[str, str] = field(default_factory=dict)
    """Runs that nobody can deliver as things are, and why."""

    def serve(self, signs: list[Sign], turns: list[Turn], pool: Pool, more: More | None = None) -> None:
        """Give signs of life, and turns in the order of their time, `connections` of them at once.

        With `more`, it goes on with what comes from there until the time is up.

        Raises:
            Unauthorised, Unreachable, LeaseLost, StateUnwritable, ConfigurationError: The pass is over.
        """
        heapq.heapify(turns)
        running: dict[Future[Exception | None], Turn | None] = {}
        try:
            self._serve(pool, deque(signs), turns, running, more)
        finally:
            self.ending.set()  # the other threads end after the request they are in
            wait(running)
        self._leave(turns)

    def serve_in_line(self, signs: list[Sign], turns: list[Turn]) -> None:
        """Do the same without threads, so that a simulator can kill between any two effects."""
        for sign in signs:
            self._give(sign)
        heapq.heapify(turns)
        while turns and self._is_in_time(turns):
            turn = heapq.heappop(turns)
            self.world.sleep(max(0.0, turn.due - self.world.boottime()))
            self._after(turn, self._take(turn), turns)
        self._leave(turns)

    def _serve(
        self,
        pool: Pool,
        signs: deque[Sign],
        turns: list[Turn],
        running: dict[Future[Exception | None], Turn | None],
        more: More | None,
    ) -> None:
        pulse = more.pulse if more else _PULSE
        while True:
            if self.is_stopped():
                self.ending.set()
            is_following = more is not None and not self.ending.is_set() and self.world.boottime() < self.deadline
            if more is not None and is_following:
                self._look(more, signs, turns, running)
            self._begin(pool, signs, turns, running)
            if running:
                finished, _ = wait(running, timeout=pulse, return_when=FIRST_COMPLETED)
            elif turns and self._is_in_time(turns):
                finished = set()
                self.world.sleep(min(pulse, max(0.0, turns[0].due - self.world.boottime())))
            elif more is not None and is_following:
                finished = set()
                more.wait()
            else:
                return
            self.exchange.keep_lease()
            for future in finished:
                turn, why = running.pop(future), future.result()
                if turn is not None:
                    self._after(turn, why, turns)
            self.watch(self.done, len(turns) + sum(turn is not None for turn in running.values()))

    def _look(
        self,
        more: More,
        signs: deque[Sign],
        turns: list[Turn],
        running: dict[Future[Exception | None], Turn | None],
    ) -> None:
        busy = [*turns, *(turn for turn in running.values() if turn is not None)]
        new_signs, new_turns = more.look(frozenset(turn.key for turn in busy), self.deferred)
        signs.extend(new_signs)
        for turn in new_turns:
            heapq.heappush(turns, turn)

    def _begin(
        self,
        pool: Pool,
        signs: deque[Sign],
        turns: list[Turn],
        running: dict[Future[Exception | None], Turn | None],
    ) -> None:
        """Fill the connections: signs of life first (DLV-051), but one connection is for data, if there is any."""
        connections = self.exchange.policy.connections
        if self.ending.is_set():
            signs.clear()
            return
        now = self.world.boottime()
        while len(running) < connections:
            is_turn = bool(turns) and turns[0].due <= now < self.deadline
            giving = sum(turn is None for turn in running.values())
            if signs and (not is_turn or giving < max(1, connections - 1)):
                sign = signs.popleft()
                running[pool.submit(lambda sign=sign: self._give(sign))] = None  # type: ignore[misc]
            elif is_turn:
                turn = heapq.heappop(turns)
                running[pool.submit(lambda turn=turn: self._take(turn))] = turn  # type: ignore[misc]
            else:
                return

    def _is_in_time(self, turns: list[Turn]) -> bool:
        return not self.ending.is_set() and max(turns[0].due, self.world.boottime()) < self.deadline

    def _give(self, sign: Sign) -> None:
        try:
            sign()
        except TimeUp:
            logger.info("no time left for signs of life")

    def _take(self, turn: Turn) -> Exception | None:
        try:
            turn.delivery.turn()
        except FATAL:
            raise
        except (Deferred, TimeUp, OSError) as why:
            return why
        except Exception as error:  # whatever is wrong with one run, the others are delivered
            logger.exception("run %s cannot be delivered", turn.key)
            return error
        return None

    def _after(self, turn: Turn, why: Exception | None, turns: list[Turn]) -> None:
        key = turn.key
        if isinstance(why, Deferred):
            self.deferred[key] = why.why
            heapq.heappush(turns, Turn(self.world.boottime() + why.delay, key, turn.delivery))
        elif why is None:
            self.done += 1
            self.deferred.pop(key, None)
            self.failed.pop(key, None)
            self.on_served(key)
        elif isinstance(why, TimeUp):
            self.deferred[key] = "no time left in this pass"
        else:
            said = f"{why.filename or ''} {why.strerror or why}".strip() if isinstance(why, OSError) else repr(why)
            self.deferred[key] = self.failed[key] = f"it cannot be delivered: {said}"
            logger.error("run %s: %s", key, self.failed[key])

    def _leave(self, turns: list[Turn]) -> None:
        for turn in turns:
            self.deferred.setdefault(turn.key, "its turn comes in a later pass")

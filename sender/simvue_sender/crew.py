"""Serve many runs at once: signs of life and turns, each in a thread of its own while it lasts.

A run that has to wait gets another turn; a run that fails delays no other (DLV-019). What a turn does is
`simvue.delivery.runs`. Tests: tests/sender/test_passes.py and test_kills.py, and
without threads tests/delivery/test_simulation.py.
"""

import heapq
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from simvue.delivery.exchange import Deferred, Exchange, TimeUp
from simvue.delivery.runs import RunDelivery
from simvue.delivery.world import World
from simvue.errors import ConfigurationError, LeaseLost, StateUnwritable, Unauthorised, Unreachable

__all__ = ["FATAL", "Crew", "Turn"]

logger = logging.getLogger(__name__)

FATAL = (Unauthorised, Unreachable, LeaseLost, StateUnwritable, ConfigurationError)
"""What ends the pass for all runs."""

_PULSE = 0.2
"""Seconds after which the crew looks at the lease and the clock, whatever the requests do."""


@dataclass(order=True, slots=True)
class Turn:
    """A run's next turn: from when on, by the clock since boot."""

    due: float
    key: str
    delivery: RunDelivery = field(compare=False)


@dataclass(slots=True)
class Crew:
    """Serves the runs of one pass, until all are served, time is up or `is_stopped` says so."""

    world: World
    exchange: Exchange
    deadline: float
    is_stopped: Callable[[], bool]
    on_served: Callable[[str], None]
    """Told of each run when its turn has delivered all there was."""
    watch: Callable[[int, int], None]
    """Told now and then how many runs are served and how many are left."""
    done: int = 0
    deferred: dict[str, str] = field(default_factory=dict)
    """Runs with something left to send, and why."""
    failed: dict[str, str] = field(default_factory=dict)
    """Runs that nobody can deliver as things are, and why."""

    def serve(self, signs: list[Callable[[], None]], turns: list[Turn]) -> None:
        """Give signs of life, and turns in the order of their time, `connections` of them at once.

        Raises:
            Unauthorised, Unreachable, LeaseLost, StateUnwritable, ConfigurationError: The pass is over.
        """
        heapq.heapify(turns)
        with ThreadPoolExecutor(self.exchange.policy.connections) as pool:
            try:
                self._serve(pool, deque(signs), turns)
            finally:
                self.exchange.stopped.set()  # the other threads end after the request they are in
        self._leave(turns)

    def serve_in_line(self, signs: list[Callable[[], None]], turns: list[Turn]) -> None:
        """Do the same without threads, so that a simulator can kill between any two effects."""
        for sign in signs:
            self._give(sign)
        heapq.heapify(turns)
        while turns and self._is_in_time(turns):
            turn = heapq.heappop(turns)
            self.world.sleep(max(0.0, turn.due - self.world.boottime()))
            self._after(turn, self._take(turn), turns)
        self._leave(turns)

    def _serve(self, pool: ThreadPoolExecutor, signs: deque[Callable[[], None]], turns: list[Turn]) -> None:
        running: dict[Future[Exception | None], Turn | None] = {}
        while True:
            if self.is_stopped():
                self.exchange.stopped.set()
            self._begin(pool, signs, turns, running)
            if not running and not (turns and self._is_in_time(turns)):
                return
            if running:
                finished, _ = wait(running, timeout=_PULSE, return_when=FIRST_COMPLETED)
            else:
                finished = set()
                self.world.sleep(min(_PULSE, max(0.0, turns[0].due - self.world.boottime())))
            self.exchange.keep_lease()
            for future in finished:
                turn, why = running.pop(future), future.result()
                if turn is not None:
                    self._after(turn, why, turns)
            self.watch(self.done, len(turns) + sum(turn is not None for turn in running.values()))

    def _begin(
        self,
        pool: ThreadPoolExecutor,
        signs: deque[Callable[[], None]],
        turns: list[Turn],
        running: dict[Future[Exception | None], Turn | None],
    ) -> None:
        """Fill the connections: signs of life first (DLV-051), but one connection is for data, if there is any."""
        connections = self.exchange.policy.connections
        if self.exchange.stopped.is_set():
            signs.clear()
            return
        now = self.world.boottime()
        while len(running) < connections:
            is_turn = bool(turns) and turns[0].due <= now < self.deadline
            giving = sum(turn is None for turn in running.values())
            if signs and (not is_turn or giving < max(1, connections - 1)):
                running[pool.submit(self._give, signs.popleft())] = None
            elif is_turn:
                turn = heapq.heappop(turns)
                running[pool.submit(self._take, turn)] = turn
            else:
                return

    def _is_in_time(self, turns: list[Turn]) -> bool:
        return not self.exchange.stopped.is_set() and max(turns[0].due, self.world.boottime()) < self.deadline

    def _give(self, sign: Callable[[], None]) -> None:
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

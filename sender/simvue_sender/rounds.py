"""One call of the sender: a pass over the cache, then one over each cache of an online run that nobody delivers.

What is done in a cache is `sweep`; here is who gets how much of the time, and that all of it is one report. A cache
whose program lives is delivered by that (PTH-003), so its lease is held and it is passed over. One that is delivered
is folded into the one above. Tests: tests/sender/test_online_caches.py.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from simvue.core.reading import Checker
from simvue.delivery.exchange import Policy
from simvue.delivery.folding import fold, may_fold
from simvue.delivery.homes import recalled
from simvue.delivery.layout import Layout
from simvue.delivery.passes import Watch, unwatched
from simvue.delivery.world import World
from simvue.errors import ConfigurationError, SimvueError
from simvue.server.address import api_base
from simvue_sender.report import Exit, Summary
from simvue_sender.sweep import sweep

__all__ = ["sweep_all"]

logger = logging.getLogger(__name__)

_FOR_THE_CACHE = 0.6
"""Share of the time that the cache itself may take while there are others."""
_LEAST = 5.0
"""Seconds that each of the others gets at least, if they are left at all."""
_HOPELESS = {Exit.UNREACHABLE, Exit.CONFIGURATION, Exit.STATE_UNWRITABLE, Exit.DEFECT}
"""After these, a pass over another cache would end as the last one did."""


def sweep_all(
    world: World,
    layout: Layout,
    checker: Checker,
    policy: Policy,
    address: Callable[[], str],
    watch: Watch = unwatched,
    is_stopped: Callable[[], bool] = lambda: False,
    *,
    in_threads: bool = False,
) -> Summary:
    """Make a pass over a cache and those below it, and say what came of all; the arguments are those of `sweep`."""
    began = world.boottime()

    def one(each: Layout, seconds: float, address: Callable[[], str] = address) -> Summary:
        limits = replace(policy, seconds=seconds)
        return sweep(world, each, checker, limits, address, watch, is_stopped, in_threads=in_threads)

    below = layout.all_below(world.listdir(layout.online))
    if not below:
        return one(layout, policy.seconds)
    summary = one(layout, _FOR_THE_CACHE * policy.seconds)
    first = int(world.random() * len(below))  # whoever comes last in one call comes first in some other
    left = below[first:] + below[:first]
    while left and not summary.busy and summary.exit not in _HOPELESS:
        seconds = began + policy.seconds - world.boottime()
        if is_stopped() or seconds < 1.0:
            summary.waiting |= {_name(each): "its turn comes in a later pass" for each in left}
            summary.exit = max(summary.exit, Exit.BACKLOG)
            break
        share = max(min(_LEAST, seconds), seconds / len(left))
        _serve(world, left.pop(0), summary, partial(one, seconds=share), address, checker)
    summary.seconds = world.boottime() - began
    return summary


def _serve(
    world: World,
    layout: Layout,
    summary: Summary,
    one: Callable[..., Summary],
    address: Callable[[], str],
    checker: Checker,
) -> None:
    """Deliver the cache of an online run, and fold it when that is done."""
    name, server = _name(layout), _Server(world, layout, address)
    try:
        if any(world.listdir(layout.journals)):
            part = one(layout, address=server.address)
            if server.problem:
                summary.troubles[name] = server.problem
                return
            summary.add(part, name)
        if may_fold(world, layout):
            fold(world, layout, checker)
    except (SimvueError, OSError, ValueError) as error:
        summary.troubles[name] = str(error)
        logger.warning("%s: %s", name, error)


@dataclass(slots=True)
class _Server:
    """The configured server, for a cache whose run may be on another one."""

    world: World
    layout: Layout
    configured: Callable[[], str]
    problem: str = ""

    def address(self) -> str:
        """Return the address. Raises ConfigurationError where it is not that of the run."""
        ours = self.configured()
        key = self.layout.cache.rpartition("/")[2]
        known = str(recalled(self.world, self.layout.control(key)).get("server", ours))
        if api_base(known) != api_base(ours):
            self.problem = f"its run is on {known}, and this sender delivers to {ours}: configure it for that server"
            raise ConfigurationError(self.problem)
        return ours


def _name(layout: Layout) -> str:
    return f"online/{layout.cache.rpartition('/')[2]}"

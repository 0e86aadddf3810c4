"""One bounded pass over a cache, as the sender makes it: the lease, the pass, and what came of it for `cli` to print.

What a pass does is `simvue.delivery.passes`. Tests: tests/sender/test_passes.py, and the simulation,
tests/delivery/test_simulation.py.
"""

import logging
from collections.abc import Callable

from simvue.core.reading import Checker
from simvue.delivery.crew import FATAL
from simvue.delivery.exchange import Policy
from simvue.delivery.layout import Layout
from simvue.delivery.lease import Busy, LeaseKeeper
from simvue.delivery.passes import Pass, Watch, unwatched
from simvue.delivery.state import StateLog
from simvue.delivery.world import World
from simvue.errors import (
    ConfigurationError,
    LeaseLost,
    StateUnwritable,
    TlsFailure,
    Unauthorised,
    Unreachable,
)
from simvue_sender.report import Exit, Summary

__all__ = ["sweep"]

logger = logging.getLogger(__name__)


def sweep(
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
    """Make one pass and say what it did.

    `address` names the server; it is called only when there is something to send, and may raise ConfigurationError.
    When `is_stopped`, the requests at hand are finished and the pass ends in order. Without `in_threads`, runs are
    served one after the other, and a request that outlasts the lease loses it.
    """
    started = world.boottime()
    summary = Summary(layout.cache)
    lease = LeaseKeeper(world, layout.cache)
    try:
        held = lease.acquire()
        if isinstance(held, Busy):
            summary.busy = str(held)
            return summary
        log = StateLog(world, layout, held.epoch)
        Pass(world, layout, checker, policy, lease, log, is_stopped, in_threads=in_threads).make(
            summary, address, watch
        )
        log.sync()
        _choose_exit(summary, is_stopped)
    except FATAL as error:
        _explain(summary, error)
    except OSError as error:
        _explain(summary, StateUnwritable(str(error.filename or layout.cache), error.strerror or str(error)))
    except Exception as error:
        logger.exception("the pass failed")
        summary.exit, summary.failure = Exit.DEFECT, f"this is a defect of simvue_sender, please report it: {error!r}"
    _release(lease)
    summary.seconds = world.boottime() - started
    return summary


def _choose_exit(summary: Summary, is_stopped: Callable[[], bool]) -> None:
    """Choose the exit code of a pass that no error ended."""
    if summary.dead_letters:
        summary.exit = Exit.DEAD_LETTERS
    elif summary.waiting or is_stopped():
        summary.exit = Exit.BACKLOG


def _release(lease: LeaseKeeper) -> None:
    """Give the lease back, so that the next sender need not wait for it."""
    try:
        lease.release()
    except (LeaseLost, StateUnwritable, OSError) as error:
        logger.warning("the lease could not be released: %s", error)


def _explain(summary: Summary, error: Exception) -> None:
    codes = {
        StateUnwritable: Exit.STATE_UNWRITABLE,
        LeaseLost: Exit.LEASE_LOST,
        TlsFailure: Exit.CONFIGURATION,
        Unreachable: Exit.UNREACHABLE,
        Unauthorised: Exit.CONFIGURATION,
        ConfigurationError: Exit.CONFIGURATION,
    }
    summary.exit = next(code for kind, code in codes.items() if isinstance(error, kind))
    summary.failure = str(error)
    logger.error("%s", error)

"""The words in which the parts of delivery speak to each other: limits, the server, and what can come of a request.

Nothing is decided here. Tests: tests/delivery/test_exchange.py.
"""

from collections.abc import Callable
from dataclasses import dataclass

from simvue.core.steps import Facts

__all__ = ["Deferred", "Found", "Look", "NoLook", "Policy", "Refused", "RunGone", "Server", "TimeUp"]

_MEGABYTE = 1024 * 1024


class TimeUp(Exception):  # noqa: N818 - no error: the pass is over
    """The pass has no time for another request."""


class Deferred(Exception):  # noqa: N818 - no error: the run's turn comes later
    """The run has to wait `delay` seconds before its next request."""

    def __init__(self, delay: float, why: str) -> None:
        super().__init__(delay, why)
        self.delay, self.why = delay, why


class Refused(Exception):  # noqa: N818 - a verdict on a request
    """The server will never accept this request; `fresh` says that it said so just now."""

    def __init__(self, detail: str, *, fresh: bool) -> None:
        super().__init__(detail, fresh)
        self.detail, self.fresh = detail, fresh


class NoLook(Exception):  # noqa: N818 - the server did not say
    """A look at the server showed neither presence nor absence."""


class RunGone(Exception):  # noqa: N818 - a state of the server
    """The server does not know the run any more (DLV-033)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Limits of a pass, in seconds, and of what it reads at once, in bytes."""

    seconds: float = 50.0
    request_timeout: float = 10.0
    settle: float = 60.0
    adopt_after: float = 600.0
    stale_after: float = 24 * 3600.0
    retention: float = 7 * 24 * 3600.0
    connections: int = 4
    window: int = 2 * _MEGABYTE
    artifact_roots: tuple[tuple[str, str], ...] = ()
    longest_wait: float = 900.0
    """Between two attempts, unless the server wishes for more (DLV-035, PTH-010)."""
    linger: float = 0.0
    """From the beginning of a run's turn to that of its next, where a pass follows what is written."""
    abort_every: float = 5.0
    """Between two questions whether a live run is to be aborted, where a pass follows."""
    heartbeat_every: float = 10.0
    """Between two heartbeats of a run that grows, where a pass follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What the server said of itself (DLV-020)."""

    address: str
    version: str
    keyed: bool
    key_window: float

    @property
    def guarantee(self) -> str:
        """Which guarantee is in force for metrics and events (DLV-026)."""
        return "exactly-once/keyed" if self.keyed else "exactly-once/reconciled"


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at the server showed: everything, with its facts, or a part, with what is missing."""

    facts: Facts
    missing: tuple[tuple[int, list[str]], ...] = ()


Look = Callable[[], Found | None]
"""Asks the server whether a request in doubt was applied; None says that there is no trace of it."""

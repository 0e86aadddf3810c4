"""Takes, keeps and gives back the right to deliver from a cache, so that one sender at a time does.

The right has numbered files, `<cache>/sender/lease/<8 digits>`. The highest number is the one in force, and
who creates the next has taken over: exclusive creation lets one of many succeed, and nothing is removed that
another might create again. When a lease may be taken is decided in `simvue.core.lease`; what it protects is
up to others.

A sender stopped between a check and the last byte of its request can still send after it has lost the lease;
only a server that knows idempotency keys prevents that. One keeper serves one thread.
Tests: tests/delivery/test_lease.py.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from simvue.core import lease as rules
from simvue.core.lease import Holder, Lease, LeasePolicy, NoStart, Observation, Standing
from simvue.delivery.world import World, is_temporary
from simvue.errors import LeaseLost, NotOurs, StateUnwritable

__all__ = ["Busy", "Held", "LeaseKeeper"]

_ATTEMPTS = 8
_KEPT_EPOCHS = 256
_KEPT_AGE = timedelta(hours=24)
_REMOVAL_EVERY = 16
_REMOVED_AT_ONCE = 64

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The lease is ours; `after` says how it came free. After EXPIRED or DEAD_HOLDER requests may be open."""

    epoch: int
    after: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """The lease is another's. What is not known of the holder is None; `since` is the holder's own clock.

    `silent_seconds` is how long we have seen no sign of it, of the `ttl_seconds` after which it is taken
    over.
    """

    epoch: int
    host: str | None
    pid: int | None
    since: datetime | None
    silent_seconds: float
    ttl_seconds: float

    def __str__(self) -> str:
        if self.host is None or self.since is None:
            who = "a sender that has not given its name"
        else:
            who = f"process {self.pid} on {self.host} since {self.since.isoformat(timespec='seconds')}"
        return (
            f"already being delivered: lease {self.epoch} is held by {who}; "
            f"no sign of it for {self.silent_seconds:.0f} s (taken over after {self.ttl_seconds:.0f} s)"
        )


class LeaseKeeper:
    """One asker for the lease of one cache.

    Its members raise StateUnwritable where the lease's files cannot be written, and OSError where they cannot
    be read. Never remove the files by hand while a sender runs.
    """

    def __init__(self, world: World, cache: str, policy: LeasePolicy | None = None) -> None:
        self._world = world
        self._policy = policy or LeasePolicy()
        self._me = world.identity()
        self._token = f"{int(world.random() * 2**52):013x}"
        self._folder = f"{cache}/sender/lease"
        self._observations = f"{cache}/sender/observed"
        self._held: Held | None = None
        self._lost: str | None = None
        self._counter = 0
        self._renewed = 0.0
        self._is_torn = False

    def acquire(self) -> Held | Busy:
        """Take the lease if it is free, or its holder dead or silent for too long; never waits."""
        if self._held is not None and self._lost is None:
            return self._held
        with _writing(self._folder):
            self._world.makedirs(self._folder)
        known = 0
        for _ in range(_ATTEMPTS):
            # A listing may be a minute old: what we have learnt since counts as well.
            known = max(known, self._highest())
            after = self._judge(known)
            if isinstance(after, Busy):
                return after
            if after is None:
                known = 0
                continue
            claimed = self._claim(known + 1)
            if claimed:
                return self._begin(Held(epoch=known + 1, after=after))
            known = known + 1 if claimed is False else 0
        return self._busy(Lease(epoch=known, holder=None, size=0), silent=0.0)

    def renew_if_due(self) -> None:
        """Show that we are alive, if it is time; call it at least every few seconds. Raises LeaseLost."""
        held = self._verify()
        started = self._world.boottime()
        if started - self._renewed < self._policy.renewal:
            return
        if not self._is_ours(held.epoch):
            self._lose("its file was removed")
        self._append(held.epoch, rules.encode_renewal(self._counter + 1, self._world.now()))
        # Seen after our time was up, it may have come after another's last look: then it renews nothing.
        self._verify()
        self._counter += 1
        self._renewed = started

    def check(self, needed_seconds: float) -> bool:
        """Whether the lease is ours for that much longer; False asks for a renewal first. Raises LeaseLost.

        Call it right before a request, with the request's timeout.
        """
        self._verify()
        return self.seconds_left() >= needed_seconds

    def seconds_left(self) -> float:
        """Return how long, from now, the lease is ours without a renewal; 0 if it is not."""
        if self._held is None or self._lost is not None:
            return 0.0
        end = self._renewed + self._policy.ttl - self._policy.margin
        return max(0.0, end - self._world.boottime())

    def release(self) -> None:
        """Give the lease back, if it is still ours, so that the next sender need not wait.

        Where that cannot be written, it is still held, and another call tries again.
        """
        held = self._held
        if held is None:
            return
        if self._lost is None and not self.is_taken(held.epoch):
            self._append(held.epoch, rules.encode_release(self._world.now()))
        self._held = None

    def _verify(self) -> Held:
        if self._held is None:
            raise LeaseLost(0, "it was not acquired, or has been released")
        if self._lost is not None:
            self._lose(self._lost)
        if self.seconds_left() <= 0:
            self._lose("it was not renewed in time")
        if self.is_taken(self._held.epoch):
            self._lose("another sender has taken over")
        return self._held

    def _lose(self, problem: str) -> NoReturn:
        self._lost = problem
        raise LeaseLost(self._held.epoch if self._held else 0, problem)

    def is_taken(self, epoch: int) -> bool:
        """Whether somebody has had the lease after this one; raises OSError."""
        # Who takes over creates the very next number, so one look-up does where a listing would cost a
        # directory. Our own file goes only with the folder, and who emptied that starts again from 1.
        return self._exists(epoch + 1) or not self._exists(epoch)

    def _begin(self, held: Held) -> Held:
        self._held, self._lost = held, None
        self._counter, self._is_torn = 0, False
        self._remove_old(held.epoch)
        return held

    def _highest(self) -> int:
        epochs = map(rules.epoch_of, self._world.listdir(self._folder))
        return max((epoch for epoch in epochs if epoch is not None), default=0)

    def _judge(self, epoch: int) -> Standing | Busy | None:
        """How the lease can be taken over, who has it if it cannot, or None if our listing is old."""
        if epoch == 0:
            return Standing.FREE
        before = self._world.boottime()
        try:
            data = self._world.read(self._path(epoch))
        except FileNotFoundError:
            return None
        lease = rules.parse_lease(epoch, data)
        if lease.released:
            return Standing.FREE
        observed = self._observed()
        verdict = rules.standing(
            lease,
            observed,
            self._me,
            before,
            token=self._token,
            policy=self._policy,
            start=self._start_of(lease),
        )
        if verdict is not Standing.HELD:
            return verdict
        after = self._world.boottime()
        observation = rules.observe(lease, observed, self._me, after)
        if observation != observed:
            with _writing(self._observations):
                self._world.makedirs(self._observations)
                self._world.replace(self._observed_path(), rules.encode_observation(observation))
        return self._busy(lease, silent=after - observation.first_seen)

    def _claim(self, epoch: int) -> bool | None:
        """Create an epoch's file: whether it is ours, or None if the number was used and removed long ago."""
        path = self._path(epoch)
        started = self._world.boottime()
        claim = rules.encode_claim(epoch, Holder(identity=self._me, token=self._token, at=self._world.now()))
        with _writing(path):
            created = self._world.create(path, claim)
        if not created and not self._is_ours(epoch):
            return False
        # An old listing can show as highest what has been removed since; the number before ours is gone then,
        # too.
        if epoch > 1 and not self._exists(epoch - 1):
            self._world.unlink(path)
            return None
        if self._highest() > epoch:
            return None
        self._renewed = started
        return True

    def _append(self, epoch: int, line: bytes) -> None:
        path = self._path(epoch)
        # After a failure part of a line may be there: an empty one ends it.
        data = b"\n" + line if self._is_torn else line
        self._is_torn = True
        with _writing(path):
            self._world.append(path, data)
        self._is_torn = False

    def _remove_old(self, epoch: int) -> None:
        """Keep the folder small, now and then; what may still show in some old listing stays."""
        if epoch % _REMOVAL_EVERY:
            return
        try:
            names = self._world.listdir(self._folder)
            last = self._last_removable(names, epoch)
            for name in names:
                # A temporary name says which epoch it was to become: ".00000007.", and so on.
                number = rules.epoch_of(name[1:].partition(".")[0] if is_temporary(name) else name)
                if number is not None and number <= last:
                    self._world.unlink(f"{self._folder}/{name}")
        except OSError as error:
            logger.warning("old lease files are left in %s: %s", self._folder, error)

    def _last_removable(self, names: list[str], epoch: int) -> int:
        epochs = sorted(number for number in map(rules.epoch_of, names) if number is not None)
        last = 0
        for number in epochs[:_REMOVED_AT_ONCE]:
            if number >= epoch - _KEPT_EPOCHS:
                break
            holder = rules.parse_lease(number, self._world.read(self._path(number))).holder
            # Those before an old one are older, whatever they say.
            if holder is not None and self._world.now() - holder.at > _KEPT_AGE:
                last = number
        return last

    def _start_of(self, lease: Lease) -> int | NoStart:
        if lease.holder is None or not rules.is_neighbour(lease.holder.identity, self._me):
            return NoStart.UNKNOWN
        return self._world.process_start(lease.holder.identity.pid)

    def _is_ours(self, epoch: int) -> bool:
        try:
            holder = rules.parse_lease(epoch, self._world.read(self._path(epoch))).holder
        except FileNotFoundError:
            return False
        return holder is not None and (holder.identity, holder.token) == (self._me, self._token)

    def _exists(self, epoch: int) -> bool:
        try:
            self._world.size(self._path(epoch))
        except FileNotFoundError:
            return False
        return True

    def _path(self, epoch: int) -> str:
        return f"{self._folder}/{rules.name_of(epoch)}"

    def _observed(self) -> Observation | None:
        try:
            return rules.parse_observation(self._world.read(self._observed_path()))
        except (FileNotFoundError, NotOurs):
            return None  # the wait begins anew, and the next note replaces what is there

    def _observed_path(self) -> str:
        return f"{self._observations}/{re.sub('[^A-Za-z0-9._-]', '_', self._me.host)}.json"

    def _busy(self, lease: Lease, *, silent: float) -> Busy:
        holder = lease.holder
        return Busy(
            epoch=lease.epoch,
            host=holder.identity.host if holder else None,
            pid=holder.identity.pid if holder else None,
            since=holder.at if holder else None,
            silent_seconds=silent,
            ttl_seconds=self._policy.ttl,
        )


@contextmanager
def _writing(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StateUnwritable(path, error.strerror or str(error)) from error

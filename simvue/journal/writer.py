"""The writer of a process: every record is in the kernel when the call that made it returns (WRT-003).

It lets threads, forked children and signal handlers record without harm, and synchronises in the background.
What happens to a record that cannot be written is in `simvue.journal.chain`; which records a run makes is
left to `simvue.run`. Tests: tests/journal/test_writer*.py.
"""

import os
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count
from os import getpid
from threading import Lock, RLock
from time import monotonic
from typing import cast
from weakref import WeakSet

from simvue.core.backlog import Worth
from simvue.core.encoding import MAX_VALUES, Fragment, encode_metrics, encode_record, encode_values
from simvue.core.plain import Json
from simvue.errors import JournalEnded, WriterError
from simvue.journal.chain import Chain, Limits, Place
from simvue.journal.clock import Clock, format_second
from simvue.journal.journal_file import JournalFile, make_durable, make_name_durable
from simvue.journal.keeper import Keeper
from simvue.journal.notices import Notices
from simvue.journal.refuge import Refuge
from simvue.journal.removal import Removal

__all__ = ["Limits", "Place", "Writer"]

_TICK = 5.0
_STAYS_BEHIND = 5.0
"""Seconds for which records wait before the run goes on elsewhere, where there is another place for it."""
_FLUSHED_BY_KEEPER = 2048  # some ten milliseconds for which others wait
_METRICS = Worth.METRICS  # an attribute of an enumeration costs a tenth of a record
_WORTH = {
    "metrics": Worth.METRICS,
    "heartbeat": Worth.METRICS,
    "run": Worth.NEVER_DROPPED,
    "status": Worth.NEVER_DROPPED,
}


class Writer:
    """Records what one process has to say about a run; safe for threads, forks and signal handlers.

    No error of the disk is raised (WRT-014). The journal is created with the first record.
    """

    refuge: Refuge | None = None
    """Another place, for when the journal cannot be written; without one, records wait until it can."""

    def __init__(self, place: Place, limits: Limits | None = None) -> None:
        self._place, self._limits = place, limits or Limits()
        self._names: set[str] = set()
        self._notices = Notices()
        _writers.add(self)
        self.is_ended = False
        self._reset(Clock())

    def _reset(self, clock: Clock) -> None:
        """Begin without a journal: at the start, and in a forked child."""
        self._pid = getpid()
        self._lock = RLock()
        self._is_busy = False
        self._deferred: deque[Callable[[], None]] = deque()
        self._notices.clear()
        self._fleeing = Lock()
        self._clock = clock
        self._steps = count()
        self._chain = Chain(self._place, self._limits, self._clock, self._complain)
        self._keeper: Keeper | None = None
        self._synced = self._heard = monotonic()
        self._heard_sequence = 0
        self._named = ""
        self._removal = Removal(self._place.directory, self._lock, self._notices)

    @property
    def path(self) -> str | None:
        """Where the journal lies that is being written; None before it could be created."""
        return self._chain.file.path if self._chain.file else None

    def append_metrics(
        self,
        metrics: Mapping[str, object],
        step: int | None = None,
        seconds: float | None = None,
        moment: int | None = None,
    ) -> None:
        """Record values of metrics.

        Args:
            metrics: One number for each name.
            step: Where they belong; by default how many metrics records this process made before.
            seconds: Time since the start of the run; by default since this writer was made.
            moment: When they were measured, in microseconds since 1970; by default now.

        Raises:
            WriterError: A name or a value that no record can hold, or the journal has ended; nothing is recorded.
        """
        values = encode_values(metrics, self._names)
        if seconds is not None or moment is not None or len(values) > MAX_VALUES:
            self._append_placed(metrics, values, step, seconds, moment)
            return
        # In a child, `_after_fork` has made this writer the child's. Asking for the process here costs a tenth more.
        with self._lock:
            if self._is_busy or self.is_ended:
                copied = dict(metrics)
                self._defer(lambda: self.append_metrics(copied, step))
                return
            self._is_busy = True
            try:
                chain = self._chain
                if not chain.is_ready:
                    chain.prepare()
                sequence = chain.sequence + 1
                second, microsecond, elapsed = self._clock.tick()
                number = next(self._steps)
                line = encode_metrics(sequence, second, microsecond, values, number if step is None else step, elapsed)
                chain.submit(sequence, line, _METRICS)
            finally:
                self._is_busy = False
        if self._deferred or self._notices.waiting or self._keeper is None:
            self._attend()

    def take_step(self) -> tuple[int, float]:
        """Return the step and the seconds of one call that records metrics, for records made apart from each other."""
        if self._pid != getpid():
            self.reset_after_fork()
        return next(self._steps), self._clock.elapsed()

    def append(self, kind: str, members: Mapping[str, Json], moment: int | None = None) -> None:
        """Record anything but metrics; `moment` as in `append_metrics`.

        Raises:
            RecordTooLong: It does not fit into a line; nothing is recorded.
            JournalEnded: The journal has ended; nothing is recorded.
        """
        if self._pid != getpid():
            self.reset_after_fork()
        with self._lock:
            if self._is_busy or self.is_ended:
                self._defer(lambda: self.append(kind, members, moment))
                return
            self._is_busy = True
            try:
                self._chain.prepare()
                sequence = self._chain.sequence + 1
                at = self._clock.now() if moment is None else b"%b%06dZ" % self._at(moment)
                line = encode_record(kind, sequence, at, members)
                self._chain.submit(sequence, line, _WORTH.get(kind, Worth.OTHER))
            finally:
                self._is_busy = False
        self._attend()

    def end(self, status: str | None = None, reason: str | None = None) -> None:
        """End the journal in order (JRN-040), synchronised (WRT-006); later records are refused.

        Nothing happens where nothing was recorded, nor the second time.
        """
        if self._pid != getpid():
            self.reset_after_fork()
        self._attend()
        with self._lock:
            if self.is_ended:
                return
            if self._is_busy:
                self._defer(lambda: self.end(status, reason))
                return
            self._is_busy = True
            try:
                has_ended = self._end(status, reason, may_flee=self.refuge is not None)
            finally:
                self._is_busy = False
        if not has_ended:
            self._flee()
            with self._lock:
                self._end(status, reason, may_flee=False)
        self._attend()

    def tend(self) -> bool:
        """Do what is due while the program may be silent; return whether there is more to do at once.

        Repeat what could not be written, rotate by age, show life, synchronise.
        """
        if self._pid != getpid() or self.is_ended:
            return False
        with self._lock:
            if self._is_busy:
                return False
            self._chain.recover()
            waiting = len(self._chain.backlog)
            if self._chain.is_behind:
                self._chain.flush(_FLUSHED_BY_KEEPER)
            self._chain.rotate_if_old()
            is_on_the_move = 0 < len(self._chain.backlog) < waiting
            is_silent = self._is_silent()
        self._look_for_file()
        with self._lock:
            failed_for = monotonic() - self._chain.failed_at if self._chain.is_in_need else 0.0
        if failed_for >= _STAYS_BEHIND:
            self._flee()
        if is_silent:
            with suppress(JournalEnded):  # in this moment
                self.append("heartbeat", {})
        if monotonic() - self._synced >= self._limits.between_syncs:
            self.synchronise()
        self._attend()
        return is_on_the_move

    def synchronise(self) -> None:
        """Make durable what was appended; no call that records waits for it.

        What the device did not take is appended again (WRT-011), as far as readers still know it (WRT-013).
        """
        with self._lock:
            self._synced = monotonic()
            retired = self._take_retired()
            journal, unsynced = self._chain.file, self._chain.unsynced.copy()
            try:
                descriptor = os.dup(journal.descriptor) if journal and unsynced else -1
            except OSError:  # no descriptor is free; the next time, then
                descriptor = -1
            else:
                self._chain.unsynced.clear()
        for old in retired:
            self._close(old)
        if journal is None or descriptor < 0:
            return
        try:
            self._make_durable(descriptor, journal.path)
        except OSError as error:
            self._notice_sync(error, journal.path)
            with self._lock:
                if not self.is_ended:  # nothing may follow an end record
                    self._chain.repeat(journal, list(unsynced))
        finally:
            os.close(descriptor)

    def reset_after_fork(self) -> None:
        """Leave the parent's journal alone (WRT-020): the child's first record opens one of its own."""
        inherited = [journal for journal, _ in self._chain.retired]
        for journal in [*inherited, *([self._chain.file] if self._chain.file else [])]:
            journal.close()  # the child's copy of the descriptor; the parent's stays open
        self._removal.close()
        self.refuge = None  # delivery is the parent's
        self._reset(Clock(self._clock.origin))

    def _at(self, moment: int) -> tuple[bytes, int]:
        second, microsecond = divmod(self._clock.place(moment), 1_000_000)
        return format_second(second), microsecond

    def _append_placed(
        self,
        metrics: Mapping[str, object],
        values: bytes,
        step: int | None,
        seconds: float | None,
        moment: int | None,
    ) -> None:
        """Record values at a step or time of the caller's; more than a line holds in several (WRT-041)."""
        number = next(self._steps)
        step = number if step is None else step
        if len(values) > MAX_VALUES:
            seconds = self._clock.elapsed() if seconds is None else seconds
            names = list(metrics)
            for half in (names[: len(names) // 2], names[len(names) // 2 :]):
                self.append_metrics({name: metrics[name] for name in half}, step, seconds, moment)
            return
        time = self._clock.elapsed() if seconds is None else seconds
        self.append("metrics", {"values": cast("Json", Fragment(values)), "step": step, "time": time}, moment)

    def _end(self, status: str | None, reason: str | None, *, may_flee: bool) -> bool:
        """Write everything, and close the journal; False if the run has to go on elsewhere before, and may."""
        chain = self._chain
        chain.recover()
        if self._keeper is not None:
            self._keeper.stop()
        if chain.sequence == 0:
            self.is_ended = True
            return True
        chain.flush()
        self._look_for_file(is_last=True)
        if chain.file is not None:
            unsynced = list(chain.unsynced)
            try:  # before the end record: what has to be repeated may not follow it (JRN-040)
                self._make_durable(chain.file.descriptor, chain.file.path)
            except OSError as error:
                self._notice_sync(error, chain.file.path)
                chain.unsynced.clear()
                chain.repeat(chain.file, unsynced)
        self.is_ended = True
        left = chain.end(status, reason)
        if may_flee and chain.is_in_need:
            return False
        if left:
            self._notices.add(
                f"{left} records of the run {self._place.run} could not be written before it ended, and are lost"
            )
        for journal in [*self._take_retired(), *([chain.file] if chain.file else [])]:
            self._close(journal)
        self._removal.close()
        return True

    def _flee(self) -> None:
        """Go on in a journal elsewhere, with the records that this one did not take."""
        refuge, chain = self.refuge, self._chain
        if refuge is None:
            return
        with self._fleeing:
            failure = chain.failure
            if failure is None or not refuge.prepare(failure):
                self._notices.release()
                return
            has_moved = False
            try:
                with self._lock:
                    if chain.is_in_need:
                        directory, members, is_taken = refuge.enter(*chain.leave())
                        has_moved = True  # from here on, what is there must not be removed, whatever a signal raises
                        chain.move(directory, members, is_taken=is_taken)
                        self._place, self._named = chain.place, ""
            finally:
                refuge.settle(has_moved=has_moved)

    def _take_retired(self) -> list[JournalFile]:
        """Return the ended journals that only have to be closed, no longer kept here."""
        ended = [journal for journal, end in self._chain.retired if end is None]
        self._chain.retired = [(journal, end) for journal, end in self._chain.retired if end is not None]
        return ended

    def _is_silent(self) -> bool:
        """Whether a heartbeat is due (REC-090)."""
        if self._chain.sequence != self._heard_sequence:
            self._heard, self._heard_sequence = monotonic(), self._chain.sequence
        limit = self._limits.heartbeat
        return limit is not None and not self._chain.is_behind and monotonic() - self._heard >= limit

    def _look_for_file(self, *, is_last: bool = False) -> None:
        if self._removal.look(self._chain, has_refuge=self.refuge is not None, is_last=is_last):
            self._named = ""

    def _make_durable(self, descriptor: int, path: str) -> None:
        make_durable(descriptor)
        if self._named != path:
            make_name_durable(path)
            self._named = path

    def _close(self, journal: JournalFile) -> None:
        try:
            self._make_durable(journal.descriptor, journal.path)
        except OSError as error:
            self._notice_sync(error, journal.path)
        journal.close()

    def _defer(self, action: Callable[[], None]) -> None:
        """Put off what a signal handler or a log handler asks for while a record is being written."""
        if self.is_ended:
            raise JournalEnded("nothing is recorded after the end of the run")
        self._deferred.append(action)

    def _attend(self) -> None:
        """Do what was put off, and say what there is to say, while no lock is held."""
        if self._keeper is None and not self.is_ended:
            self._keeper = Keeper(self.tend, min(_TICK, self._limits.between_syncs))
        while self._deferred and not self._is_busy:
            with suppress(IndexError):  # another thread was faster
                action = self._deferred.popleft()
                try:
                    action()
                except WriterError as error:  # its caller has long gone
                    self._notices.add(str(error))
        while self._notices.waiting and not self._is_busy:
            self._notices.say()

    def _complain(self, problem: str) -> None:
        """Say why records wait, unless there is another place for them: then that is tried first."""
        (self._notices.problem if self.refuge is None else self._notices.withhold)(problem)

    def _notice_sync(self, error: OSError, path: str) -> None:
        self._notices.problem(f"{path} could not be made durable: {error.strerror}; what is not, is written again")


_writers: WeakSet[Writer] = WeakSet()


def _after_fork() -> None:
    for writer in list(_writers):
        writer.reset_after_fork()


os.register_at_fork(after_in_child=_after_fork)

"""The journals of one process, one after the other: numbers, failures, rotation, end.

Whatever the disk does, a record is either in the kernel, waits in memory, or is counted as lost (WRT-010 to
WRT-017); nothing in here raises for it. Threads, forks and signal handlers are left to
`simvue.journal.writer`, which lets one caller in at a time. An exception of a signal handler may strike
between any two statements; `_doubtful` is what makes that harmless.
Tests: tests/journal/test_writer_faults.py, tests/journal/test_writer_rotation.py.
"""

import os
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from os import write
from time import monotonic, sleep
from uuid import uuid4

from simvue.core.backlog import Backlog, Entry, Worth
from simvue.core.encoding import encode_header, encode_record
from simvue.core.moving import Moving, moving
from simvue.core.plain import Json
from simvue.journal.clock import Clock
from simvue.journal.journal_file import JournalFile, ShortWrite

__all__ = ["REMOVED", "Chain", "Limits", "Place"]

REMOVED = ".removed"  # behind the name of a journal that a person has to look at

_REPEATABLE = 63  # readers remember the last 64 (WRT-013)
_FLUSHED_AT_ONCE = 256  # so that no call of the simulation waits for a long backlog
_PATIENCE = 2.0  # seconds that a program may take longer to end, rather than lose what a passing fault held up
_PAUSE = 0.02
_BETWEEN_COPIES = 60.0  # seconds; a whole journal that finds no room would fill the disk again and again
_FORMAT = {"format": "simvue-journal", "version": "1.0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes in bytes and times in seconds by which a writer rotates, waits and synchronises."""

    size: int = 64 << 20
    """Of a journal; the next record goes into another one (WRT-040)."""
    age: float = 24 * 3600.0
    """Of a journal (WRT-040)."""
    memory: int = 16 << 20
    """For records that cannot be written (WRT-015)."""
    between_syncs: float = 15.0
    """At least, from one synchronisation to the next (WRT-005)."""
    heartbeat: float | None = None
    """Silence after which a heartbeat record is written (REC-090); none without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where journals go, and what their headers say."""

    directory: str
    """The directory `journals` of a cache (JRN-001); created if need be."""
    run: str
    """The run key, valid by JRN-015."""
    facts: Callable[[], dict[str, Json]]
    """Gives the member `writer` (JRN-016) for this process."""
    cwd: str | None = None
    """Absolute path where relative artifact paths start (JRN-019)."""


class Chain:
    """Appends records to a journal, and to the one that continues it."""

    def __init__(self, place: Place, limits: Limits, clock: Clock, report: Callable[[str], None]) -> None:
        """Prepare a journal, to be created with the first record; `report` gets what the user has to know."""
        self.place, self._limits, self._clock, self._report = place, limits, clock, report
        self.retired: list[tuple[JournalFile, bytes | None]] = []
        """Journals left by rotation that are still open, each with its `end` if that is not written yet."""
        self._next_copy = 0.0
        self._left: list[tuple[JournalFile, bytes]] = []
        """Journals that could not be written any more, each with its `end`; it is tried once more at the end."""
        self._continues: dict[str, Json] | None = None
        self._begin()

    def _begin(self) -> None:
        self.file: JournalFile | None = None
        self.backlog = Backlog(self._limits.memory)
        self.sequence = 0
        """The number of the last record, written or waiting."""
        self.unsynced: deque[tuple[int, bytes, Worth]] = deque(maxlen=_REPEATABLE)
        self.is_ready = False
        """Whether nothing stands in the way of the next record: a file is open, whole, and has room."""
        self._limit = self._limits.size
        self._dropped = 0
        self._repeated = 0
        """The number up to which records that wait are in the journal already, but perhaps not on the device."""
        self._doubtful: tuple[int, bytes, Worth] | None = None
        self._header_at = b""
        self._next_attempt = 0.0
        self._begun = monotonic()
        self.failure: OSError | None = None
        """Why records wait, if they do; `failed_at` is when that began."""
        self.failed_at = 0.0

    @property
    def is_behind(self) -> bool:
        """Whether something waits to be written."""
        return bool(self.backlog or self.backlog.lost or any(end for _, end in self.retired))

    @property
    def is_in_need(self) -> bool:
        """Whether something went wrong that lasts: records wait, or go into a file that nobody finds."""
        return self.failure is not None and (self.is_behind or self.file is None or self.file.is_removed)

    def prepare(self) -> None:
        """Make way for the next record; call it before `submit` unless `is_ready`."""
        self.recover()
        if self.file is not None and self.file.size >= self._limit and not self.is_behind:
            self._rotate()
        if not self._header_at:
            self._header_at = self._clock.now()

    def submit(self, sequence: int, line: bytes, worth: Worth) -> None:
        """Write a record at once if nothing stands in the way; else it waits behind the others.

        `sequence` is one more than `self.sequence`.
        """
        self._doubtful = entry = (sequence, line, worth)
        file = self.file
        if self.is_ready and file is not None:
            self.is_ready, file.is_torn = False, True
            try:
                written = write(file.descriptor, line)
            except OSError as error:
                self._explain(error)
            else:
                file.size += written
                if written == len(line):
                    self.sequence = sequence
                    self.unsynced.append(entry)
                    file.is_torn, self._doubtful = False, None
                    self.is_ready = file.size < self._limit
                    return
        self.recover()
        self.flush(_FLUSHED_AT_ONCE)

    def recover(self) -> None:
        """Queue the record whose writing failed or was interrupted, so that it is written again."""
        if self._doubtful is None:
            return
        self.is_ready = False
        if self._doubtful[0] > self.sequence:
            self.backlog.add(Entry(*self._doubtful))
            self.sequence = self._doubtful[0]
        self._doubtful = None

    def flush(self, most: int = 1 << 62) -> None:
        """Write what waits, oldest first; where that fails, a tenth of the time at most is spent on trying."""
        started = monotonic()
        if started < self._next_attempt:
            return
        for step in (self._finish_retired, lambda: self._write_backlog(most)):
            try:
                step()
            except OSError as error:
                self._next_attempt = monotonic() + 10 * (monotonic() - started)
                self._explain(error)

    def repeat(self, journal: JournalFile, unsynced: list[tuple[int, bytes, Worth]]) -> None:
        """Append records again that the device did not take (WRT-011); once, since a device may fail for ever."""
        if self.file is not journal:
            return
        self.is_ready, journal.is_torn = False, True
        entries = [Entry(*entry) for entry in [*unsynced, *self.unsynced][-_REPEATABLE:]]
        self._repeated = max([self._repeated, *(entry.sequence for entry in entries)])
        self.backlog.put_back(entries)
        self.flush()
        self.unsynced.clear()

    def removed(self, *, is_last: bool = False) -> JournalFile | None:
        """Return the journal if somebody has removed it, and it is time to write it again.

        Where that failed, it is tried again after a minute, or when `is_last`.
        """
        file = self.file
        if file is None or not file.is_removed or (monotonic() < self._next_copy and not is_last):
            return None
        return file

    def copy_of(self, removed: JournalFile, *, is_forgotten: bool) -> JournalFile:
        """Begin to write a removed journal again; nobody has to wait for it meanwhile. Raises OSError.

        With `is_forgotten`, what a sender knew of it is gone as well: the copy gets a name that none looks at
        (JRN-003), since it would be delivered again from its beginning.
        """
        self._make_directory()
        path = removed.path
        if is_forgotten and not path.endswith(REMOVED):
            path += REMOVED
        return removed.begin_copy(path, removed.size)

    def put_back(self, removed: JournalFile, copy: JournalFile) -> bool:
        """Go on in the copy of a removed journal; False if that has been left meanwhile. Raises OSError."""
        if self.file is not removed:
            copy.discard()
            return False
        self.recover()
        self.is_ready = False
        removed.finish_copy(copy, removed.size)
        self.file = copy
        removed.close()
        self.flush(0)
        return True

    def stay(self, removed: JournalFile, error: OSError) -> bool:
        """Go on in the file that nobody finds, since it cannot be copied; False if that has been left meanwhile."""
        if self.file is not removed:
            return False
        self._next_copy = monotonic() + _BETWEEN_COPIES
        self._fail(error)
        return True

    def leave(self) -> tuple[JournalFile | None, bytes]:
        """Return the journal that takes no more records, and the `end` record that belongs behind what it has."""
        self.recover()
        found, last, dropped = self._moving(), self.sequence, self._dropped
        self.sequence, self._dropped = found.written, dropped - found.queued
        end = self._end_line(None, "rotate")
        self.sequence, self._dropped = last, dropped
        return self.file, end

    def move(self, directory: str, members: dict[str, Json], *, is_taken: bool) -> None:
        """Go on in a new journal, in `directory`: what waits goes there, behind a `run` record with `members`.

        With `is_taken`, the journal that is left is looked after, and forgotten here.
        """
        (old, end), found = self.leave(), self._moving()
        self._left += [(journal, line) for journal, line in self.retired if line is not None]
        self.retired = [(journal, line) for journal, line in self.retired if line is None]
        if old is not None:
            self._continues = {"journal": old.identity}
            if is_taken:
                old.close()
            else:
                self._left.append((old, end))
        self.place = replace(self.place, directory=directory)
        self._begin()
        self._header_at = self._clock.now()
        first = Entry(1, encode_record("run", 1, self._clock.now(), members), Worth.NEVER_DROPPED)
        self.backlog.put_back([first, *found.entries])
        self.backlog.lost, self.sequence = found.lost, found.sequence
        self.flush()

    def _moving(self) -> Moving:
        waiting = [entry for entry in self.backlog.waiting() if entry.sequence > self._repeated]
        return moving(waiting, self.backlog.lost, self.sequence)

    def rotate_if_old(self) -> None:
        """Let the next record begin another journal if this one has reached its age."""
        if self.file is not None and monotonic() - self._begun >= self._limits.age:
            self._limit, self.is_ready = 0, False

    def end(self, status: str | None, reason: str | None) -> int:
        """Write everything and an `end` record; return how many records could not be written."""
        self._next_attempt = 0.0
        self.flush()
        self._add_lost()
        self.backlog.add(Entry(self.sequence + 1, self._end_line(status, reason), Worth.NEVER_DROPPED))
        self.sequence += 1
        patience = monotonic() + _PATIENCE
        while True:
            self._next_attempt = 0.0
            self.flush()
            if not self.is_behind or monotonic() >= patience:
                self._end_left()
                return len(self.backlog)
            sleep(_PAUSE)

    def _write_backlog(self, most: int) -> None:
        if self.file is None:
            self.file = self._create()
        if not self.backlog:
            self._add_lost()
        while self.backlog and most > 0:
            entry = self.backlog.first()
            _append(self.file, entry.line)
            self.backlog.remove(entry)
            self.unsynced.append(entry)
            most -= 1
            if not self.backlog:
                self._add_lost()
        self.is_ready = not self.backlog and self.file.size < self._limit
        if not self.backlog and not self.file.is_removed:
            self.failure = None

    def _add_lost(self) -> None:
        """Queue a `lost` record for what was dropped so far (WRT-016)."""
        lost = self.backlog.lost
        if lost is None:
            return
        members: dict[str, Json] = {"count": lost.count, "first_seq": lost.first, "last_seq": lost.last}
        line = encode_record("lost", self.sequence + 1, self._clock.now(), members)
        self.backlog.lost = None
        self._dropped += lost.count
        self.backlog.add(Entry(self.sequence + 1, line, Worth.NEVER_DROPPED))
        self.sequence += 1

    def _end_left(self) -> None:
        """End the journals that could not be written, if they can be now."""
        for journal, end in self._left:
            with suppress(OSError):
                _append(journal, end)
            journal.close()
        self._left.clear()

    def _make_directory(self) -> str:
        directory = self.place.directory
        os.makedirs(os.path.dirname(directory), 0o700, exist_ok=True)  # noqa: PTH103, PTH120 - no pathlib here
        with suppress(FileExistsError):
            os.mkdir(directory, 0o700)  # noqa: PTH102
        return directory

    def _create(self) -> JournalFile:
        directory = self._make_directory()
        identity = str(uuid4())
        members: dict[str, Json] = {**_FORMAT, "journal": identity, "run": self.place.run}
        members["writer"] = self.place.facts()
        if self.place.cwd is not None:
            members["cwd"] = self.place.cwd
        if self._continues is not None:
            members["continues"] = self._continues
        name = f"{self.place.run.lstrip('.') or 'run'}-{identity[:8]}.jsonl"
        header = encode_header(self._header_at, members)
        journal = JournalFile.create(os.path.join(directory, name), identity, header)  # noqa: PTH118
        self._begun = monotonic()
        return journal

    def _rotate(self) -> None:
        """End a journal (JRN-033) and begin the one that continues it (JRN-034)."""
        old = self.file
        if old is None:
            return
        self.is_ready = False
        line = self._end_line(None, "rotate")
        self.sequence += 1  # first: no other record may have the number of an end record
        continues: dict[str, Json] = {"journal": old.identity, "seq": self.sequence}
        try:
            _append(old, line)
        except OSError as error:
            self._explain(error)
            self.retired.append((old, line))
        else:
            continues["bytes"] = old.size
            self.retired.append((old, None))
        self._begin()
        self._continues = continues
        self._header_at = self._clock.now()
        self.flush()

    def _finish_retired(self) -> None:
        for position, (journal, end) in enumerate(self.retired):
            if end is not None:
                _append(journal, end)
                self.retired[position] = (journal, None)

    def _end_line(self, status: str | None, reason: str | None) -> bytes:
        """Lay out an `end` record for the next number; what was dropped does not precede it (REC-126)."""
        members: dict[str, Json] = {} if status is None else {"status": status}
        members["records"] = self.sequence + 1 - self._dropped
        if reason is not None:
            members["reason"] = reason
        return encode_record("end", self.sequence + 1, self._clock.now(), members)

    def _fail(self, error: OSError) -> None:
        if self.failure is None:
            self.failed_at = monotonic()
        self.failure = error

    def _explain(self, error: OSError) -> None:
        self._fail(error)
        where = self.file.path if self.file else error.filename or self.place.directory
        self._report(
            f"the run cannot be recorded in {where} for now: {error.strerror or error}. The program goes on, "
            f"and its records are kept in memory ({self._limits.memory >> 20} MiB at most, oldest metrics "
            "dropped first) until they can be written: check free space, quota and permissions there, or set "
            "SIMVUE_OFFLINE_DIRECTORY to another directory for the next run"
        )


def _append(journal: JournalFile, line: bytes) -> None:
    try:
        journal.append(line)
    except ShortWrite:  # after a signal the rest is taken; on a full disk this raises what is wrong
        journal.append(line)

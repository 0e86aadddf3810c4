"""How a run lives: its first record, its last, and what may end it before its time.

Which circumstances end a process is observed in `simvue.run.context`; what the server wants is read in
`simvue.run.control`; delivery online is `simvue.run.online`. What is recorded in between is left to
`simvue.run.recording` and the parts of a run beside this one.
Tests: tests/run/test_context.py, tests/run/test_abort.py, tests/run/test_online.py.
"""

import os
import sys
import threading
import traceback  # in advance: an import while an interrupt is handled changes the exit status of Python
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

from simvue import environment
from simvue.config import Settings
from simvue.core import arguments
from simvue.core.plain import Json, text
from simvue.errors import SimvueRunError, WriterError
from simvue.journal.warning import warn
from simvue.journal.writer import Limits, Place, Writer
from simvue.run import context
from simvue.run.control import AttendedWriter, Control, Watch
from simvue.run.recording import Recording

if TYPE_CHECKING:
    from simvue.run.online import Online

__all__ = ["Living"]

PATIENCE = 30.0
"""Seconds that the end of an online run waits for the network, at most."""
_AFTER_SIGNAL = 5.0
_AFTER_ABORT = 5.0
_LOOK = 1.0
"""Seconds between two looks at what the server wants of an online run; offline its writer looks now and then."""
_ENDS = arguments.STATUSES
_LONGEST_REASON = 1000
_MOST_PUT_ASIDE = 256 << 20
_AFTER_THE_END = frozenset({"status", "metadata", "tags", "folder", "alert", "alert_state", "artifact"})
"""Kinds that may be recorded of a run that has ended, as with the published client."""


class Living(Recording):
    """The turns of a run's life."""

    _settings: Settings
    _place: Place
    _key = ""
    _rank: int | None = None
    _begun: Writer | None = None
    _online: "Online | None" = None
    _control: Control | None = None
    _lookout: Watch | None = None
    _abort_callback: Callable[[Any], object] | None = None
    _abort_on_alert: Literal["run", "terminate", "ignore"] = "terminate"
    _last_status: str | None = None
    """With what the journal ends."""
    _reason: str | None = None
    """Why the run ends, for its `end` record."""
    _started: float | None = None
    _stopped: float | None = None
    _has_failed = _has_tidied = _has_heard = _is_hurried = _is_child = False

    def __init__(self) -> None:
        self._ending = threading.RLock()
        self._alert_raised_trigger = threading.Event()
        """Set when the server asks for the run's abort."""

    def _begin(self, members: dict[str, Json] | None, *, step: int = 0, seconds: float = 0.0) -> bool:
        """Open a journal and record `members` in it; `step` and `seconds` are where an earlier process stopped."""
        running = self._status == "running"
        timeout = (members or {}).get("timeout", 180)
        first = self._rank in (None, 0)
        heartbeat = timeout / 2 if isinstance(timeout, int) and running and first else None
        cache = self._cache
        self._place = Place(
            directory=os.path.join(cache, "journals"),  # noqa: PTH118 - a string is wanted
            run=self._key,
            facts=lambda: environment.writer_facts(self._rank),
            cwd=environment.current_directory(),
        )
        self._control = Control(cache, self._key)
        self._begun = self._writer = AttendedWriter(
            self._place, Limits(heartbeat=heartbeat), self._look, step=step, seconds=seconds
        )
        self._writer.refuge = self._online
        self._metrics_writer = self._writer if running else None
        self._started = monotonic() - seconds
        context.watch(self)
        has_begun = not first or members is None or self._record("init", "run", lambda: members)
        if self._online is not None:
            self._lookout = Watch(self._look, _LOOK)
            try:
                self._online.begin(wait=first)
            except SimvueRunError as error:
                self.conclude("the server has not made the run", 0.0)
                return self._refuse(WriterError(str(error)))
        self._on_begin()
        return has_begun

    # Its end.

    def record_exception(self, error: BaseException) -> None:
        """Record an exception that ends the program: an event with its traceback, and the status."""
        if self._has_failed or self._has_ended:  # the with block saw it before the process did
            return
        self._has_failed = True
        self._expires = None  # the program's own error is what has to be seen
        is_interrupt = isinstance(error, KeyboardInterrupt)
        self._is_hurried = is_interrupt
        if not is_interrupt:
            story = text("".join(traceback.format_exception(error)))
            self._record("log_event", "event", lambda: {"message": story, "log_level": "error"})
        reason = text("".join(traceback.format_exception_only(error)).strip())[:_LONGEST_REASON]
        if self._status not in ("failed", "terminated"):  # else the program knew already
            self._set_end("terminated" if is_interrupt else "failed", reason)

    def conclude(self, reason: str | None, patience: float = PATIENCE) -> None:
        """End the run; `reason` says why it failed, None that it did not. Online, wait so many seconds to deliver."""
        if self._begun is None:
            return
        self._end(reason)
        if not self._begun.is_ended:  # a signal handler closes the run inside of a call that records
            return
        if self._lookout is not None:
            self._lookout.stop()
        if self._online is not None:
            self._online.finish(min(patience, _AFTER_SIGNAL) if self._is_hurried else patience)
        context.forget(self)

    def terminate(self, reason: str) -> None:
        """End the run because a signal ends the program; return when its journal is whole."""
        with suppress(Exception):
            self._stop(reason)

    def after_signal(self) -> None:
        """Deliver what can be delivered in a few seconds."""
        self.conclude(None, _AFTER_SIGNAL)

    def after_fork(self) -> None:
        """Go on as the copy in a child process: with a journal of its own, and no say in the run's status."""
        self._is_child = True
        self._ending = threading.RLock()
        self._lookout = None
        if self._online is not None:
            self._online.abandon()

    def _reopen(self, kind: str) -> bool:
        """Open another journal for what may still be said of a run that has ended; its end stays what it is."""
        if not self._has_ended or self._is_child or self._is_aborted or kind not in _AFTER_THE_END:
            return False
        if self._writer is not None:
            return True
        if self._online is not None and not self._online.resume():
            return False
        self._begun = self._writer = Writer(self._place, Limits())
        self._last_status = self._reason = None
        context.watch(self)
        return True

    def _tidy_run(self) -> None:
        """Do what is due before the end is recorded; once, unless it is interrupted."""
        self._on_end()

    def _end(self, reason: str | None) -> None:
        """Record the end, in every journal of this process."""
        if self._begun is None:
            return
        with self._ending:
            if self._has_ended:  # again: for what was said of it since, or what a signal handler put off
                self._writer = None
                self._begun.end(self._last_status, self._reason)
            else:
                self._expires = None  # the end is recorded all the same
                if reason is not None and self._status not in _ENDS:
                    self._set_end("failed", reason)
                if not self._has_tidied and not self._is_child:
                    self._tidy_run()
                    self._has_tidied = True
                if self._status == "running":  # what is only announced is left to whoever reconnects to it
                    self._set_end("completed", None)
                speaks = not self._is_child and self._rank in (None, 0)  # only then it is the end of the run
                self._last_status = self._status if speaks and self._status != "created" else None
                self._has_ended, self._stopped = True, monotonic()
                self._writer = self._metrics_writer = None
                self._begun.end(self._last_status, self._reason)

    def _stop(self, reason: str) -> None:
        """End the run as terminated, with what it has started."""
        if self._has_ended:
            return
        if self._status not in _ENDS:
            self._set_end("terminated", reason)
        if not self._is_child:
            with suppress(Exception):  # whatever does not stop, the run ends
                self._on_abort()
        self._end(None)

    def _set_end(self, status: str, reason: str | None) -> None:
        speaks_for_run = not self._is_child and (self._rank in (None, 0) or status != "completed")
        self._status, self._reason = status, None if speaks_for_run else reason  # a reason is told once
        if speaks_for_run:
            members: dict[str, Json] = {"status": status}
            if reason is not None:
                members["reason"] = reason
            self._record("set_status", "status", lambda: members)

    # Its abort.

    def _look(self) -> None:
        """See whether the server asks for the end of the run; called now and then, in a thread."""
        control = self._control
        if control is None or self._has_heard or self._has_ended or not control.wants_abort:
            return
        self._has_heard = True
        try:
            self._obey()
        except Exception as error:  # noqa: BLE001 - it would end the thread that looks after the journal
            warn(f"the abort of the run {self._key} failed: {error!r}")

    def _obey(self) -> None:
        self._alert_raised_trigger.set()
        if self._abort_callback is not None and not self._is_child:
            try:
                self._abort_callback(self)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - the user's own; sys.exit ends a thread alone
                warn(f"abort_callback failed: {error!r}")
        wish = self._abort_on_alert
        if wish == "ignore":
            return
        self._is_aborted = True
        warn(f"the run {self._key} was aborted on the server")
        self._stop("aborted")
        self.conclude(None, _AFTER_ABORT)
        if wish == "terminate":
            for stream in (sys.stdout, sys.stderr):
                with suppress(Exception):
                    stream.flush()
            os._exit(1)

    # Where it is.

    def _has_moved(self) -> None:
        """Look for what the server wants where the run is recorded now."""
        self._control = Control(self._cache, self._key)

    @property
    def _cache(self) -> Path:
        return Path(self._settings.cache) if self._online is None else self._online.cache

    def _artifacts(self) -> Path:
        return self._cache / "artifacts"

    def _puts_aside(self, path: Path) -> bool:
        """Online, a script may delete a file as soon as it is saved."""
        with suppress(OSError):
            return self._online is not None and path.stat().st_size <= _MOST_PUT_ASIDE
        return False

    def _server_alert(self, name: str) -> str | None:
        return None if self._online is None else self._online.alert(name)

    def _known(self) -> Mapping[str, Any]:
        """Return what is known of the run on its server: `server_id` and `server`, as the control file names them."""
        facts = {} if self._online is None else self._online.facts()
        if "id" in facts and self._settings.server is not None:
            return {"server_id": str(facts["id"]), "server": self._settings.server.url}
        return {} if self._control is None else self._control.read()

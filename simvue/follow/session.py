"""A run from beginning to end, beside the program that it is about: what the command `simvue-follow` does.

The program's exit decides the run's status. Nothing that goes wrong with recording ends the program. Options are
left to `simvue.follow.cli`. Tests: tests/follow/test_cli.py, tests/follow/test_program.py.
"""

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any, Literal

from simvue.errors import NoAnswer, SimvueRunError, Unreachable
from simvue.follow.follower import Follower
from simvue.follow.found import Stop, Tally
from simvue.follow.program import Signals, Started, Stuck, Watched
from simvue.follow.rules import Rules
from simvue.follow.tail import PipeTail
from simvue.journal.warning import warn
from simvue.run import Run

__all__ = ["OUTPUT", "Outcome", "Session", "follow"]

OUTPUT = "-"
Status = Literal["completed", "failed", "terminated"]
_SLICE = 0.5
_SIGNALLED = 128  # and the signal's number, as shells have it


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What to do; `command` or `pid`, or neither."""

    rules: Rules
    logs: Sequence[str]
    command: Sequence[str] = ()
    pid: int | None = None
    from_end: bool = False
    interval: float = 0.5
    idle_timeout: float | None = None
    patience: float = 10.0
    """Seconds that the program has to end after it was told to."""
    init: dict[str, Any] = field(default_factory=dict)
    """Arguments of `Run.init`."""
    run: dict[str, Any] = field(default_factory=dict)
    """Arguments of `Run`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How it ended: the run's status, why, the sums, and the exit status for this command."""

    status: str
    reason: str
    run: str | None
    tally: Tally
    exit_status: int
    is_mid_line: bool
    """Whether the last line on standard output, passed on from the program, has no end."""


def follow(session: Session) -> Outcome:
    """Do all of it.

    Raises:
        SimvueError: Something is wrong before the program was started; it is not started.
        OSError: The program cannot be started.
    """
    aborted = threading.Event()
    watched = None if session.pid is None else Watched(session.pid)
    with Signals() as signals:
        run = _begun(session, aborted)
        try:
            program = _started(session, signals)
        except OSError as error:
            run.log_event(f"{session.command[0]} cannot be started: {error.strerror}", None, "error")
            run.set_status("failed")
            run.close()
            raise
        measured = program or (watched if watched is not None and watched.was_there else None)
        if measured is not None:
            pid = measured.pid
            _harmless(lambda: run.set_pid(pid))
        return _Course(session, run, program, watched, signals, aborted).run_through()


def _begun(session: Session, aborted: threading.Event) -> Run:
    """Return a run that has begun: offline if a program is to be started and the server is out of reach."""
    run = _prepared(session, session.run, aborted)
    try:
        run.init(**session.init)
    except SimvueRunError as error:
        cause = next((one for one in _causes(error) if isinstance(one, Unreachable | NoAnswer)), None)
        if not session.command or cause is None:
            raise
        warn(f"simvue-follow: {cause}; the run is recorded offline, and simvue_sender delivers it")
        run = _prepared(session, {**session.run, "mode": "offline"}, aborted)
        run.init(**session.init)
    return run


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _prepared(session: Session, arguments: dict[str, Any], aborted: threading.Event) -> Run:
    run = Run(abort_callback=lambda _: aborted.set(), **arguments)
    has_program = bool(session.command) or session.pid is not None
    run.config(
        abort_on_alert="ignore",  # the program has to be told first
        disable_resources_metrics=None if has_program else True,  # they would be those of this process
    )
    return run


def _started(session: Session, signals: Signals) -> Started | None:
    if not session.command:
        return None
    program = Started(session.command, is_followed=OUTPUT in session.logs)
    signals.program = program
    if signals.ending is not None:  # it came while the program was not there yet
        program.send(signals.ending)
    return program


class _Course:
    """The time between the start of the program and the end of the run."""

    def __init__(
        self,
        session: Session,
        run: Run,
        program: Started | None,
        watched: Watched | None,
        signals: Signals,
        aborted: threading.Event,
    ) -> None:
        self._session, self._run, self._program = session, run, program
        self._watched, self._signals, self._aborted = watched, signals, aborted
        self._tally = Tally()
        self._follower: Follower | None = None

    def run_through(self) -> Outcome:
        """Follow, end the run, and let the program come to its end."""
        try:
            self._follow()
        except Stuck:
            line = self._tally.lines + 1
            warn(
                f"simvue-follow: stopped at line {line} or soon after, where an expression takes very long; simplify it"
            )
            self._pass_on()
        except Exception as error:  # noqa: BLE001 - the program has to go on, whatever it is
            warn(f"simvue-follow: the logs are not followed any more: {error!r}")
            self._pass_on()
        status, reason = self._verdict()
        identifier = self._run.id
        _harmless(lambda: self._end(status, reason))
        self._pass_on()
        return Outcome(
            status=status,
            reason=reason,
            run=identifier,
            tally=self._tally,
            exit_status=self._exit_status(status),
            is_mid_line=self._program is not None and any(pipe.is_mid_line for pipe in self._program.pipes[:1]),
        )

    def _follow(self) -> None:
        session, program = self._session, self._program
        pipes = program.pipes if program is not None else []
        wait: Callable[[float], object] | None = None if program is None else program.wait
        if program is None and OUTPUT in session.logs:
            pipes = [PipeTail("stdin", 0)]
            wait = pipes[0].wait
        follower = self._follower = Follower(
            self._run,
            *(log for log in session.logs if log != OUTPUT),
            rules=session.rules,
            pipes=pipes,
            from_end=session.from_end,
            interval=session.interval,
        )
        self._tally = follower.tally
        if self._watched is not None and not self._watched.was_there:
            self._tally.problem(f"there is no process {self._watched.pid}; the logs are read as they are")
        signals, waiting = self._signals, wait or self._wait

        def is_over() -> bool:  # asked before each look at the logs
            signals.progress = lambda: (self._tally.lines, self._tally.bytes)
            return self._is_over()

        def pause(seconds: float) -> None:
            signals.progress = None
            waiting(seconds)

        try:
            follower.follow(is_over, idle_timeout=session.idle_timeout, wait=pause)
        finally:
            signals.progress = None

    def _wait(self, seconds: float) -> None:
        """Wait so long, or until the end is asked for."""
        end = monotonic() + seconds
        while self._signals.ending is None and (left := end - monotonic()) > 0:
            sleep(min(left, _SLICE))

    def _is_over(self) -> bool:
        has_failed = self._stopped is not None and self._stopped.has_failed
        if self._program is not None:
            if has_failed or self._aborted.is_set():
                self._program.end(self._session.patience)
            return self._program.is_over()
        if has_failed or self._aborted.is_set() or self._signals.ending is not None:
            if self._follower is not None:
                self._follower.finish(is_live=True)  # the writer of the log may go on, and there may be little time
            return True
        if self._watched is not None:
            return self._watched.is_over()
        return self._follower is None or self._follower.is_at_end

    @property
    def _stopped(self) -> Stop | None:
        return None if self._follower is None else self._follower.stopped

    def _pass_on(self) -> None:
        """Wait for the end of a program whose output is not looked at any more."""
        while self._program is not None and not self._is_over():
            for pipe in self._program.pipes:
                pipe.read()
            self._program.wait(self._session.interval)

    def _verdict(self) -> tuple[Status, str]:
        """Return the run's status, and why it is not completed."""
        stopped, status = self._stopped, None if self._program is None else self._program.status
        if self._aborted.is_set():
            return "terminated", "the run was aborted on the server"
        if stopped is not None:
            return ("failed", stopped.message) if stopped.has_failed else ("completed", "")
        if self._signals.ending is not None:
            return "terminated", f"ended by {signal.Signals(self._signals.ending).name}"
        if self._program is not None and status:
            how = f"exit status {status}" if status > 0 else f"signal {_signal_name(-status)}"
            return "failed", f"{self._program.name} ended with {how}"
        return "completed", ""

    def _end(self, status: Status, reason: str) -> None:
        if status != "completed":
            self._run.log_event(reason, None, "error")
            self._run.set_status(status)
        self._run.close()

    def _exit_status(self, status: str) -> int:
        if self._program is not None:
            code = self._program.status or 0
            return code if code > 0 else _SIGNALLED - code if code < 0 else int(status == "failed")
        if status == "terminated" and self._signals.ending is not None:
            return _SIGNALLED + self._signals.ending
        return int(status != "completed")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return str(number)


def _harmless(action: Callable[[], object]) -> None:
    """Do what must not end the program that is followed."""
    try:
        action()
    except Exception as error:  # noqa: BLE001 - whatever it is
        warn(f"simvue-follow: {error!r}")

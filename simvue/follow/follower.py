"""Follower: records in a run what another program writes into its logs.

It brings together the logs (`simvue.follow.streams`) and the run (`simvue.follow.recorder`). The other program is
left to who starts it, or to `simvue.follow.program`. Tests: tests/follow/test_follower.py.
"""

import threading
from collections.abc import Callable, Iterable
from os import PathLike, fspath
from time import monotonic
from types import TracebackType
from typing import Any, Self

from simvue.errors import ConfigurationError
from simvue.follow.found import Stop, Tally
from simvue.follow.recorder import Recorder
from simvue.follow.rules import Rules
from simvue.follow.streams import Streams
from simvue.follow.tail import PipeTail
from simvue.journal.warning import warn
from simvue.run import Run

__all__ = ["Follower"]

_AT_ONCE = 0.01  # seconds until the next look when there was something: a named pipe is filled again soon


class Follower:
    r"""Records what other programs write into logs.

    ```python
    with Run() as run:
        run.init("cavity")
        with Follower(run, "solver.log", metrics=[r"residual=Residual: (\S+)"]):
            subprocess.run(["./solver"], check=True)
    ```

    Inside of the `with` block a thread reads; at its end the rest is read. Without a thread: call `read` from
    time to time, and `finish` at the end; or `follow`, which returns when it is over. A line that matches
    `fail_on` makes the run a failed one when the `with` block ends; else look at `stopped`.
    """

    def __init__(
        self,
        run: Run,
        *logs: str | PathLike[str],
        rules: Rules | None = None,
        pipes: Iterable[PipeTail] = (),
        from_end: bool = False,
        interval: float = 0.5,
        **options: Any,
    ) -> None:
        """Prepare; a log need not exist yet.

        Args:
            run: Where it is recorded; `init` was called.
            logs: Paths; those with `*`, `?` or `[` are patterns, also for files that come later.
            rules: What to look for, in place of options.
            pipes: Outputs of programs, followed besides.
            from_end: Skip what the logs hold now.
            interval: Seconds between two looks.
            options: What to look for, as in `Rules.of`.

        Raises:
            ConfigurationError: An option that cannot be used; the message says why.
        """
        if rules is None:
            rules = Rules.of(**options)
        elif options:
            raise ConfigurationError("give either rules or options")
        rules.check(logs)
        if not interval > 0:
            raise ConfigurationError(f"interval={interval!r}: use seconds, more than 0")
        self._run, self._interval = run, interval
        self._streams = Streams(rules, [fspath(log) for log in logs], pipes, from_end=from_end)
        self._recorder = Recorder(run, self._streams.tally)
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_finished = False

    @property
    def tally(self) -> Tally:
        """Sums over what was read and recorded so far."""
        return self._streams.tally

    @property
    def stopped(self) -> Stop | None:
        """The line that matched `fail_on` or `until`; None before there is one."""
        return self._recorder.stopped

    @property
    def is_at_end(self) -> bool:
        """Whether nothing more can come, since all that is followed are pipes which are closed."""
        return self._streams.are_over

    def read(self) -> int:
        """Record what was written since the last time; return how many bytes that was."""
        if self._is_finished:
            return 0
        return self._streams.read(self._take)

    def follow(
        self,
        is_over: Callable[[], bool],
        *,
        idle_timeout: float | None = None,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        """Record until it is over, or until a line matches `until`; then finish.

        Args:
            is_over: Asked before each look; True means that the other program has ended.
            idle_timeout: Seconds without a new byte after which it is over.
            wait: Called with the interval between two looks; may return earlier.
        """
        wait = wait or self._ended.wait
        heard = monotonic()
        is_live = True
        while self.stopped is None or self.stopped.has_failed:
            was_over = is_over()  # asked before reading: what was written till then is read
            size = self.read()
            if size:
                heard = monotonic()
            if was_over:
                is_live = False
                break
            if idle_timeout is not None and monotonic() - heard >= idle_timeout:
                break
            wait(min(self._interval, _AT_ONCE) if size else self._interval)
        self.finish(is_live=is_live)

    def finish(self, *, is_live: bool = False) -> None:
        """Read the rest, also last lines that have no end, and close the logs; the second time does nothing.

        Args:
            is_live: The other program may still write; then only some megabytes are read.
        """
        if self._is_finished:
            return
        self._is_finished = True
        if self.stopped is None or self.stopped.has_failed:
            self._streams.read(self._take, final=True, is_live=is_live)
        self._streams.close()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._work, name="simvue-follow", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        for problem in self.tally.problems:
            warn(f"simvue-follow: {problem}")
        if self.stopped is not None and self.stopped.has_failed:
            self._run.set_status("failed")

    def _work(self) -> None:
        try:
            self.follow(self._ended.is_set)
        except Exception as error:  # noqa: BLE001 - the simulation goes on
            warn(f"simvue-follow: the logs are not followed any more: {error!r}")

    def _take(self, found: list[Any], prefix: str, path: str) -> None:
        del path
        self._recorder.record(found, prefix)

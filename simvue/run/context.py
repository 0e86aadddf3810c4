"""The circumstances in which a run ends: exit, exception, signal, fork. Observed here, never changed.

While a run is open, hooks look on: `sys.excepthook`, `sys.exit` and the interpreter's `exit` and `quit` are wrapped
and always passed on to, and an `atexit` function ends what is open. A `raise SystemExit` outside a `with` block
cannot be seen by any of them: the interpreter has forgotten it when they are called. Which signals are observed,
and how, is in `simvue.run.signals`; what an end means for the records is left to `simvue.run.life`.
Tests: tests/run/test_context.py.
"""

import atexit
import builtins
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Never, Protocol, cast

from simvue.run import signals

__all__ = ["Watched", "exit_reason", "forget", "is_exiting", "watch"]


class Watched(Protocol):
    """What has to hear of the end of the process, and of its forks."""

    def record_exception(self, error: BaseException) -> None:
        """Take note of an exception that nobody caught."""

    def conclude(self, reason: str | None) -> None:
        """End, since the process does; `reason` says why it failed, None that it did not."""

    def terminate(self, reason: str) -> None:
        """End, since a signal ends the process; return when nothing can be lost any more."""

    def after_signal(self) -> None:
        """Take the few seconds that a signal leaves for what is worth them."""

    def after_fork(self) -> None:
        """Become the copy in a child process."""


def exit_reason(code: object) -> str | None:
    """Return why a program with this argument of `sys.exit` failed; None if it did not."""
    if code is None or code == 0:
        return None
    return f"exit status {code}" if isinstance(code, int) else f"exit: {code!s:.1000}"


class _Context:
    """The hooks of this process; one object, so that there is one set of them."""

    def __init__(self) -> None:
        self.runs: list[Watched] = []
        self.exit_code: object = None
        self.last_error: BaseException | None = None
        self.is_registered = self.is_exiting = False
        self.previous_hook = sys.excepthook
        self.previous_exit: Callable[..., Never] = sys.exit
        self.previous_quitters: dict[str, Callable[..., Never]] = {}

    def install(self) -> None:
        self.exit_code = None
        self.last_error = getattr(sys, "last_value", None)
        if sys.excepthook is not _excepthook:
            self.previous_hook, sys.excepthook = sys.excepthook, _excepthook
        if sys.exit is not _exit:
            self.previous_exit = sys.exit
            sys.exit = cast("Any", _exit)  # takes whatever its caller passes
        for name in ("exit", "quit"):  # the module `site` puts them there, if it is used
            quitter = getattr(builtins, name, None)
            if quitter is not None and not isinstance(quitter, _Quitter):
                self.previous_quitters[name] = quitter
                setattr(builtins, name, _Quitter(quitter))
        signals.install(_on_signal, _after_signal)
        if not self.is_registered:
            self.is_registered = True
            atexit.register(_at_exit)
            os.register_at_fork(after_in_child=_after_fork)

    def uninstall(self) -> None:
        if sys.excepthook is _excepthook:
            sys.excepthook = self.previous_hook
        if sys.exit is _exit:
            sys.exit = self.previous_exit
        for name, quitter in self.previous_quitters.items():
            if isinstance(getattr(builtins, name, None), _Quitter):
                setattr(builtins, name, quitter)
        self.previous_quitters.clear()
        signals.uninstall()


def is_exiting() -> bool:
    """Whether the program is being ended, so that nothing more can be recorded and nobody is there to mend it."""
    return _context.is_exiting


def watch(run: Watched) -> None:
    """Tell a run of the end of the process, until it is forgotten."""
    if not _context.runs:
        _context.install()
    _context.runs.append(run)


def forget(run: Watched) -> None:
    """Leave a run alone that has ended; with the last one the hooks go."""
    _context.runs = [other for other in _context.runs if other is not run]
    if not _context.runs:
        _context.uninstall()


def _excepthook(kind: type[BaseException], error: BaseException, trace: TracebackType | None, /) -> None:
    if not _is_interactive():
        _tell(error)
    _context.previous_hook(kind, error, trace)


def _tell(error: BaseException) -> None:
    _context.last_error = error
    for run in list(_context.runs):
        with suppress(Exception):  # the user's own error is what has to be seen
            run.record_exception(error)


class _Quitter:
    """Stands for `exit` and `quit`, which raise SystemExit by themselves."""

    def __init__(self, previous: Callable[..., Never]) -> None:
        self._previous = previous

    def __repr__(self) -> str:
        return repr(self._previous)

    def __call__(self, code: object = None) -> Never:
        _note(code)
        self._previous(code)


def _exit(code: object = None, /) -> Never:
    _note(code)
    _context.previous_exit(code)


def _note(code: object) -> None:
    """Remember with what the program is ended."""
    if threading.current_thread() is threading.main_thread():  # in others it ends the thread only
        _context.exit_code = code


def _on_signal(name: str) -> None:
    _context.is_exiting = True
    for run in list(_context.runs):
        with suppress(Exception):
            run.terminate(f"signal {name}")


def _after_signal() -> None:
    for run in list(_context.runs):
        with suppress(Exception):
            run.after_signal()


def _at_exit() -> None:
    signals.wait_for_end()
    _context.is_exiting = True
    error = getattr(sys, "last_value", None)  # the hook may have been replaced by another
    if isinstance(error, BaseException) and error is not _context.last_error and not _is_interactive():
        _tell(error)
    for run in list(_context.runs):
        with suppress(Exception):  # one run must not keep the others from their end
            run.conclude(exit_reason(_context.exit_code))
    _context.runs.clear()


def _after_fork() -> None:
    _context.exit_code = None
    for run in list(_context.runs):
        with suppress(Exception):
            run.after_fork()
    processes = sys.modules.get("multiprocessing.util")
    if processes is not None and _context.runs:  # its children end without atexit, and forget older finalizers
        processes.register_after_fork(_context, _finalize_child)


def _finalize_child(_: _Context) -> None:
    from multiprocessing.util import Finalize  # noqa: PLC0415 - loaded already by whoever forked

    Finalize(None, _at_exit, exitpriority=0)


def _is_interactive() -> bool:
    return hasattr(sys, "ps1")


_context = _Context()

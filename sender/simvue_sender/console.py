"""What surrounds a pass: the log in the cache, progress on a terminal, signals that ask for its end.

Tests: tests/sender/test_terminal.py and test_kills.py.
"""

import logging
import logging.handlers
import shutil
import signal
import sys
from pathlib import Path
from types import FrameType

import click

from simvue.core.ledger import Ledger
from simvue.delivery.layout import Layout
from simvue_sender.report import printable

__all__ = ["Progress", "Stop", "log_path", "start_log"]

_LOG_SIZE, _LOGS = 1024 * 1024, 3


class Stop:
    """Asked for by SIGTERM, SIGINT or SIGHUP: the pass finishes its requests and ends. Asked twice, it dies at once."""

    def __init__(self) -> None:
        self.name = ""
        """The signal, once there was one."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
                signal.signal(number, self._ask)

    def __bool__(self) -> bool:
        return bool(self.name)

    def _ask(self, number: int, _frame: FrameType | None) -> None:
        # No more than this: whatever takes a lock could wait for the code that the signal interrupted.
        self.name = signal.Signals(number).name
        signal.signal(number, signal.SIG_DFL)


class Progress:
    """How far a pass is, in one line of a terminal that is written over."""

    def __init__(self) -> None:
        self._shown = 0

    def __call__(self, done: int, left: int, ledger: Ledger) -> None:
        """Show it; to be called now and then."""
        waiting = sum(max(0, account.size - account.reader.judged) for account in ledger.journals.values())
        line = f"runs: {done} done, {left} to go; {waiting / 1e6:,.1f} MB waiting"
        line = line[: shutil.get_terminal_size().columns - 1]
        click.echo(f"\r{line:<{self._shown}}", err=True, nl=False)
        self._shown = len(line)

    def clear(self) -> None:
        """Leave the line empty for what comes next."""
        if self._shown:
            click.echo(f"\r{'':<{self._shown}}\r", err=True, nl=False)


def log_path(layout: Layout) -> str:
    """Return where the log lies."""
    return f"{layout.sender}/sender.log"


def start_log(layout: Layout, *, verbose: bool) -> None:
    """Send details to the log in the cache, and with `verbose` to standard error as well.

    Where there is no place for a log, there is none: that the state cannot be written is said by the pass.
    """
    logging.raiseExceptions = False  # else a full disk would print a traceback for each line
    handlers: list[logging.Handler] = []
    try:
        Path(layout.sender).mkdir(mode=0o700, parents=True, exist_ok=True)
        path = log_path(layout)
        handlers.append(logging.handlers.RotatingFileHandler(path, maxBytes=_LOG_SIZE, backupCount=_LOGS, delay=True))
    except OSError:
        handlers.append(logging.NullHandler())
    if verbose:
        handlers.append(logging.StreamHandler(sys.stderr))
    formatter = _Printable("%(asctime)s %(process)d %(levelname)s %(message)s")
    for handler in handlers:
        handler.setFormatter(formatter)
    for name in ("simvue", "simvue_sender"):
        logger = logging.getLogger(name)
        logger.handlers[:] = handlers
        logger.setLevel(logging.INFO)
        logger.propagate = False


class _Printable(logging.Formatter):
    """Journals and servers write into the log: nothing of theirs may steer the terminal that shows it (DLV-048)."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n    ".join(printable(line) for line in super().format(record).split("\n"))

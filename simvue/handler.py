"""A handler for Python's logging that makes events of what a program logs. Tests: tests/test_handler.py."""

import logging
import threading
from typing import Literal, Protocol, TypeAlias

from simvue.errors import SimvueRunError

__all__ = ["Handler"]

Level: TypeAlias = Literal["debug", "info", "warning", "error", "critical"]

_LEVELS: tuple[tuple[int, Level], ...] = (
    (logging.CRITICAL, "critical"),
    (logging.ERROR, "error"),
    (logging.WARNING, "warning"),
    (logging.INFO, "info"),
)


class _Run(Protocol):
    """What the handler needs of a run."""

    def log_event(self, message: str, *, log_level: Level | None = None) -> bool: ...


class Handler(logging.Handler):
    """Makes an event of each log record, with its level.

    ```python
    logging.getLogger().addHandler(Handler(run))
    ```

    What simvue itself logs is left out. Before the run begins and after it has ended nothing is recorded, and
    nothing is raised into the program.
    """

    def __init__(self, simvue_run: _Run) -> None:
        """Record events of this run."""
        super().__init__()
        self._run = simvue_run
        self._busy = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        """Record what was logged; what cannot be formatted is reported as logging does it."""
        is_ours = record.name == "simvue" or record.name.startswith("simvue.")
        if is_ours or getattr(self._busy, "is_set", False):  # recording may log: that would never end
            return
        self._busy.is_set = True
        try:
            self._run.log_event(self.format(record), log_level=_level_of(record.levelno))
        except SimvueRunError:  # the run has not begun, or has ended; other handlers have the message
            pass
        except Exception:  # noqa: BLE001 - as every handler does
            self.handleError(record)
        finally:
            self._busy.is_set = False


def _level_of(number: int) -> Level:
    return next((level for least, level in _LEVELS if number >= least), "debug")

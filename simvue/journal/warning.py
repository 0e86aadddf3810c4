"""The one way in which recording speaks to the user while the simulation runs: a line in the program's log.

Without a configured log it is a line on standard error. It never raises (WRT-014).
Tests: tests/journal/test_writer_faults.py.
"""

import os
import sys
from contextlib import suppress

__all__ = ["warn"]


def warn(message: str) -> None:
    """Log a warning as `simvue`; where no log is configured or it does not work, write to standard error."""
    try:
        import logging  # noqa: PLC0415 - not paid for by runs that have nothing to say

        logger = logging.getLogger("simvue")
        if not logger.hasHandlers() and _is_said(message):
            return
        logger.warning("%s", message)
    except Exception:  # noqa: BLE001 - handlers and filters are other people's code
        with suppress(OSError):
            os.write(2, f"simvue: {message}\n".encode(errors="replace"))


def _is_said(message: str) -> bool:
    """Write a line to the descriptor of standard error, if it has one.

    What a broken stream keeps in its buffer would fail again at the end, and change the program's exit status.
    """
    try:
        descriptor = sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):  # a notebook's, or closed
        return False
    with suppress(OSError):
        os.write(descriptor, f"{message}\n".encode(errors="replace"))
    return True

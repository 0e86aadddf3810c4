"""The one way in which recording speaks to the user while the simulation runs: a line in the program's log.

Without a configured log it is a line on standard error. It never raises (WRT-014).
Tests: tests/journal/test_writer_faults.py.
"""

import os
from contextlib import suppress

__all__ = ["warn"]


def warn(message: str) -> None:
    """Log a warning as `simvue`; where not even that works, write it to descriptor 2."""
    try:
        import logging  # noqa: PLC0415 - not paid for by runs that have nothing to say

        logging.getLogger("simvue").warning("%s", message)
    except Exception:  # noqa: BLE001 - handlers and filters are other people's code
        with suppress(OSError):
            os.write(2, f"simvue: {message}\n".encode(errors="replace"))

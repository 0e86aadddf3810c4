"""Whether what a sender knows of a cache is still what it knew: a directory that is held open and asked for its name.

A journal that is written again is delivered again from its beginning by a sender that has forgotten it, so a writer has
to know. Tests: tests/journal/test_removal.py.
"""

import os
from contextlib import suppress

__all__ = ["Witness"]


class Witness:
    """Remembers that a sender has been at a cache, from when it was first seen there."""

    def __init__(self, journals: str) -> None:
        """Prepare for the cache with this directory `journals`; nothing is opened yet."""
        self._place = os.path.join(os.path.dirname(journals), "sender", "state")  # noqa: PTH118, PTH120
        self._descriptor = -1

    def look(self) -> None:
        """See whether a sender has been there by now."""
        if self._descriptor < 0:
            with suppress(OSError):
                self._descriptor = os.open(self._place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    @property
    def is_gone(self) -> bool:
        """Whether a sender was there, and what it knew has been removed."""
        if self._descriptor < 0:
            return False
        try:
            return os.fstat(self._descriptor).st_nlink == 0
        except OSError:  # a file server that has forgotten it
            return True

    def close(self) -> None:
        """Forget it."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            with suppress(OSError):
                os.close(descriptor)

"""A journal that somebody removes under a running program: it is written again, and that is said once.

How it is copied is left to `simvue.journal.chain`, when it is looked at to `simvue.journal.writer`. Tests:
tests/journal/test_removal.py, tests/run/test_refuge.py.
"""

from threading import RLock

from simvue.journal.chain import REMOVED, Chain
from simvue.journal.notices import Notices
from simvue.journal.witness import Witness

__all__ = ["Removal"]

_ELSEWHERE = "records go on into it where it is, and are not delivered before it is back"
_AGAIN = "it was written again, with all that it held"
_FORGOTTEN = (
    f"what the sender knew of it is gone too, so it was written again as …{REMOVED}, which no sender looks at: without "
    f"{REMOVED} in its name it is delivered, and what had been delivered before arrives again"
)


class Removal:
    """Looks whether the journal that is being written still has a name."""

    def __init__(self, directory: str, lock: RLock, notices: Notices) -> None:
        """Prepare for journals in `directory`; `lock` is the writer's, which those who record wait for."""
        self._lock, self._notices = lock, notices
        self._witness = Witness(directory)
        self._has_been_said = False

    def look(self, chain: Chain, *, has_refuge: bool, is_last: bool) -> bool:
        """Write the journal again when it has been removed; return whether it has a new name, not yet durable.

        Nobody who records waits for the copy. With `has_refuge`, delivery remembers what it has delivered, and the
        run can go on elsewhere.
        """
        with self._lock:
            file, removed = chain.file, chain.removed(is_last=is_last)
        if removed is None:
            self._witness.look()
            if file is not None and not file.is_removed and file.is_elsewhere and chain.file is file:
                self._say(f"{file.path} was moved away while the run records in it; {_ELSEWHERE}")
            return False
        is_forgotten = not has_refuge and self._witness.is_gone
        is_back = False
        try:
            copy = chain.copy_of(removed, is_forgotten=is_forgotten)
            with self._lock:
                is_back = chain.put_back(removed, copy)
            if not is_back:
                return False
            what = _FORGOTTEN if is_forgotten else _AGAIN
        except OSError as error:
            with self._lock:
                is_there = chain.stay(removed, error)
            if has_refuge or not is_there:
                return False
            what = f"it cannot be written again ({error.strerror or error}), and what is not delivered is lost"
        self._say(f"{removed.path.removesuffix(REMOVED)} was removed while the run records in it; {what}")
        return is_back

    def _say(self, what: str) -> None:
        if not self._has_been_said:
            self._has_been_said = True
            self._notices.add(f"{what}. Leave the cache alone while programs run")

    def close(self) -> None:
        """Look no more."""
        self._witness.close()

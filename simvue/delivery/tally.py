"""Count what a pass delivers, and what a person should see to, from several threads.

Tests: tests/delivery/test_journals.py.
"""

import threading
from collections import Counter

__all__ = ["Tally"]


class Tally:
    """Records by kind, dead letters and findings of one pass, as windows are accounted for, and its troubles."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.delivered: Counter[str] = Counter()
        self.dead_letters = 0
        self.findings = 0
        self.troubles: dict[str, str] = {}
        """File name, or `run` and the run key → what is wrong, as long as it lasts."""

    def add(self, delivered: "Counter[str]", dead_letters: int, findings: int) -> None:
        """Add what one window brought."""
        with self._lock:
            self.delivered += delivered
            self.dead_letters += dead_letters
            self.findings += findings

    def trouble(self, what: str, why: str) -> None:
        """Note what a person should see to."""
        with self._lock:
            self.troubles[what] = why

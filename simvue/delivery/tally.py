"""Count what a pass delivers, from several threads. Tests: tests/delivery/test_journals.py."""

import threading
from collections import Counter

__all__ = ["Tally"]


class Tally:
    """Records by kind, dead letters and findings of one pass, as windows are accounted for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.delivered: Counter[str] = Counter()
        self.dead_letters = 0
        self.findings = 0

    def add(self, delivered: "Counter[str]", dead_letters: int, findings: int) -> None:
        """Add what one window brought."""
        with self._lock:
            self.delivered += delivered
            self.dead_letters += dead_letters
            self.findings += findings

"""The step *sequence*: the numbers of a journal's records, gaps and replays (SEQ-001 to SEQ-010).

Tests: tests/conformance/judge/test_vectors.py.
"""

from collections import deque
from typing import Any, Literal, NamedTuple

from simvue_conformance.judge.judgement import Breach

__all__ = ["Numbered", "Sequence"]

_LARGEST = 9_007_199_254_740_991  # SEQ-001
_REMEMBERED = 64  # SEQ-006


class Numbered(NamedTuple):
    """What a record's number makes of it. `gap` is the first and the last number that is missing before it."""

    outcome: Literal["next", "replay", "refused"]
    breach: Breach | None = None
    gap: tuple[int, int] | None = None


class Sequence:
    """The numbers of one journal. Without `seq` in its header, every record is the next one."""

    def __init__(self, header: dict[str, Any]) -> None:
        self._is_declared = "seq" in header
        self._last = 0
        self._recent: deque[tuple[int, bytes]] = deque(maxlen=_REMEMBERED)

    @property
    def is_declared(self) -> bool:
        """Whether the header obliges every record to have a number."""
        return self._is_declared

    def take(self, value: dict[str, Any], body: bytes) -> Numbered:
        """Judge the record that comes next; a refused record and a replay change nothing."""
        if not self._is_declared:
            return Numbered("next")
        number = _number(value.get("seq"))
        if number is None:
            breach = Breach("SEQ-001", f"`seq` is missing or no number of a record: write {self._last + 1}")
            return Numbered("refused", breach)
        if number > self._last:
            gap = (self._last + 1, number - 1) if number > self._last + 1 else None
            self._last = number
            self._recent.append((number, body))
            return Numbered("next", gap=gap)
        if (number, body) in self._recent:
            return Numbered("replay")
        breach = Breach("SEQ-007", f"`seq` {number} is not above {self._last}: write {self._last + 1}")
        return Numbered("refused", breach)


def _number(seq: Any) -> int | None:
    """Return a number from 1, however it is written, and None for anything else."""
    if isinstance(seq, bool) or not isinstance(seq, int | float) or seq != int(seq) or not 1 <= seq <= _LARGEST:
        return None
    return int(seq)

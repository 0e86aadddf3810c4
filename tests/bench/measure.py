"""Time two things in turns and compare their medians."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Figure", "in_turns"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A ratio, the limit it has to keep, and the two measurements as text."""

    name: str
    ratio: float
    limit: float | None
    at_least: bool
    detail: str

    @property
    def is_kept(self) -> bool:
        """Whether the ratio keeps its limit, if it has one."""
        if self.limit is None:
            return True
        return self.ratio >= self.limit if self.at_least else self.ratio <= self.limit

    def __str__(self) -> str:
        sign = ">=" if self.at_least else "<="
        limit = f"{sign} {self.limit:g}" if self.limit is not None else "no limit"
        return f"{'ok  ' if self.is_kept else 'FAIL'} {self.name:<48} {self.ratio:7.2f}  ({limit})  {self.detail}"


def in_turns(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Return the median seconds of both, measured in alternation after a first round that does not count."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for side, action in enumerate((ours, theirs)):
            begun = time.perf_counter()
            action()
            if number:
                times[side].append(time.perf_counter() - begun)
    return statistics.median(times[0]), statistics.median(times[1])

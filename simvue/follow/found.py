"""What is found in a log, as values, and the sums of it. Pure. Tests: tests/follow/test_parser.py."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

__all__ = ["Event", "Facts", "Found", "Level", "Place", "Stop", "Tally", "Values"]

Level = Literal["debug", "info", "warning", "error", "critical"]

_MOST_PROBLEMS = 20


class Place(NamedTuple):
    """Where values belong; None is not known."""

    step: int | None = None
    time: float | None = None
    timestamp: datetime | None = None


class Values(NamedTuple):
    """Values of metrics, from one line or one block."""

    line: int
    values: dict[str, float]
    place: Place


class Event(NamedTuple):
    """A line that is an event."""

    line: int
    message: str
    level: Level | None


class Facts(NamedTuple):
    """Metadata."""

    line: int
    values: dict[str, float | str]


class Stop(NamedTuple):
    """A line that ends the following; the run has failed, or it is complete."""

    line: int
    message: str
    has_failed: bool


Found: TypeAlias = Values | Event | Facts | Stop


@dataclass(slots=True)
class Tally:
    """Sums over everything that was read.

    `bytes` and `lines` are what was read; `values`, `events`, `metadata` what was recorded of it. `skipped`
    counts what should have been a number, a step or a time and is none, `cut` lines that were too long,
    `refused` what a run cannot hold, `restarts` logs that were rotated, truncated or written anew.
    """

    files: int = 0
    bytes: int = 0
    lines: int = 0
    values: int = 0
    events: int = 0
    metadata: int = 0
    skipped: int = 0
    cut: int = 0
    refused: int = 0
    restarts: int = 0
    problems: list[str] = field(default_factory=list)
    """What a user should know, each once; the first twenty."""

    def skip(self, text: str, line: int, what: str = "number") -> None:
        """Count something that is not the number it should be, and keep the first as an example."""
        self.skipped += 1
        if self.skipped == 1:
            self.problem(f"line {line}: {text[:60]!r} is no {what}; it is skipped, as are others like it")

    def problem(self, text: str) -> None:
        """Note something once."""
        if text not in self.problems and len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(text)

    def as_object(self) -> dict[str, object]:
        """Return the sums as JSON has them."""
        return asdict(self)

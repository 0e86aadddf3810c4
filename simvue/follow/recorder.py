"""Records of a run from what was found in logs. Tests: tests/follow/test_follower.py."""

from simvue.errors import SimvueRunError
from simvue.follow.found import Event, Facts, Found, Place, Stop, Tally, Values
from simvue.run import Run

__all__ = ["Recorder"]

_MOST_METRICS = 10_000


class Recorder:
    """Tells a run what was found, and counts it.

    A value without a step gets one: how many values of its metric came before it.
    """

    def __init__(self, run: Run, tally: Tally) -> None:
        self._run, self._tally = run, tally
        self._counts: dict[str, int] = {}
        self._facts: dict[str, float | str] = {}
        self.stopped: Stop | None = None
        """The line that ended the following."""

    def record(self, found: list[Found], prefix: str = "") -> None:
        """Record what was found, up to a line that says that the run is complete."""
        for one in found:
            if self.stopped is not None and not self.stopped.has_failed:
                return
            try:
                self._record(one, prefix)
            except SimvueRunError as error:
                self._tally.refused += 1
                self._tally.problem(f"not recorded: {error}")

    def _record(self, one: Found, prefix: str) -> None:
        if isinstance(one, Values):
            values = {prefix + name: value for name, value in one.values.items()} if prefix else one.values
            self._values(values, one.place)
        elif isinstance(one, Event):
            self._run.log_event(one.message, None, one.level)
            self._tally.events += 1
        elif isinstance(one, Facts):
            fresh = {name: value for name, value in one.values.items() if self._facts.get(name) != value}
            if fresh and len(self._facts) < _MOST_METRICS:
                self._run.update_metadata(fresh)
                self._facts |= fresh
                self._tally.metadata += len(fresh)
        elif self.stopped is None:
            self.stopped = one

    def _values(self, values: dict[str, float], place: Place) -> None:
        timestamp = None if place.timestamp is None else place.timestamp.isoformat()
        for step, part in self._by_step(values, place.step).items():
            self._run.log_metrics(part, step, place.time, timestamp)
            self._tally.values += len(part)

    def _by_step(self, values: dict[str, float], step: int | None) -> dict[int, dict[str, float]]:
        counts = self._counts
        parts: dict[int, dict[str, float]] = {}
        for name, value in values.items():
            count = counts.get(name)
            if count is None:
                if len(counts) >= _MOST_METRICS:
                    self._tally.refused += 1
                    self._tally.problem(f"there are more than {_MOST_METRICS} metrics; {name!r} is not recorded")
                    continue
                count = 0
            counts[name] = count + 1
            parts.setdefault(count if step is None else step, {})[name] = value
        return parts

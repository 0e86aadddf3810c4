"""What is shown at the end: every run with its counts, each difference, and the plate that was computed twice.

Tests: tests/demo/test_shown.py.
"""

import math
from dataclasses import dataclass

from docs.examples.comparison import Contents, Difference, compare

__all__ = ["Verdict", "judge", "mean_temperatures", "table"]

_LANGUAGES = {"c": "C", "fortran": "Fortran", "python": "Python", "sh": "shell"}
_COLUMNS = ("values", "events", "facts", "arrays", "files")
_HEAD = f"  {'run':<17}{'written in':<15}{'journals':>8}" + "".join(f"{name:>8}" for name in _COLUMNS)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A run as it was written, as the server holds it, and how the two differ."""

    key: str
    written: Contents
    held: Contents | None

    @property
    def differences(self) -> list[Difference]:
        """The parts that differ."""
        found = compare(self.written, self.held or Contents())
        return [difference for difference in found if not difference.is_none]

    @property
    def is_equal(self) -> bool:
        """Whether the server has the run, in its state, with everything in it, once."""
        return self.held is not None and self.held.status == self.written.status and not self.differences

    def row(self) -> str:
        """Return a line of the table."""
        held, found = self.held or Contents(), self.differences
        values = max(held.metrics.values(), key=lambda axis: axis.total())
        parts = (values, held.events, held.facts, held.arrays, held.artifacts)
        counts = "".join(f"{part.total():>8,}" for part in parts)
        wrong = (
            sum(item.duplicated for item in found),
            sum(item.lost for item in found),
            sum(item.changed for item in found),
        )
        name = self.written.fact("name") or self.key
        languages = " and ".join(_LANGUAGES.get(word, word) for word in sorted(self.written.languages))
        return (
            f"  {name[:16]:<17}{languages:<15}{self.written.journals:>8}{counts}"
            f"{wrong[0]:>12,}{wrong[1]:>6,}{wrong[2]:>9,}"
        )

    def explanation(self) -> list[str]:
        """Return what differs, in lines of text."""
        if self.held is None:
            return [f"run {self.key}: the server does not have it"]
        lines = [
            f"run {self.key}: {item.what}: {item.written:,} written, {item.held:,} on the server; "
            f"{item.duplicated} duplicated, {item.lost} lost, {item.changed} changed"
            for item in self.differences
        ]
        if self.held.status != self.written.status:
            lines.append(f"run {self.key}: its state is {self.held.status}, not {self.written.status}")
        return lines


def judge(written: dict[str, Contents], held: dict[str, Contents]) -> list[Verdict]:
    """Return a verdict on every run that was written, those of most values first."""
    verdicts = [Verdict(key, contents, held.get(key)) for key, contents in written.items()]
    return sorted(verdicts, key=lambda verdict: -verdict.written.metrics["step"].total())


def table(verdicts: list[Verdict]) -> str:
    """Return what the server holds as a table, and below it everything that should be otherwise."""
    head = f"{_HEAD}{'duplicated':>12}{'lost':>6}{'changed':>9}"
    explanations = [line for verdict in verdicts for line in verdict.explanation()]
    return "\n".join([head, *(verdict.row() for verdict in verdicts), *explanations])


def mean_temperatures(one: Contents, other: Contents) -> tuple[str, float, float, bool]:
    """Compare the plate that two runs have computed, after the last step that both have made.

    Returns:
        The number of the step; its mean temperature in the one run and in the other; whether they agree. Each language
        adds in an order of its own, so the last digits may differ.
    """
    means = [_means(contents) for contents in (one, other)]
    step = max(means[0].keys() & means[1].keys(), key=int)
    first, second = (mean[step] for mean in means)
    return step, first, second, math.isclose(first, second, rel_tol=1e-9)


def _means(contents: Contents) -> dict[str, float]:
    """Return the mean temperature of the plate by step, where both halves are there."""
    halves: dict[str, dict[str, float]] = {"upper.mean": {}, "lower.mean": {}}
    for name, step, value in contents.metrics["step"]:
        if name in halves:
            halves[name][step] = float(value)
    upper, lower = halves.values()
    return {step: (upper[step] + lower[step]) / 2 for step in upper.keys() & lower.keys()}

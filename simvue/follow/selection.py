"""Columns, keys and variables of a structured log: which are metrics, and which say where the values belong.

Pure. How a row comes to its names is left to the formats. Tests: tests/follow/test_tables.py.
"""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from math import isfinite
from typing import NamedTuple

from simvue.follow.found import Facts, Place, Tally, Values
from simvue.follow.numerals import is_overflow, number, whole_number

__all__ = ["Selection", "metric_name", "moment", "place_of"]

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_/.:=><+()% -]+")
_LONGEST_NAME = 250
_MOST_PLANS = 64
Cell = str | float | None


@lru_cache(maxsize=4096)
def metric_name(text: str) -> str:
    """Return a text as a metric's name: what no name can hold becomes `_` (REC-036)."""
    return _NOT_IN_A_NAME.sub("_", text.strip())[:_LONGEST_NAME] or "_"


def moment(text: str) -> datetime | None:
    """Return a time of day and date in ISO 8601; without an offset it is this machine's local time."""
    try:
        return datetime.fromisoformat(text.strip().replace(",", ".").replace("/", "-")).astimezone()
    except (ValueError, OverflowError):
        return None


def place_of(step: Cell, time: Cell, timestamp: Cell, before: Place, line: int, tally: Tally) -> Place:
    """Return where values belong: as the texts say, else as it was before."""
    if step is None and time is None and timestamp is None:
        return before
    place = before
    if step is not None:
        whole = whole_number(str(step))
        if whole is None:
            tally.skip(str(step), line, "step")
        place = place._replace(step=whole)
    if time is not None:
        seconds = number(time) if isinstance(time, str) else time
        if seconds is None or not isfinite(seconds):
            tally.skip(str(time), line, "time")
            seconds = None
        place = place._replace(time=seconds)
    if timestamp is not None:
        when = moment(str(timestamp))
        if when is None:
            tally.skip(str(timestamp), line, "date and time")
        place = place._replace(timestamp=when)
    return place


class _Plan(NamedTuple):
    metrics: list[tuple[int, str]]
    step: int | None
    time: int | None
    timestamp: int | None


@dataclass(slots=True)
class Selection:
    """Chooses from named cells.

    Args:
        columns: Names, or numbers from 1 on; `NAME=METRIC` records it by another name. None is all.
        step: The column of the step; time: of the seconds; timestamp: of the date and time.
        into: `metrics` or `metadata`.
    """

    columns: Sequence[str] = ()
    step: str = "step"
    time: str = "time"
    timestamp: str = "timestamp"
    into: str = "metrics"
    _plans: dict[tuple[str, ...], _Plan] = field(default_factory=dict)

    def found(self, names: tuple[str, ...], cells: Sequence[Cell], line: int, tally: Tally) -> list[Values | Facts]:
        """Return what a row holds; `names` and `cells` side by side, the longer one is cut."""
        plan = self._plans.get(names) or self._planned(names, tally)
        if self.into == "metadata":
            return self._facts(plan, cells, line)
        values: dict[str, float] = {}
        for index, name in plan.metrics:
            cell = cells[index] if index < len(cells) else None
            if cell is None or cell == "":
                continue
            value = number(cell) if isinstance(cell, str) else cell
            if value is not None:
                values[name] = value
            elif self.columns or is_overflow(str(cell)):
                tally.skip(str(cell), line)
        if not values:
            return []
        step, time, timestamp = (
            cells[index] if index is not None and index < len(cells) else None
            for index in (plan.step, plan.time, plan.timestamp)
        )
        return [Values(line, values, place_of(step, time, timestamp, Place(), line, tally))]

    def _facts(self, plan: _Plan, cells: Sequence[Cell], line: int) -> list[Values | Facts]:
        facts: dict[str, float | str] = {}
        for index, name in plan.metrics:
            cell = cells[index] if index < len(cells) else None
            if cell is not None and cell != "":
                value = number(cell) if isinstance(cell, str) else cell
                facts[name] = cell if value is None else value
        return [Facts(line, facts)] if facts else []

    def _planned(self, names: tuple[str, ...], tally: Tally) -> _Plan:
        places = [_index(names, wanted) for wanted in (self.step, self.time, self.timestamp)]
        if self.columns:
            metrics = []
            for column in self.columns:
                wanted, _, other = column.partition("=")
                index = _index(names, wanted)
                if index is not None:
                    metrics.append((index, metric_name(other or names[index])))
                elif not self._plans:  # rows of key=value may have other keys each
                    near = difflib.get_close_matches(wanted, names, n=3) or list(names[:10])
                    tally.problem(f"there is no {wanted!r}; there is {', '.join(near) or 'nothing'}")
        else:
            metrics = [(index, metric_name(name)) for index, name in enumerate(names) if index not in places]
        metrics = _distinct(metrics)
        if len(self._plans) >= _MOST_PLANS:
            self._plans.clear()
        plan = self._plans[names] = _Plan(metrics, *places)
        return plan


def _distinct(metrics: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Tell metrics apart whose names became the same, by the number of the column."""
    taken: set[str] = set()
    for place, (index, name) in enumerate(metrics):
        if name in taken:
            metrics[place] = (index, f"{name[:240]}.{index + 1}")
        taken.add(metrics[place][1])
    return metrics


def _index(names: tuple[str, ...], wanted: str) -> int | None:
    """Return where a column is, by its name, whatever the case, or by its number."""
    if wanted in names:
        return names.index(wanted)
    folded = [name.casefold() for name in names]
    if wanted.casefold() in folded:
        return folded.index(wanted.casefold())
    if wanted.isdecimal() and 0 < int(wanted) <= len(names):
        return int(wanted) - 1
    return None

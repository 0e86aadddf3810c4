"""Metrics that are arrays on grids, and units of metrics.

What arrays and grids may be is in `simvue.core.tensors`, what units mean in `simvue.core.units`; a metric that is
put on no grid gets one when it is delivered (DLV-075). Tests: tests/run/test_grids.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import prod
from typing import Any, cast

from simvue.core import arguments, plain, tensors
from simvue.core import units as units_of_si
from simvue.core.encoding import Fragment
from simvue.core.plain import Json, is_array, metric_number
from simvue.core.tensors import MOST_ELEMENTS, automatic_grid, encode_array, grid_definition, shape_of
from simvue.errors import WriterError
from simvue.journal.warning import warn
from simvue.run.recording import Recording, Timestamp

__all__ = ["Gridded"]


@dataclass(slots=True)
class _Shelf:
    """What this process knows of grids: their definitions, and which metrics lie on them."""

    grids: dict[str, dict[str, Json]] = field(default_factory=dict)
    on_grid: dict[str, str] = field(default_factory=dict)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """The shapes of arrays whose grid is automatic."""
    has_shortened: bool = False


class Gridded(Recording):
    """The methods of `Run` for metrics that are arrays, and for what metrics are measured in."""

    _shelf_of_run: _Shelf | None = None

    @property
    def _shelf(self) -> _Shelf:
        if self._shelf_of_run is None:
            self._shelf_of_run = _Shelf()
        return self._shelf_of_run

    def assign_metric_to_grid(
        self,
        *,
        metric_name: str,
        grid_name: str | None = None,
        axes_ticks: Any = None,
        axes_labels: Sequence[str] | None = None,
    ) -> bool:
        """Put a metric whose values are arrays on a grid, a new one or one that this run has.

        Args:
            metric_name: The metric.
            grid_name: The grid; by default it has the name of the metric.
            axes_ticks: For a new grid, the places of its points along each of its one or two axes: a list of lists
                or arrays of ascending numbers. A grid that the run has keeps its own.
            axes_labels: For a new grid, the names of its axes.
        """
        if self._writer is None:
            return self._is_idle("assign_metric_to_grid")
        shelf = self._shelf
        try:
            metric = plain.metric_name(metric_name)
            grid = tensors.grid_name(metric if grid_name is None else grid_name)
            members = _grid_members(shelf, grid, axes_ticks, axes_labels)
        except WriterError as error:
            return self._refuse(error)
        if shelf.on_grid.get(metric) == grid:
            return True
        is_recorded = self._record("assign_metric_to_grid", "grid", lambda: {**members, "metrics": [metric]})
        if is_recorded:
            shelf.on_grid[metric] = grid
            shelf.grids.setdefault(grid, members)
        return is_recorded

    def set_metric_units(
        self,
        metric_name: str,
        *,
        units: str,
        mks_unit: str | None = None,
        mks_conversion: float | None = None,
    ) -> bool:
        """Say what a metric is measured in, as metadata `simvue.metrics.<name>`.

        Args:
            metric_name: The metric.
            units: The unit, such as `cm`, `W/m**2` or `kJ mol^-1`.
            mks_unit: The same in base units; by default derived, if the unit is known.
            mks_conversion: How many `mks_unit` one unit is; by default derived, if both are known. It is null for
                a scale with a zero of its own, such as `degC`.
        """

        def members() -> dict[str, Json]:
            facts = _unit_facts(units, mks_unit, mks_conversion)
            return {"values": {"simvue": {"metrics": {plain.metric_name(metric_name): facts}}}}

        return self._record("set_metric_units", "metadata", members)

    def _log_arrays(
        self, metrics: Mapping[str, object], step: int | None, time: float | None, timestamp: Timestamp | None
    ) -> bool:
        """Record metrics of which some are arrays: numbers in one record, each array in another, all at one step.

        Nothing is recorded if one of them cannot be; an array of too many elements is left out with a warning.
        """
        writer = self._metrics_writer
        if writer is None:
            return self._is_idle("log_metrics")
        try:
            found = self._sorted_values(metrics)
            place: dict[str, Json] = {}
            if step is not None:
                place["step"] = arguments.step_number(step)
            if time is not None:
                place["time"] = arguments.finite("time", time)
            if timestamp is not None:
                arguments.moment(timestamp)
        except WriterError as error:
            return self._refuse(error)
        number, elapsed = writer.take_step()
        place = {"step": number, "time": elapsed, **place}
        is_recorded = len(found.numbers) + len(found.arrays) == len(metrics)
        if found.numbers:
            is_recorded &= self._record("log_metrics", "metrics", lambda: {"values": found.numbers, **place}, timestamp)
        for name, data in found.arrays.items():
            if name in found.grids:
                is_recorded &= self._record("log_metrics", "grid", partial(found.grids.__getitem__, name))
            tensor = {"metric": name, "array": cast("Json", Fragment(data)), **place}
            is_recorded &= self._record("log_metrics", "tensor", partial(dict, tensor), timestamp)
        return is_recorded

    def _sorted_values(self, metrics: Mapping[str, object]) -> "_Values":
        """Tell arrays from numbers, and check them all before anything is recorded."""
        found = _Values()
        shelf = self._shelf
        changed = {}
        for key, value in metrics.items():
            name = plain.metric_name(key)
            if not is_array(value):
                found.numbers[name] = metric_number(name, value)
                continue
            shape = shape_of(name, value)
            elements = prod(shape)
            if elements > MOST_ELEMENTS:
                warn(f"not recorded: the metric {name!r} has {elements} elements, and {MOST_ELEMENTS} are the most")
                continue
            _check_axes(name, shape, shelf)
            found.arrays[name], is_exact = encode_array(name, value)
            if not is_exact and not shelf.has_shortened:
                shelf.has_shortened = True
                warn(f"the metric {name!r} is too long for a record: its numbers are kept with 9 significant digits")
            if name not in shelf.on_grid:
                changed[name] = shape
                if shelf.shapes.get(name, shape) != shape:  # what delivery made for the first shape no longer fits
                    found.grids[name] = {"name": name, **automatic_grid(shape), "metrics": [name]}
        shelf.shapes.update(changed)
        return found


@dataclass(slots=True)
class _Values:
    """The values of one call: numbers, arrays as JSON, and the grids that arrays need first."""

    numbers: dict[str, Json] = field(default_factory=dict)
    arrays: dict[str, bytes] = field(default_factory=dict)
    grids: dict[str, dict[str, Json]] = field(default_factory=dict)


def _grid_members(shelf: _Shelf, name: str, ticks: Any, labels: Any) -> dict[str, Json]:
    """Return the members of a grid record but for its metrics; without a definition for a grid that has one."""
    known = shelf.grids.get(name)
    if ticks is None or labels is None:
        if known is None:
            raise WriterError(
                f"this run has no grid {name!r}: give its axes_ticks and axes_labels, or the name of another"
            )
        return {"name": name}
    members: dict[str, Json] = {"name": name, **grid_definition(ticks, labels)}
    if known is None:
        return members
    if members != known:
        warn(f"the grid {name!r} keeps the axes it has; give another grid_name for other axes")
    return {"name": name}


def _check_axes(name: str, shape: tuple[int, ...], shelf: _Shelf) -> None:
    grid = shelf.on_grid.get(name)
    if grid is None:
        return
    ticks = cast("list[Json]", shelf.grids[grid]["ticks"])
    if len(ticks) != len(shape):
        raise WriterError(f"the metric {name!r} has {len(shape)} axes, and its grid {grid!r} has {len(ticks)}")


def _unit_facts(unit: object, mks_unit: object, mks_conversion: object) -> dict[str, Json]:
    """Return what is recorded of a unit, with what can be derived of it."""
    label = arguments.optional(unit, "units")
    if label is None:
        raise WriterError("units=None: give a text, such as 'm/s'")
    base, factor = arguments.optional(mks_unit, "mks_unit"), None
    known = units_of_si.parse_unit(label)
    target = known if base is None else units_of_si.parse_unit(base)
    if known is not None and target is not None and known.powers == target.powers:
        is_linear = not known.is_shifted and not target.is_shifted
        factor = known.factor / (1.0 if base is None else target.factor) if is_linear else None
    if base is None and known is not None:
        base = units_of_si.written(known.powers)
    if mks_conversion is not None:
        factor = arguments.finite("mks_conversion", mks_conversion)
    return {"units": label, "mks_units": base, "mks_conversion": None if factor is None else float(factor)}

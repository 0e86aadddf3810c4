"""Metrics that are arrays, and the grids they lie on, as members of records.

Arrays are taken by what they offer (`ndim`, `shape`, `tolist`), so no library of arrays is loaded for them. When
they are recorded is left to `simvue.run.grids`. Tests: tests/core/test_tensors.py.
"""

from collections.abc import Iterable
from itertools import pairwise
from math import isfinite
from typing import Any

import orjson

from simvue.core import arguments
from simvue.core.encoding import MAX_LINE
from simvue.core.plain import Json, is_array, metric_number, text
from simvue.errors import WriterError

__all__ = ["MOST_ELEMENTS", "automatic_grid", "encode_array", "grid_definition", "grid_name", "shape_of"]

MOST_ELEMENTS = 50_000
"""The most elements that an array may have (REC-113)."""

_MOST_BYTES = MAX_LINE - 1024  # the rest of the line has room
_LARGEST_INTEGER = 2**53 - 1
_LONGEST_NAME = 250


def shape_of(name: str, array: Any) -> tuple[int, ...]:
    """Return how many elements an array has along each of its axes, one or two (REC-111); raises WriterError."""
    shape = tuple(int(length) for length in array.shape)
    if len(shape) > 2 or 0 in shape:
        raise WriterError(
            f"the metric {name!r} has the shape {shape}: give an array of one or two axes, none of them empty [REC-111]"
        )
    return shape


def encode_array(name: str, array: Any) -> tuple[bytes, bool]:
    """Return an array as JSON, and whether it is exact.

    Where it would be too long for a line, its numbers keep 9 significant digits, those of single precision.

    Raises:
        WriterError: An element is no number.
    """
    rows = array.tolist()
    values = [_row(name, row) for row in rows] if isinstance(rows[0], list) else _row(name, rows)
    data = orjson.dumps(values)
    if len(data) <= _MOST_BYTES:
        return data, True
    return orjson.dumps(_shortened(values)), False


def grid_name(name: object) -> str:
    """Return the name of a grid (REC-100)."""
    if isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME:
        return text(name)
    raise WriterError(f"{name!r} cannot name a grid: give a text of 1 to {_LONGEST_NAME} characters [REC-100]")


def grid_definition(ticks: object, labels: object) -> dict[str, Json]:
    """Return the members that define a grid (REC-101 to REC-104) from ticks and a label for each axis."""
    axes = [_axis(axis) for axis in _listed(ticks, "axes_ticks")]
    names = _listed(labels, "axes_labels")
    if not 1 <= len(axes) <= 2:
        raise WriterError(f"axes_ticks are for {len(axes)} axes, and a grid has one or two [REC-102]")
    if len(names) != len(axes) or not all(isinstance(label, str) for label in names):
        raise WriterError(f"axes_labels={names!r}: give a text for each of the {len(axes)} axes [REC-103]")
    return {"labels": [text(label) for label in names], "ticks": axes}


def automatic_grid(shape: tuple[int, ...]) -> dict[str, Json]:
    """Return the definition of the grid of an array that is on none: from 0 to 1 along each axis (DLV-075)."""
    counts = shape[::-1]
    return {
        "labels": [f"axis_{axis}" for axis in range(len(counts))],
        "ticks": [[index / max(1, count - 1) for index in range(count)] for count in counts],
    }


def _row(name: str, row: list[Any]) -> list[Any]:
    kinds = set(map(type, row))
    if kinds == {float} and all(map(isfinite, row)):
        return row
    if kinds == {int} and min(row) >= -_LARGEST_INTEGER and max(row) <= _LARGEST_INTEGER:
        return row
    return [metric_number(name, value) for value in row]


def _shortened(values: Any) -> Any:
    if isinstance(values, list):
        return [_shortened(value) for value in values]
    return float(f"{values:.9g}") if isinstance(values, float) else values


def _listed(values: object, what: str) -> list[Any]:
    if is_array(values):
        return list(values.tolist())
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise WriterError(f"{what}={values!r:.60}: give a list with an entry for each axis")
    return list(values)


def _axis(values: object) -> list[Json]:
    ticks = [arguments.finite("a tick", tick) for tick in _listed(values, "axes_ticks")]
    if not ticks or not all(low < high for low, high in pairwise(ticks)):
        raise WriterError("axes_ticks: give one tick or more for each axis, each above the one before [REC-104]")
    return [float(tick) for tick in ticks]

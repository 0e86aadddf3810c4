"""Turn what the server says about metrics and runs into dictionaries and data frames.

Values in, values out: nothing here asks the server. Data frames need pandas, which is imported when one is
made. Tests: tests/client/test_converters.py.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = [
    "Values",
    "aggregated_metrics_to_dataframe",
    "metric_time_series_to_dataframe",
    "parse_run_set_metrics",
    "require_pandas",
    "to_dataframe",
]

Values: TypeAlias = dict[str, dict[tuple[Any, str], float]]
"""Metric → (place on the x axis, run or statistic) → value."""

Format: TypeAlias = Literal["dict", "dataframe"]
STATISTICS = ("average", "min", "max")
FIXED_COLUMNS = ("name", "status", "folder", "created", "started", "ended")


def require_pandas() -> ModuleType:
    """Return pandas.

    Raises:
        RuntimeError: it is not installed.
    """
    try:
        import pandas as pd  # noqa: PLC0415 - optional, and slow to load
    except ImportError as error:
        raise RuntimeError("data frames need pandas: pip install pandas") from error
    module: ModuleType = pd
    return module


def parse_run_set_metrics(
    request_response_data: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]],
    xaxis: str,
    run_labels: Sequence[str],
    parse_to: Format = "dict",
) -> "Values | DataFrame":
    """Return the metrics of several runs by metric, then by (place on the x axis, run).

    Every point is in the result: a place without a value has no entry in the dictionary and NaN in the data
    frame. Of several values at one place of a run the last one is kept. The data frame has a column for each
    metric, and an index of two levels named after the x axis and `run`, in ascending order of the axis.

    Args:
        request_response_data: Run → metric → points, each `{xaxis: place, "value": value}`.
        xaxis: The key of the place in each point.
        run_labels: What to call the runs, one label for each, in their order.
        parse_to: `dict` or `dataframe`.

    Raises:
        ValueError: There are not as many labels as runs, or the format is unknown.
    """
    _check_format(parse_to)
    if len(run_labels) != len(request_response_data):
        raise ValueError(f"{len(request_response_data)} runs cannot be called by {len(run_labels)} labels")
    values: Values = {}
    for label, metrics in zip(run_labels, request_response_data.values(), strict=True):
        for metric, points in metrics.items():
            values.setdefault(metric, {}).update(((point[xaxis], label), point["value"]) for point in points)
    return values if parse_to == "dict" else _frame(values, list(run_labels), (xaxis, "run"))


def aggregated_metrics_to_dataframe(
    request_response_data: Mapping[str, Sequence[Mapping[str, Any]]],
    xaxis: str,
    parse_to: Format = "dict",
) -> "Values | DataFrame":
    """Return metrics aggregated over runs by metric, then by (place, statistic): average, min and max.

    Args:
        request_response_data: Metric → points, each `{xaxis: place, "average": …, "min": …, "max": …}`.
        xaxis: The key of the place in each point.
        parse_to: `dict` or `dataframe`.

    Raises:
        ValueError: The format is unknown.
    """
    _check_format(parse_to)
    values: Values = {
        metric: {(point[xaxis], name): point[name] for point in points for name in STATISTICS if name in point}
        for metric, points in request_response_data.items()
    }
    return values if parse_to == "dict" else _frame(values, STATISTICS, (None, None))


def metric_time_series_to_dataframe(
    data: Sequence[Mapping[str, Any]],
    xaxis: Literal["step", "time", "timestamp"],
    name: str | None = None,
) -> "DataFrame":
    """Return the points of one metric of one run as a data frame of two columns: the x axis and the values.

    Args:
        data: The points, each `{xaxis: place, "value": value}`.
        xaxis: The key of the place in each point, and the name of its column.
        name: The name of the column of values; `value` by default.
    """
    columns = {xaxis: [point[xaxis] for point in data], name or "value": [point["value"] for point in data]}
    frame: DataFrame = require_pandas().DataFrame(columns)
    return frame


def to_dataframe(data: Iterable[Mapping[str, Any]]) -> "DataFrame":
    """Return runs as a data frame with a row for each.

    The columns are name, status, folder, created, started and ended, then one for each entry of the metadata
    and of the facts about the system, for example `metadata.alpha` and `system.cpu.arch`. What stands deeper
    in the metadata stays a dictionary in the cell.
    """
    rows = [dict(_cells(run)) for run in data]
    columns = dict.fromkeys(FIXED_COLUMNS) | dict.fromkeys(column for row in rows for column in row)
    frame: DataFrame = require_pandas().DataFrame(rows, columns=list(columns))
    return frame


def _cells(run: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for column in FIXED_COLUMNS:
        yield column, run.get("endtime", run.get("ended")) if column == "ended" else run.get(column)
    for key, value in (run.get("metadata") or {}).items():
        yield f"metadata.{key}", value
    for key, value in (run.get("system") or {}).items():
        if isinstance(value, Mapping):
            yield from ((f"system.{key}.{inner}", part) for inner, part in value.items())
        else:
            yield f"system.{key}", value


def _check_format(parse_to: str) -> None:
    if parse_to not in ("dict", "dataframe"):
        raise ValueError(f"{parse_to!r} is no format of metrics; use 'dict' or 'dataframe'")


def _frame(values: Values, order: Sequence[str], names: tuple[str | None, str | None]) -> "DataFrame":
    """Return the values as a data frame: ascending places, and at each place the second keys in their order."""
    pandas = require_pandas()
    rank = {label: number for number, label in enumerate(order)}
    keys = {key for series in values.values() for key in series}
    index = sorted(keys, key=lambda key: (key[0], rank[key[1]]))
    columns = {metric: [series.get(key) for key in index] for metric, series in values.items()}
    multi_index = pandas.MultiIndex.from_tuples(index, names=names) if index else None
    frame: DataFrame = pandas.DataFrame(columns, index=multi_index, dtype=float)
    return frame

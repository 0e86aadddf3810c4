"""Ask for the values of metrics. How they are put together is left to `simvue.converters`.

Tests: tests/client/test_metrics.py.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from simvue.client import arguments
from simvue.client.access import Access
from simvue.client.arguments import ArgumentError, Filters
from simvue.converters import Values, aggregated_metrics_to_dataframe, parse_run_set_metrics

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Metrics", "Series", "XAxis", "checked_metrics"]

XAxis: TypeAlias = Literal["step", "time", "timestamp"]
Series: TypeAlias = dict[str, dict[str, list[dict[str, Any]]]]
"""Run → metric → points, each `{xaxis: place, "value": value}`."""

RUNS_AT_A_TIME = 50  # their identifiers stand in the address, and many servers take no more than 8 KiB of it


class Metrics(Access):
    """The part of a client that is about metrics."""

    def get_metric_values(
        self,
        metric_names: list[str],
        xaxis: XAxis,
        *,
        output_format: Literal["dataframe", "dict"] = "dict",
        run_ids: list[str] | None = None,
        run_filters: Filters | None = None,
        use_run_names: bool = False,
        aggregate: bool = False,
        max_points: int | None = None,
    ) -> "Values | DataFrame | None":
        """Return the values of metrics of one or several runs.

        The dictionary is metric → (place on the x axis, run) → value, the data frame has a column for each
        metric and an index of place and run. Aggregated, average, min and max over all runs at a place stand
        in the place of the run.

        Args:
            metric_names: The metrics; those that a run does not have are left out.
            xaxis: `step`, `time` in seconds since the run began, or `timestamp` in UTC.
            output_format: `dict`, or `dataframe`, which needs pandas.
            run_ids: The runs; an empty list has no values.
            run_filters: Conditions instead, as for `get_runs`; with neither all runs.
            use_run_names: Call runs by their names, and those that share one by name and identifier.
            aggregate: Aggregate over the runs; not with the axis `timestamp`.
            max_points: How many points of each series at most; the server chooses them.

        Returns:
            None if there are no values at all.

        Raises:
            AssertionError: Both runs and conditions are given, or time stamps are to be aggregated.
            ArgumentError: Another argument cannot be used; a RuntimeError and a ValueError.
        """
        names, most = checked_metrics(metric_names, xaxis, max_points)
        arguments.choice(output_format, "output_format", ("dict", "dataframe"))
        if run_ids is not None and run_filters is not None:
            raise AssertionError("run_ids and run_filters were both given: choose one of them")
        if aggregate and xaxis == "timestamp":
            raise AssertionError("time stamps cannot be aggregated: use xaxis='step' or xaxis='time'")
        called = self._chosen(run_ids, run_filters)
        runs = list(called)
        if not runs:
            return None
        if aggregate:
            found = self._ask_for_metrics(runs, names, xaxis, most, aggregate=True)
            return aggregated_metrics_to_dataframe(found, xaxis, output_format) if found else None
        series = self._series(runs, names, xaxis, most)
        if not series:
            return None
        labels = self._labels({run: called[run] for run in series}) if use_run_names else list(series)
        return parse_run_set_metrics(series, xaxis, labels, output_format)

    def get_metrics_names(self, run_id: str) -> Iterator[str]:
        """Yield the names of the metrics of a run, those of tensors among them.

        Raises:
            ObjectNotFoundError: There is no such run.
        """
        run = arguments.text(run_id, "run_id")
        names = self._api.get("metrics/names", query={"runs": [run]})
        if not names:
            self._run(run)  # for the server, a run that is not there is one without metrics
        yield from names

    def _series(self, runs: Sequence[str], names: list[str], xaxis: str, most: int | None) -> Series:
        """Return the series of those runs that have any, in the order of the runs."""
        found: Series = {}
        for start in range(0, len(runs), RUNS_AT_A_TIME):
            some = list(runs[start : start + RUNS_AT_A_TIME])
            answer = self._ask_for_metrics(some, names, xaxis, most, aggregate=False)
            found |= {run: answer[run] for run in some if answer.get(run)}
        return found

    def _ask_for_metrics(
        self, runs: list[str], names: list[str], xaxis: str, most: int | None, *, aggregate: bool
    ) -> dict[str, Any]:
        query = {"runs": runs, "aggregate": aggregate, "metrics": names, "xaxis": xaxis, "max_points": most}
        answer: dict[str, Any] = self._api.get("metrics", query=query)
        return answer

    def _chosen(self, run_ids: list[str] | None, run_filters: Filters | None) -> dict[str, str | None]:
        """Return the runs that are meant, with their names where they are known."""
        if run_ids is not None:
            return dict.fromkeys(arguments.text_list(run_ids, "run_ids"))
        query = {"filters": arguments.filter_list(run_filters, "run_filters"), "return_basic": True}
        return {str(row["id"]): row.get("name") for row in self._api.rows("runs", query=query)}

    def _labels(self, called: Mapping[str, str | None]) -> list[str]:
        names = {run: str(self._run(run)["name"] if name is None else name) for run, name in called.items()}
        times = Counter(names.values())
        return [name if times[name] == 1 else f"{name} ({run})" for run, name in names.items()]


def checked_metrics(metric_names: object, xaxis: object, max_points: object) -> tuple[list[str], int | None]:
    """Return the names of metrics, and how many points of each are wanted, once all three can be used."""
    arguments.choice(xaxis, "xaxis", ("step", "time", "timestamp"))
    names = arguments.text_list(metric_names, "metric_names")
    if not names:
        raise ArgumentError("metric_names=[]: name at least one metric")
    return names, arguments.count(max_points, "max_points")

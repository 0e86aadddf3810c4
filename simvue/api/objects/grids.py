"""Grids, and values of metrics on them. Tests: ``tests/api/test_grids.py``."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self
from urllib.parse import quote

from simvue.api.access import configured_api
from simvue.api.objects.base import SimvueObject, Token
from simvue.api.objects.fields import Field, shaped
from simvue.api.objects.metrics import members_of
from simvue.api.url import URL
from simvue.models import NAME_REGEX, GridMetricSet
from simvue.server.api import path_of

__all__ = ["Grid", "GridMetrics", "check_ordered_array"]

_MOST_AXES = 2


def check_ordered_array(array: Any) -> list[list[float]]:
    """Return the ticks of the axes as lists of numbers.

    Raises:
        ValueError: there are not one or two axes, or one has no ticks or ticks that do not rise.
    """
    axes = [[float(tick) for tick in axis] for axis in array]
    if not 1 <= len(axes) <= _MOST_AXES:
        raise ValueError(f"a grid has one or two axes, not {len(axes)}")
    for number, axis in enumerate(axes):
        if not axis:
            raise ValueError(f"axis {number} of the grid has no ticks")
        if axis != sorted(axis):
            raise ValueError(f"the ticks of axis {number} of the grid must rise")
    return axes


class Grid(SimvueObject):
    """The points on which values of a metric lie: one or two axes of ticks."""

    _label = "grid"
    _path = "grids"

    name = Field[str](encode=shaped(NAME_REGEX, "a name"))
    grid = Field[list[list[float]]](encode=check_ordered_array)
    """The ticks of each axis, rising."""
    labels = Field[list[str]](encode=list)

    @classmethod
    def new(
        cls,
        *,
        name: str,
        grid: Any,
        labels: Sequence[str],
        offline: bool = False,
        server_url: str | None = None,
        server_token: Token = None,
        **_: Any,
    ) -> Self:
        """Return a new grid: `grid` is a list of axes, which are lists of rising ticks, and each has a label.

        Raises:
            ValueError: the numbers of axes and labels differ, or the axes are of another form.
        """
        axes = check_ordered_array(grid)
        if len(axes) != len(labels):
            raise ValueError(f"a grid of {len(axes)} axes needs as many labels, not {len(labels)}")
        members = {"name": name, "grid": axes, "labels": list(labels)}
        return cls._new(server_url, server_token, offline=offline, **members)

    @property
    def dimensions(self) -> int:
        """The number of axes."""
        return len(self.grid)

    def run_data_url(self, run_id: str) -> URL:
        """Return the address of this grid in a run."""
        return URL(self._api.address) / "runs" / run_id / "grids" / str(self.id)

    def run_metric_url(self, run_id: str, metric_name: str) -> URL:
        """Return the address of a metric of a run; slashes in its name stay."""
        return URL(self._api.address) / "runs" / run_id / "metrics" / metric_name

    def attach_metric_for_run(self, run_id: str, metric_name: str) -> None:
        """Let the values of this metric of a run lie on the grid.

        Raises:
            RuntimeError: there is no such run, or the metric lies on another grid.
        """
        if self._identifier is None:
            raise RuntimeError("this grid is not on the server yet: commit it first")
        self._api.put(path_of("runs", run_id, "grids", self._identifier), {"metric": metric_name})

    def get_run_metric_values(self, *, run_id: str, metric_name: str, step: int) -> dict[str, Any]:
        """Return the values of a metric at a step, as `array`, and where they lie."""
        return dict(self._api.get(_metric(run_id, metric_name, "values"), query={"step": step}))

    def get_run_metric_span(self, *, run_id: str, metric_name: str) -> dict[str, Any]:
        """Return the least and greatest step, time and time stamp of a metric, such as `min_step`."""
        return _span(self._api.get(_metric(run_id, metric_name, "span")))


class GridMetrics(SimvueObject):
    """Values of metrics on grids, to be added to a run."""

    _label = "grid_metric"
    _path = "grids"

    def __init__(self, server_url: str | None = None, server_token: Token = None, **members: Any) -> None:
        super().__init__(server_url=server_url, server_token=server_token, **members)

    @classmethod
    def new(
        cls,
        *,
        run: str,
        data: Sequence[GridMetricSet | Mapping[str, Any]],
        offline: bool = False,
        server_url: str | None = None,
        server_token: Token = None,
        **_: Any,
    ) -> Self:
        """Return values for the run of this identifier, which `commit` sends, all or none."""
        sets = [members_of(one, GridMetricSet) for one in data]
        return cls._new(server_url, server_token, offline=offline, run=run, data=sets)

    @classmethod
    def get(  # type: ignore[override]  # values have no identifiers
        cls,
        *,
        runs: Sequence[str],
        metrics: Sequence[str],
        step: int,
        spans: bool = False,
        server_url: str | None = None,
        server_token: Token = None,
        **query: Any,
    ) -> Iterator[dict[str, Any]]:
        """Yield the values at a step, or with `spans` the spans, of each metric of each run."""
        api = configured_api(server_url=server_url, server_token=server_token)
        for run in runs:
            for metric in metrics:
                if spans:
                    yield _span(api.get(_metric(run, metric, "span")))
                else:
                    yield dict(api.get(_metric(run, metric, "values"), query={"step": step, **query}))

    @classmethod
    def run_grids_endpoint(cls, run: str | None = None) -> URL:
        """Return the path to which values of a run are sent."""
        return URL(f"runs/{run}/metrics")

    def delete(self, **_: Any) -> dict[str, Any]:
        """Refuse: values are deleted with their run only."""
        raise NotImplementedError("values on grids are deleted with their run, not alone")

    def to_dict(self) -> dict[str, Any]:
        """Return what is staged."""
        return self.staged

    def _create(self, members: dict[str, Any]) -> Any:
        if not members.get("data"):
            return None
        return self._api.post(path_of("runs", members["run"], "metrics"), members["data"], msgpack=True)


def _metric(run: str, name: str, what: str) -> str:
    return f"{path_of('runs', run)}/metrics/{quote(name)}/{what}"


def _span(found: Any) -> dict[str, Any]:
    """Return a span; servers send a list of one."""
    return dict(found[0] if isinstance(found, list) and found else found or {})

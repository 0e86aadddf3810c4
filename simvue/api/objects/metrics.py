"""Values of metrics, as one request sends or reads them. Tests: ``tests/api/test_series.py``."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Self

from simvue.api.access import configured_api
from simvue.api.objects.base import SimvueObject, Token
from simvue.models import MetricSet

__all__ = ["Metrics", "members_of"]


class Metrics(SimvueObject):
    """Values of metrics to be added to a run; what a run has is read with the methods of the class."""

    _label = "metric"
    _path = "metrics"

    @classmethod
    def new(
        cls,
        *,
        run: str,
        metrics: Sequence[MetricSet | Mapping[str, Any]],
        offline: bool = False,
        server_url: str | None = None,
        server_token: Token = None,
        **_: Any,
    ) -> Self:
        """Return values for the run of this identifier, which `commit` sends, all or none."""
        sets = [members_of(one, MetricSet) for one in metrics]
        return cls._new(server_url, server_token, offline=offline, run=run, metrics=sets)

    @classmethod
    def get(  # type: ignore[override]  # what is asked is not a list of objects
        cls,
        metrics: Sequence[str],
        xaxis: Literal["timestamp", "step", "time"],
        runs: Sequence[str],
        *,
        count: int | None = None,
        offset: int | None = None,
        server_url: str | None = None,
        server_token: Token = None,
        **query: Any,
    ) -> Iterator[dict[str, dict[str, list[dict[str, float]]]]]:
        """Yield the values once: by run, by metric, each a list of points ``{xaxis: …, "value": …}``."""
        api = configured_api(server_url=server_url, server_token=server_token)
        asked = {"metrics": list(metrics), "runs": list(runs), "xaxis": xaxis, "aggregate": False}
        yield api.get(cls._path, query={**asked, "count": count, "start": offset, **query})

    def names(self, run_ids: Sequence[str]) -> list[str]:
        """Return the names of the metrics that these runs have."""
        return list(self._api.get(f"{self._path}/names", query={"runs": list(run_ids)}) or [])

    def span(self, run_ids: Sequence[str]) -> dict[str, Any]:
        """Return the least and greatest step, time and time stamp in these runs, such as `min_step`."""
        return dict(self._api.get(f"{self._path}/span", body=list(run_ids)) or {})

    def delete(self, **_: Any) -> dict[str, Any]:
        """Refuse: values are deleted with their run only."""
        raise NotImplementedError("metrics are deleted with their run, not alone")

    def to_dict(self) -> dict[str, Any]:
        """Return what is staged."""
        return self.staged

    def _create(self, members: dict[str, Any]) -> Any:
        return self._api.post(self._path, members, msgpack=True) if members else None


def members_of(entry: Any, kind: type) -> dict[str, Any]:
    """Return an entry of a series as a dictionary: it may be one, an object of `kind`, or a model of pydantic.

    Raises:
        ValueError: a member is missing or cannot be used.
    """
    if isinstance(entry, kind):
        found = entry.model_dump()  # type: ignore[attr-defined]  # all kinds are models
    else:
        members = entry if isinstance(entry, Mapping) else entry.model_dump()
        found = kind.model_validate(members).model_dump()  # type: ignore[attr-defined]
    return dict(found)

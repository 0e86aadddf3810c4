"""Events of runs, as one request sends or reads them. Tests: ``tests/api/test_series.py``."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from simvue.api.access import configured_api
from simvue.api.objects.base import SimvueObject, Token
from simvue.api.objects.metrics import members_of
from simvue.models import EventSet, simvue_timestamp

__all__ = ["Events"]


class Events(SimvueObject):
    """Events to be added to a run; what a run has is read with the methods of the class."""

    _label = "event"
    _path = "events"

    @classmethod
    def new(
        cls,
        *,
        run: str,
        events: Sequence[EventSet | Mapping[str, Any]],
        offline: bool = False,
        server_url: str | None = None,
        server_token: Token = None,
        **_: Any,
    ) -> Self:
        """Return events for the run of this identifier, which `commit` sends, all or none."""
        sets = [members_of(one, EventSet) for one in events]
        return cls._new(server_url, server_token, offline=offline, run=run, events=sets)

    @classmethod
    def get(  # type: ignore[override]  # events have no identifiers
        cls,
        run_id: str,
        *,
        count: int | None = None,
        offset: int | None = None,
        server_url: str | None = None,
        server_token: Token = None,
        **query: Any,
    ) -> Iterator[EventSet]:
        """Yield the events of a run, at most `count`, after leaving out `offset`."""
        api = configured_api(server_url=server_url, server_token=server_token)
        for row in api.rows(cls._path, query={"run": run_id, **query}, count=count, start=offset or 0):
            yield EventSet.model_validate(row)

    def histogram(
        self,
        timestamp_begin: datetime | str,
        timestamp_end: datetime | str,
        window: int,
        filters: Sequence[str] | None,
        *,
        run_id: str | None = None,
    ) -> list[dict[str, str | int]]:
        """Return how many events fall into each window of so many seconds: `timestamp` and `count`.

        The run is that of the events that were staged or sent, unless `run_id` names one.

        Raises:
            ValueError: there is no such run, or the times are in the wrong order.
        """
        begin, end = simvue_timestamp(timestamp_begin), simvue_timestamp(timestamp_end)
        if begin > end:
            raise ValueError(f"the time {begin} at which to begin is after the end {end}")
        run = run_id or self._staged.get("run") or self._run
        if run is None:
            raise ValueError("a histogram needs a run: give run_id")
        query = {
            "run": run,
            "window": window,
            "timestamp_begin": begin,
            "timestamp_end": end,
            "filters": tuple(filters or ()),
        }
        return list(self._api.get(f"{self._path}/histogram", query=query).get("data", []))

    def delete(self, **_: Any) -> dict[str, Any]:
        """Refuse: events are deleted with their run only."""
        raise NotImplementedError("events are deleted with their run, not alone")

    _run: str | None = None

    def _create(self, members: dict[str, Any]) -> Any:
        if not members:
            return None
        answer = self._api.post(self._path, members, msgpack=True)
        self._run = members["run"]
        return answer

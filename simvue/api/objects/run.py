"""Runs on the server. Tests: ``tests/api/test_run.py``."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self, get_args

from simvue.api.access import configured_api
from simvue.api.objects.arguments import ObjectBatchArgs, Sort, VisibilityBatchArgs
from simvue.api.objects.base import SimvueObject, Token
from simvue.api.objects.fields import Field, moment, one_of, seconds, sent_moment, shaped, text_or_none, texts
from simvue.api.objects.filter.run import RunsFilter, Status
from simvue.api.objects.stars import Starrable
from simvue.models import FOLDER_REGEX, NAME_REGEX

__all__ = ["Run", "RunBatchArgs", "RunSort", "Status"]

_STATUSES = get_args(Status)
_NOTIFICATIONS = ("none", "all", "error", "lost")
_BATCH = 20_000


class RunSort(Sort):
    """A column to sort runs by."""

    columns = ("name", "created", "started", "endtime", "modified", "metadata.", "metrics", "metrics.")


@dataclass(kw_only=True)
class RunBatchArgs(ObjectBatchArgs):
    """One run of a batch."""

    name: str | None = None
    description: str | None = None
    tags: list[str] | None = None
    metadata: dict[str, Any] | None = None
    folder: str | None = None
    system: dict[str, Any] | None = None
    status: Status = "created"


class Run(Starrable, SimvueObject):
    """A run on the server: its details and what belongs to it."""

    _label = "run"
    _path = "runs"
    _sorting = RunSort

    name = Field[str](encode=shaped(NAME_REGEX, "a name"))
    description = Field[str | None](encode=text_or_none)
    tags = Field[list[str]](encode=texts)
    status = Field[Status](encode=one_of(*_STATUSES))
    folder = Field[str](encode=shaped(FOLDER_REGEX, "a folder"))
    metadata = Field[dict[str, Any]](encode=dict)
    """On the server, what is committed is merged into what is there."""
    system = Field[dict[str, Any] | None](encode=lambda facts: facts)
    user = Field[str]()
    ttl = Field[int | None](encode=seconds)
    """Seconds that the server keeps the run; None is for ever."""
    heartbeat_timeout = Field[int | None](encode=seconds)
    """Seconds without a sign of life after which the server takes the run for lost; None is never."""
    notifications = Field[str](
        decode=lambda found: found["state"], encode=lambda state: {"state": one_of(*_NOTIFICATIONS)(state)}
    )
    created = Field[datetime | None](decode=moment, encode=sent_moment)
    started = Field[datetime | None](decode=moment, encode=sent_moment)
    endtime = Field[datetime | None](decode=moment, encode=sent_moment)
    runtime = Field[str | None]()
    """How long the run took, as the server writes it: ``HH:MM:SS.ffffff``."""
    alerts = Field[list[str]](decode=lambda found: [_alert_id(one) for one in found], encode=texts)
    """Identifiers of the alerts that watch the run."""

    @classmethod
    def new(
        cls,
        *,
        folder: str,
        system: dict[str, Any] | None = None,
        status: Status = "created",
        offline: bool = False,
        server_url: str | None = None,
        server_token: Token = None,
        **members: Any,
    ) -> Self:
        """Return a new run; `members` may be any attribute that can be set."""
        given = {"folder": folder, "system": system, "status": status, **members}
        return cls._new(server_url, server_token, offline=offline, **given)

    @classmethod
    def filter(cls) -> RunsFilter:
        """Return a filter of runs, to be narrowed method by method."""
        return RunsFilter(cls)

    @classmethod
    def batch_create(  # type: ignore[override]  # of runs, not of any objects
        cls,
        entries: Iterable[RunBatchArgs],
        *,
        visibility: VisibilityBatchArgs | None = None,
        folder: str | None = None,
        metadata: dict[str, Any] | None = None,
        server_url: str | None = None,
        server_token: Token = None,
        **_: Any,
    ) -> Iterator[str]:
        """Create many runs at once and return their identifiers, in the order of the entries.

        `folder` is for the entries that name none; `metadata` is added to that of each, whose own goes before.

        Raises:
            ValueError: the server does not accept a run; then none of its request is created.
        """
        api = configured_api(server_url=server_url, server_token=server_token)
        bodies = [_batch_body(entry, visibility, folder, metadata) for entry in entries]
        created: list[str] = []
        for start in range(0, len(bodies), _BATCH):
            created += [str(one["id"]) for one in api.post(cls._path, bodies[start : start + _BATCH])]
        return iter(created)

    def get_alert_details(self) -> Iterator[dict[str, Any]]:
        """Yield the definitions of the run's alerts."""
        for found in self._get_attribute("alerts"):
            if isinstance(found, Mapping):
                yield dict(found["alert"])
            else:  # staged: the server has not yet told of it
                yield dict(self._api.get(f"alerts/{found}"))

    @property
    def metrics(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The metrics by name, each with `count`, `min`, `max`, `average` and `last`."""
        return iter(dict(self._get_attribute("metrics") or {}).items())

    @property
    def events(self) -> Iterator[tuple[str, Any]]:
        """What the server says of the run's events, such as their `count`."""
        return iter(dict(self._get_attribute("events") or {}).items())

    @property
    def artifacts(self) -> list[dict[str, Any]]:
        """The artifacts attached to the run, each with its `category`."""
        return list(self._api.get(f"{self._own_path()}/artifacts") or [])

    @property
    def grids(self) -> list[dict[str, Any]]:
        """The grids that metrics of the run lie on, each with its `metric`."""
        return list(self._api.get(f"{self._own_path()}/grids") or [])

    @property
    def abort_trigger(self) -> bool:
        """Whether somebody, or an alert, asked the run to end."""
        if self._identifier is None:
            return False
        return bool(self._api.get(f"{self._own_path()}/abort").get("status"))

    def abort(self, reason: str) -> dict[str, Any]:
        """Ask the run to end. The run itself says when it has: its status does not change by this."""
        return dict(self._api.put(f"{self._own_path()}/abort", {"reason": reason}) or {})

    def send_heartbeat(self) -> dict[str, Any] | None:
        """Tell the server that the run is alive; nothing happens before the run is committed."""
        if self._identifier is None:
            return None
        return dict(self._api.put(f"{self._own_path()}/heartbeat") or {})

    def _create(self, members: dict[str, Any]) -> Any:
        members.pop("created", None)  # the server's own
        return super()._create(members)


def _alert_id(found: Any) -> str:
    return str(found["alert"]["id"]) if isinstance(found, Mapping) else str(found)


def _batch_body(
    entry: RunBatchArgs,
    visibility: VisibilityBatchArgs | None,
    folder: str | None,
    metadata: Mapping[str, Any] | None,
) -> dict[str, Any]:
    body = entry.model_dump(exclude_none=True)
    body["folder"] = shaped(FOLDER_REGEX, "a folder")(body.get("folder") or folder or "/")
    if "name" in body:
        shaped(NAME_REGEX, "a name")(body["name"])
    one_of(*_STATUSES)(body["status"])
    if metadata or "metadata" in body:
        body["metadata"] = {**(metadata or {}), **body.get("metadata", {})}
    shown = visibility.model_dump(exclude_none=True) if visibility else {}
    if shown:
        body["visibility"] = {"tenant": False, "public": False, "user": [], **shown}
    return body

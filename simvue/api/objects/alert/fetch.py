"""Get alerts of any kind from the server. Tests: ``tests/api/test_alert.py``."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simvue.api.access import configured_api
from simvue.api.objects.alert.base import AlertBase, AlertSort
from simvue.api.objects.alert.events import EventsAlert
from simvue.api.objects.alert.metrics import MetricsRangeAlert, MetricsThresholdAlert
from simvue.api.objects.alert.user import UserAlert
from simvue.api.objects.base import Token
from simvue.server.api import path_of

__all__ = ["Alert", "AlertSort", "AlertType", "kind_of"]

AlertType = EventsAlert | UserAlert | MetricsThresholdAlert | MetricsRangeAlert


class Alert:
    """Any alert: ``Alert(identifier)`` is an object of the class that its source and rule ask for."""

    def __new__(  # type: ignore[misc]  # published as a class
        cls,
        identifier: str | None = None,
        *,
        server_url: str | None = None,
        server_token: Token = None,
        **_: Any,
    ) -> AlertType:
        """Fetch the alert of this identifier.

        Raises:
            ObjectNotFoundError: there is none.
        """
        api = configured_api(server_url=server_url, server_token=server_token)
        row = api.get(path_of("alerts", identifier or ""))
        return kind_of(row).of(api, {"id": identifier, **row})

    @classmethod
    def get(
        cls,
        *,
        count: int | None = None,
        offset: int | None = None,
        sorting: Sequence[AlertSort | Mapping[str, Any]] | None = None,
        server_url: str | None = None,
        server_token: Token = None,
        **query: Any,
    ) -> Iterator[tuple[str, AlertType]]:
        """Yield identifier and alert of those that match, at most `count`, after leaving out `offset`."""
        yield from super(AlertBase, AlertBase).get(
            count=count, offset=offset, sorting=sorting, server_url=server_url, server_token=server_token, **query
        )


def kind_of(row: Mapping[str, Any]) -> type[AlertType]:
    """Return the class for an alert as the server describes it.

    Raises:
        RuntimeError: its source is none that is known.
    """
    rule = row.get("alert") or {}
    if row["source"] == "user":
        return UserAlert
    if row["source"] == "events":
        return EventsAlert
    if row["source"] == "metrics" and "threshold" in rule and rule["threshold"] is not None:
        return MetricsThresholdAlert
    if row["source"] == "metrics" and "range_low" in rule:
        return MetricsRangeAlert
    raise RuntimeError(f"the alert {row.get('id')} has the unknown source {row['source']!r}")

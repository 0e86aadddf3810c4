"""Alerts on what events say. Tests: ``tests/api/test_alert.py``."""

from typing import Any, Literal, Self

from simvue.api.objects.alert.base import AlertBase, Definition, RulePart, number_above_zero
from simvue.api.objects.base import Token

__all__ = ["EventAlertDefinition", "EventsAlert"]


class EventAlertDefinition(Definition):
    """The rule of an alert on events."""

    pattern = RulePart()
    frequency = RulePart(number_above_zero)


class EventsAlert(AlertBase):
    """An alert that becomes critical when an event of a run contains a text."""

    _source = "events"

    @classmethod
    def new(
        cls,
        *,
        name: str,
        description: str | None,
        notification: Literal["none", "email"],
        pattern: str,
        frequency: int,
        enabled: bool = True,
        offline: bool = False,
        server_url: str | None = None,
        server_token: Token = None,
        **members: Any,
    ) -> Self:
        """Return a new alert: `pattern` is looked for in messages every `frequency`.

        Where there is exactly this alert already, `commit` finds it.
        """
        given: dict[str, Any] = {
            "name": name,
            "description": description,
            "notification": notification,
            "source": cls._source,
            "alert": {"pattern": pattern, "frequency": number_above_zero(frequency)},
            "enabled": enabled,
            **members,
        }
        return cls._new(server_url, server_token, offline=offline, **given)

    @property
    def alert(self) -> EventAlertDefinition:
        """The rule, part by part."""
        return EventAlertDefinition(self)

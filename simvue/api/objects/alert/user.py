"""Alerts whose state a program sets. Tests: ``tests/api/test_alert.py``."""

from typing import Any, Literal, Self

from simvue.api.objects.alert.base import AlertBase
from simvue.api.objects.base import Token
from simvue.api.objects.fields import one_of

__all__ = ["UserAlert"]


class UserAlert(AlertBase):
    """An alert that is critical when a program says so."""

    _source = "user"

    @classmethod
    def new(
        cls,
        *,
        name: str,
        description: str | None,
        notification: Literal["none", "email"],
        enabled: bool = True,
        offline: bool = False,
        server_url: str | None = None,
        server_token: Token = None,
        **members: Any,
    ) -> Self:
        """Return a new alert; where there is exactly this one already, `commit` finds it."""
        given: dict[str, Any] = {
            "name": name,
            "description": description,
            "notification": notification,
            "source": cls._source,
            "enabled": enabled,
            **members,
        }
        return cls._new(server_url, server_token, offline=offline, **given)

    def set_status(self, run_id: str, status: Literal["ok", "critical"]) -> None:
        """Set the alert's state for a run, at once."""
        state = one_of("ok", "critical")(status)
        self._api.put(self._status_path(run_id), {"status": state})

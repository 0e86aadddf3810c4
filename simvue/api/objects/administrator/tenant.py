"""Tenants of the server. Tests: ``tests/api/test_administrator.py``."""

from datetime import datetime
from typing import Any, Self

from simvue.api.objects.base import SimvueObject, Token
from simvue.api.objects.fields import Field, moment, whole

__all__ = ["Tenant"]


class Tenant(SimvueObject):
    """A tenant: a group of users with limits of its own, in which 0 is no limit."""

    _label = "tenant"
    _path = "tenants"

    name = Field[str](encode=str)
    is_enabled = Field[bool](encode=bool)
    max_request_rate = Field[int](encode=whole(0))
    max_runs = Field[int](encode=whole(0))
    max_data_volume = Field[int](encode=whole(0))
    created = Field[datetime | None](decode=moment)

    @classmethod
    def new(
        cls,
        *,
        name: str,
        is_enabled: bool = True,
        max_request_rate: int = 0,
        max_runs: int = 0,
        max_data_volume: int = 0,
        offline: bool = False,
        server_url: str | None = None,
        server_token: Token = None,
        **_: Any,
    ) -> Self:
        """Return a new tenant, for administrators."""
        given: dict[str, Any] = {
            "name": name,
            "is_enabled": is_enabled,
            "max_request_rate": max_request_rate,
            "max_runs": max_runs,
            "max_data_volume": max_data_volume,
        }
        return cls._new(server_url, server_token, offline=offline, **given)

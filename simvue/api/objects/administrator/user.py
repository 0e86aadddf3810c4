"""Users of the server. Tests: ``tests/api/test_administrator.py``."""

from datetime import datetime
from typing import Any, Self

from simvue.api.objects.base import SimvueObject, Token
from simvue.api.objects.fields import Field, moment, shaped

__all__ = ["User"]


class User(SimvueObject):
    """A user of the server."""

    _label = "user"
    _path = "users"

    username = Field[str](encode=str)
    fullname = Field[str](encode=str)
    email = Field[str](encode=shaped(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$", "an e-mail address"))
    is_manager = Field[bool](encode=bool)
    is_admin = Field[bool](encode=bool)
    is_readonly = Field[bool](encode=bool)
    enabled = Field[bool]("is_enabled", encode=bool)
    deleted = Field[bool]("is_deleted")
    created = Field[datetime | None](decode=moment)

    @classmethod
    def new(
        cls,
        *,
        username: str,
        fullname: str,
        email: str,
        is_manager: bool,
        is_admin: bool,
        is_readonly: bool,
        welcome: bool,
        tenant: str,
        enabled: bool = True,
        offline: bool = False,
        server_url: str | None = None,
        server_token: Token = None,
        **_: Any,
    ) -> Self:
        """Return a new user of a tenant, for administrators; with `welcome` the server writes to the user."""
        given: dict[str, Any] = {
            "username": username,
            "fullname": fullname,
            "email": email,
            "is_manager": is_manager,
            "is_admin": is_admin,
            "is_readonly": is_readonly,
            "enabled": enabled,
            "welcome": welcome,
            "tenant": tenant,
        }
        return cls._new(server_url, server_token, offline=offline, **given)

    def _create(self, members: dict[str, Any]) -> Any:
        # The server reads the user's own members below `user`.
        own = {key: value for key, value in members.items() if key != "tenant"}
        return self._api.post(self._path, {**members, "user": own})

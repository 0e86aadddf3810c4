"""Storages in the server's own files. Tests: ``tests/api/test_storage.py``."""

from typing import Any, Self

from simvue.api.objects.base import Token
from simvue.api.objects.storage.base import StorageBase

__all__ = ["FileStorage"]


class FileStorage(StorageBase):
    """A storage in files of the server."""

    @classmethod
    def new(
        cls,
        *,
        name: str,
        disable_check: bool,
        is_tenant_useable: bool,
        is_enabled: bool,
        is_default: bool,
        offline: bool = False,
        server_url: str | None = None,
        server_token: Token = None,
        **_: Any,
    ) -> Self:
        """Return a new storage, for administrators."""
        given: dict[str, Any] = {
            "name": name,
            "backend": "File",
            "disable_check": disable_check,
            "is_tenant_useable": is_tenant_useable,
            "is_enabled": is_enabled,
            "is_default": is_default,
        }
        return cls._new(server_url, server_token, offline=offline, **given)

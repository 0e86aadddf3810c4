"""What all kinds of storages have in common. Tests: ``tests/api/test_storage.py``."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from simvue.api.objects.base import SimvueObject
from simvue.api.objects.fields import Field, moment, shaped
from simvue.models import NAME_REGEX
from simvue.server.api import Api

__all__ = ["StorageBase"]


class StorageBase(SimvueObject):
    """A storage that the server knows, whatever its kind."""

    _label = "storage"
    _path = "storage"

    name = Field[str](encode=shaped(NAME_REGEX, "a name"))
    backend = Field[str]()
    """The server's word for the kind: ``S3`` or ``File``."""
    type = Field[str]("backend", decode=str.lower)
    is_tenant_useable = Field[bool](encode=bool)
    is_default = Field[bool](encode=bool)
    is_enabled = Field[bool](encode=bool)
    created = Field[datetime | None](decode=moment)

    @classmethod
    def _from_row(cls, api: Api, row: Mapping[str, Any]) -> SimvueObject:
        from simvue.api.objects.storage.fetch import kind_of  # noqa: PLC0415 - it knows all kinds

        return kind_of(row).of(api, row)

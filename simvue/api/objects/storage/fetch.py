"""Get storages of any kind from the server. Tests: ``tests/api/test_storage.py``."""

from collections.abc import Iterator, Mapping
from typing import Any

from simvue.api.access import configured_api
from simvue.api.objects.base import Token
from simvue.api.objects.storage.base import StorageBase
from simvue.api.objects.storage.file import FileStorage
from simvue.api.objects.storage.s3 import S3Storage
from simvue.server.api import path_of

__all__ = ["Storage", "kind_of"]


class Storage:
    """Any storage: ``Storage(identifier)`` is an object of the class that its backend asks for."""

    def __new__(  # type: ignore[misc]  # published as a class
        cls,
        identifier: str | None = None,
        *,
        server_url: str | None = None,
        server_token: Token = None,
        **_: Any,
    ) -> FileStorage | S3Storage:
        """Fetch the storage of this identifier.

        Raises:
            ObjectNotFoundError: there is none.
        """
        api = configured_api(server_url=server_url, server_token=server_token)
        row = api.get(path_of("storage", identifier or ""))
        return kind_of(row).of(api, {"id": identifier, **row})

    @classmethod
    def get(
        cls,
        *,
        count: int | None = None,
        offset: int | None = None,
        server_url: str | None = None,
        server_token: Token = None,
        **query: Any,
    ) -> Iterator[tuple[str, FileStorage | S3Storage]]:
        """Yield identifier and storage of all, at most `count`, after leaving out `offset`."""
        return StorageBase.get(count=count, offset=offset, server_url=server_url, server_token=server_token, **query)


def kind_of(row: Mapping[str, Any]) -> type[FileStorage | S3Storage]:
    """Return the class for a storage as the server describes it.

    Raises:
        RuntimeError: its backend is none that is known.
    """
    kinds: dict[str, type[FileStorage | S3Storage]] = {"S3": S3Storage, "File": FileStorage}
    if row.get("backend") not in kinds:
        raise RuntimeError(f"the storage {row.get('id')} has the unknown backend {row.get('backend')!r}")
    return kinds[row["backend"]]

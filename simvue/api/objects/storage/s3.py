"""Storages in buckets of S3. Tests: ``tests/api/test_storage.py``."""

from typing import Any, Self
from urllib.parse import urlsplit

from simvue.api.access import revealed
from simvue.api.objects.base import Token
from simvue.api.objects.storage.base import StorageBase

__all__ = ["Config", "S3Storage"]


class S3Storage(StorageBase):
    """A storage in a bucket of S3, or of what speaks like it."""

    @classmethod
    def new(
        cls,
        *,
        name: str,
        bucket: str,
        endpoint_url: object = None,
        access_key_id: str | None = None,
        secret_access_key: Token = None,
        region_name: str | None = None,
        ca_cert: Token = None,
        disable_check: bool = False,
        is_tenant_useable: bool = True,
        is_default: bool = False,
        is_enabled: bool = True,
        offline: bool = False,
        server_url: str | None = None,
        server_token: Token = None,
        **_: Any,
    ) -> Self:
        """Return a new storage, for administrators.

        With `disable_check` the server does not try the bucket first. A final line end of the secret, as files
        have it, is left out.
        """
        secret, certificate = revealed(secret_access_key), revealed(ca_cert)
        config = {
            "bucket": bucket,
            "endpoint_url": None if endpoint_url is None else _normal(str(endpoint_url)),
            "region_name": region_name,
            "access_key_id": access_key_id,
            "secret_access_key": None if secret is None else secret.strip(),
            "ca_cert": certificate,
        }
        given: dict[str, Any] = {
            "name": name,
            "backend": "S3",
            "disable_check": disable_check,
            "is_tenant_useable": is_tenant_useable,
            "is_default": is_default,
            "is_enabled": is_enabled,
            "config": {key: value for key, value in config.items() if value is not None},
        }
        return cls._new(server_url, server_token, offline=offline, **given)

    def __repr__(self) -> str:
        return f"S3Storage(id={self._identifier!r})"

    def get_config(self) -> dict[str, Any]:
        """Return the bucket and how it is reached."""
        return dict(self._get_attribute("config") or {})

    @property
    def config(self) -> "Config":
        """The bucket and how it is reached, part by part."""
        return Config(self)


class Config:
    """Where a bucket is; each part can be assigned, and is staged."""

    def __init__(self, storage: S3Storage) -> None:
        self._storage = storage

    @property
    def endpoint_url(self) -> str | None:
        """The address of the service, None for that of AWS."""
        return self._storage.get_config().get("endpoint_url")

    @endpoint_url.setter
    def endpoint_url(self, url: object) -> None:
        self._stage("endpoint_url", _normal(str(url)))

    @property
    def region_name(self) -> str | None:
        """The region, if one is set."""
        return self._storage.get_config().get("region_name")

    @region_name.setter
    def region_name(self, name: str) -> None:
        self._stage("region_name", name)

    @property
    def bucket(self) -> str:
        """The name of the bucket."""
        return str(self._storage.get_config()["bucket"])

    @bucket.setter
    def bucket(self, name: str) -> None:
        self._stage("bucket", name)

    def _stage(self, name: str, value: str) -> None:
        self._storage.append_to_staging({"config": {**self._storage.get_config(), name: value}})


def _normal(url: str) -> str:
    """Return an address as servers keep it: with a path, at least ``/``."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is no address of a storage: write it like https://s3.example.org")
    return parts._replace(path=parts.path or "/").geturl()

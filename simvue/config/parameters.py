"""Parts of the configuration under the published client's names, as plain values.

They are made in ``user``; what this package itself goes by is in ``settings``. Tests: ``tests/config/test_user.py``.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = [
    "CertificateSpecifications",
    "ClientGeneralOptions",
    "DefaultRunSpecifications",
    "HiddenText",
    "MetadataSpecifications",
    "MetricsSpecifications",
    "OfflineSpecifications",
    "ServerSpecifications",
]


class HiddenText:
    """A secret that shows itself only when asked, like pydantic's."""

    def __init__(self, value: str) -> None:
        self._value = value

    def get_secret_value(self) -> str:
        """Return the text itself."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __str__(self) -> str:
        return "**********" if self._value else ""

    def __repr__(self) -> str:
        return f"HiddenText('{self}')"


@dataclass(kw_only=True)
class CertificateSpecifications:
    """Which authorities to trust: a path, or true for the usual ones."""

    server_ca_cert: Path | bool = True
    storage_ca_cert: Path | bool = True
    client_cert: Path | None = None
    client_key: HiddenText | None = None


@dataclass(kw_only=True)
class ServerSpecifications:
    """Where a server's API is, and the token for it; None where nothing is configured."""

    url: str | None = None
    token: HiddenText | None = None
    env: dict[str, str] | None = None
    certificates: CertificateSpecifications = field(default_factory=CertificateSpecifications)


@dataclass(kw_only=True)
class OfflineSpecifications:
    """Where journals are written."""

    cache: Path | None = None


@dataclass(kw_only=True)
class MetricsSpecifications:
    """How a run measures itself; the interval is in seconds."""

    system_metrics_interval: float | None = None
    enable_emission_metrics: bool = False


@dataclass(kw_only=True)
class MetadataSpecifications:
    """What metadata runs get of themselves."""

    environment: bool = True
    git: bool = True
    system: bool = True
    record_shell_vars: list[str] | None = None
    custom: dict[str, Any] | None = None


@dataclass(kw_only=True)
class DefaultRunSpecifications:
    """What a run is given unless its script says otherwise."""

    name: str | None = None
    description: str | None = None
    tags: list[str] | None = None
    folder: str = "/"
    metadata: MetadataSpecifications = field(default_factory=MetadataSpecifications)
    mode: str = "online"
    record_shell_vars: list[str] | None = None


@dataclass(kw_only=True)
class ClientGeneralOptions:
    """Options of the client itself."""

    debug: bool = False

"""The settings as values: what a run, the sender and a diagnosis read once everything is decided.

Where they come from is decided in ``load``; nothing here reads a file or the environment.
Tests: ``tests/config/``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

__all__ = [
    "Certificates",
    "EcoSettings",
    "Mode",
    "Origin",
    "RunDefaults",
    "SenderSettings",
    "ServerSettings",
    "Settings",
    "Token",
]

Mode = Literal["online", "offline", "disabled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a value was found: the variable, the argument, or the file and the key in it."""

    kind: Literal["environment", "argument", "file", "default"]
    place: str = ""
    key: str = ""

    def __str__(self) -> str:
        words = {
            "environment": f"the environment variable {self.place}",
            "argument": f"the argument {self.place}",
            "file": f"{self.place}, {self.key}",
            "default": "the default",
        }
        return words[self.kind]


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """A server's token, which shows itself only when asked."""

    _secret: str

    def reveal(self) -> str:
        """Return the token itself."""
        return self._secret

    def __repr__(self) -> str:
        return "Token(hidden)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """Paths of the CA certificates to trust; ``None`` trusts those that come with the HTTP library."""

    server: str | None
    storage: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Where the API is (with ``/api``, without password), and how to be let in."""

    url: str
    token: Token
    certificates: Certificates


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDefaults:
    """What a run is given unless its script says otherwise; `metadata` is merged over the automatic kind."""

    name: str | None
    description: str | None
    tags: tuple[str, ...]
    folder: str
    metadata: Mapping[str, object]
    record_environment: bool
    record_git: bool
    record_system: bool
    record_shell_vars: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderSettings:
    """How the sender works; the units are in the names. `artifact_roots` are (from, to), longest first."""

    max_seconds: float
    connections: int
    retention_days: float
    stale_after_hours: float
    adopt_after_seconds: float
    artifact_roots: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EcoSettings:
    """What estimates of energy and emissions are made of.

    Powers are in watts: of one processor, which has `cpu_cores` cores, and of one GPU. `intensity` is in
    grams of CO2 equivalent per kWh; where it is ``None``, `token` lets the client ask a service for it, again
    after `refresh_seconds`.
    """

    cpu_watts: float
    cpu_cores: int
    gpu_watts: float
    intensity: float | None
    token: Token | None
    refresh_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that is configured, decided once.

    `server` is ``None`` unless the mode is online. `metrics_interval` is in seconds, `measures_emissions`
    whether runs estimate them unless their script says otherwise. `files` were read, `notes` are remarks for
    the user, `origins` has one entry for each value, named by its path from here, for example
    ``sender.max_seconds``.
    """

    mode: Mode
    server: ServerSettings | None
    profile: str | None
    cache: Path
    run: RunDefaults
    metrics_interval: float
    measures_emissions: bool
    eco: EcoSettings
    debug: bool
    sender: SenderSettings
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict, repr=False)

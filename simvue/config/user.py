"""The configuration as the published client shows it, for programs that were written on top of it.

This package itself uses `simvue.config.load`. Tests: ``tests/config/test_user.py``.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, Self

from simvue._version import __version__
from simvue.config.files import Entry, find
from simvue.config.load import load
from simvue.config.parameters import (
    CertificateSpecifications,
    ClientGeneralOptions,
    DefaultRunSpecifications,
    HiddenText,
    MetadataSpecifications,
    MetricsSpecifications,
    OfflineSpecifications,
    ServerSpecifications,
)
from simvue.config.settings import Mode, ServerSettings, Settings
from simvue.errors import ConfigurationError
from simvue.server.address import api_base

__all__ = ["CONFIG_FILE_NAMES", "CONFIG_INI_FILE_NAMES", "ServerSpecifications", "SimvueConfiguration"]

CONFIG_FILE_NAMES = ["simvue.toml", ".simvue.toml"]
CONFIG_INI_FILE_NAMES = ["simvue.ini", ".simvue.ini"]


class SimvueConfiguration:
    """The configuration, table by table; what is not given in a table has its default."""

    def __init__(
        self,
        *,
        server: Mapping[str, Any] | ServerSpecifications | None = None,
        profiles: Mapping[str, Any] | None = None,
        run: Mapping[str, Any] | DefaultRunSpecifications | None = None,
        offline: Mapping[str, Any] | OfflineSpecifications | None = None,
        metrics: Mapping[str, Any] | MetricsSpecifications | None = None,
        client: Mapping[str, Any] | ClientGeneralOptions | None = None,
        current_profile: str | None = None,
        **_others: Any,
    ) -> None:
        self.server = _server(server)
        self.profiles = {name: _server(one) for name, one in (profiles or {}).items()}
        self.run = _table(DefaultRunSpecifications, run)
        if isinstance(self.run.metadata, Mapping):
            self.run.metadata = _table(MetadataSpecifications, self.run.metadata)
        self.offline = _table(OfflineSpecifications, offline)
        self.metrics = _table(MetricsSpecifications, metrics)
        self.client = _table(ClientGeneralOptions, client)
        self.current_profile = current_profile
        self._files: tuple[Path, ...] = ()

    @classmethod
    def fetch(
        cls,
        mode: Literal["offline", "online", "disabled"],
        server_url: str | None = None,
        server_token: str | None = None,
        profile: str | None = None,
    ) -> Self:
        """Return what the environment, the arguments and the configuration files say, in this order.

        Raises:
            ConfigurationError: something cannot be used, or in online mode no server or token is configured.
        """
        given: dict[str, Any] = {"server_url": server_url, "server_token": server_token, "profile": profile}
        try:
            settings = load(mode="online", **given)
        except ConfigurationError:
            if mode == "online":
                raise
            settings = load(mode=mode, **given)
        files = find(Path.cwd(), Path.home())
        profiles = {name: _plain(table) for name, table in files.tree.get("profiles", {}).items()}
        return cls._of(settings, mode, profiles)

    @classmethod
    def _of(cls, settings: Settings, mode: Mode, profiles: dict[str, Any]) -> Self:
        run = settings.run
        metadata = MetadataSpecifications(
            environment=run.record_environment,
            git=run.record_git,
            system=run.record_system,
            record_shell_vars=list(run.record_shell_vars) or None,
            custom=dict(run.metadata) or None,
        )
        found = cls(
            server=_specified(settings.server),
            profiles=profiles,
            run=DefaultRunSpecifications(
                name=run.name,
                description=run.description,
                tags=list(run.tags) or None,
                folder=run.folder,
                metadata=metadata,
                mode=mode,
                record_shell_vars=list(run.record_shell_vars) or None,
            ),
            offline=OfflineSpecifications(cache=settings.cache),
            metrics=MetricsSpecifications(
                system_metrics_interval=settings.metrics_interval,
                enable_emission_metrics=settings.measures_emissions,
            ),
            client=ClientGeneralOptions(debug=settings.debug),
            current_profile=settings.profile,
        )
        found._files = tuple(map(Path, settings.files))
        return found

    @classmethod
    def config_file(cls) -> Path:
        """Return the configuration file that is read.

        Raises:
            FileNotFoundError: there is none.
        """
        read = [path for path in find(Path.cwd(), Path.home()).read if path.name != "pyproject.toml"]
        if not read:
            raise FileNotFoundError("there is no configuration file: write one, or set SIMVUE_URL and SIMVUE_TOKEN")
        return read[0]

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a request to the server, the token among them."""
        token = self.server.token.get_secret_value() if self.server.token else ""
        agent = f"simvue/{__version__}"
        return {"Authorization": f"Bearer {token}", "User-Agent": agent, "Accept-Encoding": "gzip"}

    @property
    def server_verify(self) -> str | bool:
        """Which authorities to trust, as ``requests`` wants it."""
        certificate = self.server.certificates.server_ca_cert
        return certificate if isinstance(certificate, bool) else str(certificate)

    @property
    def server_version(self) -> str | None:
        """None: this package asks the server for no version before it uses it."""
        return None

    nosim_version = server_version

    def model_dump(self, *, mode: str = "python", **_options: Any) -> dict[str, Any]:
        """Return everything as dictionaries; with ``mode="json"`` of texts and numbers, without secrets."""
        tables = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        return {name: _dumped(value, as_json=mode == "json") for name, value in tables.items()}

    def __repr__(self) -> str:
        return f"SimvueConfiguration({self.model_dump(mode='json')})"


def _server(given: Mapping[str, Any] | ServerSpecifications | None) -> ServerSpecifications:
    found: ServerSpecifications = _table(ServerSpecifications, given)
    if isinstance(found.token, str):
        found.token = HiddenText(found.token)
    if found.url is not None:
        found.url = api_base(found.url)
    if isinstance(found.certificates, Mapping):
        found.certificates = _table(CertificateSpecifications, found.certificates)
    return found


def _specified(server: ServerSettings | None) -> ServerSpecifications:
    if server is None:
        return ServerSpecifications()
    trusted = server.certificates
    return ServerSpecifications(
        url=server.url,
        token=HiddenText(server.token.reveal()),
        certificates=CertificateSpecifications(
            server_ca_cert=True if trusted.server is None else Path(trusted.server),
            storage_ca_cert=True if trusted.storage is None else Path(trusted.storage),
        ),
    )


def _table(kind: Any, given: Any) -> Any:
    """Return a table as a value of its kind; keys that it does not have are left out."""
    if isinstance(given, kind):
        return given
    names = {one.name for one in fields(kind)}
    return kind(**{name: value for name, value in (given or {}).items() if name in names})


def _plain(table: Any) -> Any:
    if isinstance(table, Entry):
        return table.value
    return {name: _plain(value) for name, value in table.items()} if isinstance(table, Mapping) else table


def _dumped(value: Any, *, as_json: bool) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _dumped(getattr(value, one.name), as_json=as_json) for one in fields(value)}
    if isinstance(value, Mapping):
        return {name: _dumped(one, as_json=as_json) for name, one in value.items()}
    return str(value) if as_json and isinstance(value, Path | HiddenText) else value

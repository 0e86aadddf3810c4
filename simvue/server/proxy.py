"""Decide whether a request goes through a proxy.

Only ``HTTPS_PROXY`` and ``NO_PROXY`` are honoured (also in lower case, which wins, as it does for curl), and
only for https: through a tunnel the proxy never sees the token. Everything else that an environment may say
about HTTP is left alone. Tests: ``tests/server/test_proxy.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

__all__ = ["Proxy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """The proxy for https, if there is one, and the hosts that are reached without it."""

    url: str | None = field(default=None, repr=False)  # it may hold a password
    exceptions: tuple[str, ...] = ()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Proxy":
        """Read the two documented variables."""
        url = _variable(environment, "HTTPS_PROXY")
        exceptions = (entry.strip().lower() for entry in _variable(environment, "NO_PROXY").split(","))
        return cls(url=url or None, exceptions=tuple(entry for entry in exceptions if entry))

    def chosen_for(self, url: str) -> str | None:
        """Return the proxy's address for a request to `url`, or ``None`` for a direct connection."""
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        if self.url is None or parts.scheme != "https" or _is_loopback(host):
            return None
        if any(_matches(entry, host, parts.port or 443) for entry in self.exceptions):
            return None
        return self.url


def _variable(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name.lower(), environment.get(name, "")).strip()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _matches(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    if "/" in entry:
        return _is_in_network(entry, host)
    name, entry_port = _without_port(entry)
    if entry_port not in ("", str(port)):
        return False
    name = name.removeprefix("*").lstrip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _is_in_network(entry: str, host: str) -> bool:
    try:
        return ip_address(host) in ip_network(entry, strict=False)
    except ValueError:
        return False


def _without_port(entry: str) -> tuple[str, str]:
    if entry.startswith("["):
        name, _, rest = entry[1:].partition("]")
        return name, rest.removeprefix(":")
    if entry.count(":") > 1:  # an IPv6 address without brackets has no port
        return entry, ""
    name, _, port = entry.partition(":")
    return name, port

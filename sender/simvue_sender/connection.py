"""The server, found when there is something to send: only then are its address, its token and a library needed.

Tests: tests/sender/test_secrets.py.
"""

from simvue.core.http import Request, Response, Transport
from simvue.errors import ConfigurationError
from simvue_sender.configuration import online_settings

__all__ = ["Connection"]


class Connection:
    """A transport that reads the configuration at its first use."""

    def __init__(self, cache: str | None) -> None:
        self._cache = cache
        self._transport: Transport | None = None
        self.notes: tuple[str, ...] = ()
        """Remarks on the configuration, once it was read."""

    def address(self) -> str:
        """Return the server's address, and be able to send from now on; raises ConfigurationError."""
        from simvue.server.session import HttpTransport  # noqa: PLC0415 - loads an HTTP library

        settings = online_settings(self._cache)
        self.notes = settings.notes
        server = settings.server
        if server is None:
            raise ConfigurationError("no server is configured; write [server] url and token into ~/.simvue.ini")
        certificates = server.certificates
        self._transport = HttpTransport(
            server.url,
            server.token,
            server_certificate=certificates.server,
            storage_certificate=certificates.storage,
        )
        return server.url

    def __call__(self, request: Request) -> Response:
        """Send a request once."""
        if self._transport is None:
            raise ConfigurationError("the server was not asked for its address yet")
        return self._transport(request)

"""The server, found when there is something to send: only then are its address, its token and a library needed.

Tests: tests/sender/test_secrets.py.
"""

from dataclasses import replace

from simvue.config import Token
from simvue.core.http import Request, Response, Transport
from simvue.errors import ConfigurationError
from simvue_sender.configuration import online_settings

__all__ = ["Connection"]


class Connection:
    """A transport that reads the configuration at its first use, and keeps the token out of what comes back."""

    def __init__(self, cache: str | None) -> None:
        self._cache = cache
        self._token: Token | None = None
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
        self._token = server.token
        self._transport = HttpTransport(
            server.url,
            server.token,
            server_certificate=certificates.server,
            storage_certificate=certificates.storage,
        )
        return server.url

    def __call__(self, request: Request) -> Response:
        """Send a request once.

        A server may repeat what it was sent, and answers are logged and kept with dead letters: the token is not
        (DLV-047).
        """
        if self._transport is None or self._token is None:
            raise ConfigurationError("the server was not asked for its address yet")
        response = self._transport(request)
        secret = self._token.reveal().encode()
        if secret in response.body:
            return replace(response, body=response.body.replace(secret, b"[token]"))
        return response

"""Find the configured server and give access to it.

Settings come from ``simvue.config``; asking is left to ``simvue.server.api``. Tests: ``tests/api/test_access.py``.
"""

import logging
import threading

from simvue.config import load
from simvue.errors import ConfigurationError
from simvue.server.api import ANSWER_LIMIT, Api
from simvue.server.session import HttpTransport, Secret

__all__ = ["configured_api", "revealed"]

_log = logging.getLogger("simvue")
_lock = threading.Lock()
_known: dict[tuple[str, str, str | None, str | None], Api] = {}


def configured_api(
    *, server_url: str | None = None, server_token: str | Secret | None = None, server_profile: str | None = None
) -> Api:
    """Return access to the server of the environment, the arguments or the configuration files, in this order.

    One server and token share their connections in the whole process. A token may be given in a wrapper that
    hides it, such as pydantic's.

    Raises:
        ConfigurationError: no server or token is configured, or one cannot be used.
    """
    token = revealed(server_token)
    settings = load(mode="online", server_url=server_url, server_token=token, profile=server_profile)
    server = settings.server
    if server is None:
        raise ConfigurationError("no server is configured: set SIMVUE_URL and SIMVUE_TOKEN")
    certificates = server.certificates
    identity = (server.url, server.token.reveal(), certificates.server, certificates.storage)
    with _lock:
        if identity not in _known:
            for note in settings.notes:
                _log.warning("%s", note)
            transport = HttpTransport(
                server.url,
                server.token,
                server_certificate=certificates.server,
                storage_certificate=certificates.storage,
                body_limit=ANSWER_LIMIT,
            )
            _known[identity] = Api(transport, server.url)
        return _known[identity]


def revealed(token: object) -> str | None:
    """Return a token as text, whatever hides it: text, our own wrapper, or pydantic's ``SecretStr``."""
    for name in ("reveal", "get_secret_value"):
        if hasattr(token, name):
            return str(getattr(token, name)())
    return None if token is None else str(token)

"""Work out where the server's API is from the URL that a user configured.

Text in, text out: nothing here opens a connection. Who may see the token is decided in
``session``. Tests: ``tests/server/test_address.py``.
"""

from urllib.parse import SplitResult, urlsplit

__all__ = ["api_base", "host_and_port"]

_API = "/api"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def api_base(url: str) -> str:
    """Return the base of the API, without a final slash, for a configured URL.

    ``/api`` is appended unless the path ends so already. A path prefix is kept; user name, password,
    query and fragment are dropped; an IPv6 address keeps its brackets. The published client 2.6.2 does the
    same, but loses the brackets and takes ``/api/`` for a prefix.

    Raises:
        ValueError: the URL has no scheme, another scheme than http and https, or no usable host. The
            message repeats no part of the URL that could be a password.
    """
    parts = _split(url.strip())
    path = parts.path.rstrip("/")
    if not path.endswith(_API):
        path += _API
    return f"{parts.scheme}://{_authority(parts)}{path}"


def host_and_port(url: str) -> str:
    """Return ``host:port`` of an http(s) URL, the port always written out, for messages and NO_PROXY.

    Raises:
        ValueError: as :func:`api_base`.
    """
    parts = _split(url)
    return f"{_bracketed(parts)}:{parts.port or _DEFAULT_PORTS[parts.scheme]}"


def _split(url: str) -> SplitResult:
    # urlsplit() removes tabs and newlines silently, so they are looked for before it sees them.
    if not url.isprintable() or " " in url:
        raise ValueError("it contains a space or a control character")
    if "://" not in url:
        raise ValueError("it has no scheme: write it with https:// in front")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("its host or port is not valid") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("its scheme is neither https nor http")
    if not parts.hostname or port == 0:
        raise ValueError("it names no host, or the port 0")
    return parts


def _authority(parts: SplitResult) -> str:
    if parts.port is None or parts.port == _DEFAULT_PORTS[parts.scheme]:
        return _bracketed(parts)
    return f"{_bracketed(parts)}:{parts.port}"


def _bracketed(parts: SplitResult) -> str:
    host = parts.hostname or ""
    return f"[{host}]" if ":" in host else host

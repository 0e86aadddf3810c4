"""An address that grows by ``/``. Tests: ``tests/api/test_url.py``."""

from typing import Self
from urllib.parse import urlsplit

__all__ = ["URL"]


class URL:
    """An address without user name, password and query; ``URL(base) / "runs" / identifier`` extends its path."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(str(url))

    def __truediv__(self, other: object) -> Self:
        return type(self)(f"{self}/{str(other).strip('/')}")

    def __itruediv__(self, other: object) -> Self:
        return self / other

    def __str__(self) -> str:
        host = f"[{self.hostname}]" if ":" in (self.hostname or "") else self.hostname or ""
        port = f":{self.port}" if self.port else ""
        fragment = f"#{self.fragment}" if self.fragment else ""
        return f"{self.scheme}://{host}{port}{self.path}{fragment}"

    def __repr__(self) -> str:
        return f"URL({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    @property
    def scheme(self) -> str:
        """What stands before ``://``."""
        return self._parts.scheme

    @property
    def hostname(self) -> str | None:
        """The host, in lower case and without the brackets of an IPv6 address."""
        return self._parts.hostname

    @property
    def port(self) -> int | None:
        """The port, if it is written out."""
        return self._parts.port

    @property
    def path(self) -> str:
        """The path, without a final slash."""
        return self._parts.path.rstrip("/")

    @property
    def fragment(self) -> str:
        """What stands after ``#``."""
        return self._parts.fragment

"""A request and its answer, as values.

What to ask is decided where these are built, how to ask where a transport carries them out; neither is here.
Failures are `simvue.errors.Unreachable` (nothing was sent) and `simvue.errors.NoAnswer` (sent, outcome
unknown). Tests: tests/delivery/test_os_world.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

__all__ = ["FileBody", "Request", "Response", "Transport"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileBody:
    """A body streamed from a file: exactly `size` bytes of it, or the request has failed.

    With `fields` the request is a multipart form: these fields in order, then the part `file` named
    `file_name`.
    """

    path: str
    size: int
    fields: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # a signature is among them
    file_name: str = "file"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Request:
    """One request, complete but for what every request to the API has alike (base address, token, agent).

    `path` is relative to the API's base, or the whole address of a storage, which gets no token. `timeout` is
    in seconds and bounds the whole exchange. `key` is sent as `Idempotency-Key`; every attempt repeats it.
    """

    method: str
    path: str
    timeout: float
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | FileBody = b""
    key: str | None = None

    @property
    def is_absolute(self) -> bool:
        """Whether `path` is a whole address, so that no token of ours goes with it."""
        return self.path.startswith(("http://", "https://"))

    def __repr__(self) -> str:
        # Signed addresses carry their secret in the query, and bodies are the user's: neither belongs in a
        # log.
        return f"Request({self.method} {self.path.partition('?')[0]}, key={self.key!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A complete answer: `headers` have lower-case names, `body` is decoded from any content encoding."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


Transport = Callable[[Request], Response]
"""Carries out one request; for a failed exchange it raises `Unreachable`, `TlsFailure` or `NoAnswer`."""

"""The values of an operation: where a record stands, the next request for it, what has to be known before.

They only carry; what they are filled with is decided in `simvue.core.mapping`, carried out by `simvue.delivery`.
Tests: tests/core/test_mapping.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Facts", "Impossible", "Inspect", "Place", "Step"]

Facts = dict[str, Any]
"""What answers have taught: JSON values only, since they are kept in the sender's state."""


class Impossible(Exception):  # noqa: N818 - a verdict on a record, caught where it becomes a dead letter
    """The record cannot be delivered, whatever the server answers; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a record stands: its journal and run, and what is known about the run on the server."""

    journal: str
    run_key: str
    run: Mapping[str, Any]
    cwd: str | None = None

    @property
    def run_id(self) -> str:
        """The server's identifier of the run; the run exists by the time anything asks (DLV-016)."""
        return str(self.run["id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request of an operation. `name` is the last part of its key, `learn` takes facts out of its answer."""

    name: str
    method: str
    path: str
    body: bytes = b""
    content_type: str = "application/json"
    query: tuple[tuple[str, str], ...] = ()
    learn: Callable[[Any], Facts] = lambda _: {}
    conflict_is_success: bool = False
    """Whether an answer 409 with an `id` is the answer wanted: the thing exists."""
    upload: Facts | None = None
    """For an upload: `url` and `fields` of the server, `path`, `size` and `name` of the file."""
    keeps_secret: bool = False
    """Whether the answer has a signed address, which is not written to the state (DLV-047)."""

    @property
    def is_lookup(self) -> bool:
        """Whether the request only asks, so that it needs no intent."""
        return self.method == "GET"


@dataclass(frozen=True, slots=True)
class Inspect:
    """The operation has to know a file's path, size and SHA-256, under the name `learns`, before it goes on.

    A file that is missing, or that has another `size` or `sha256` than given here, is not ready (DLV-070).
    """

    learns: str
    path: str | None
    stored: str | None
    size: int | None
    sha256: str | None

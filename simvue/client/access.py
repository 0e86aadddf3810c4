"""The server of a client, and the ways of asking that its methods share.

Tests: tests/client/test_access.py.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from simvue.api.access import configured_api, revealed
from simvue.api.objects.arguments import Sort
from simvue.client import arguments
from simvue.client.arguments import ArgumentError
from simvue.config.settings import Token
from simvue.server.api import Query
from simvue.server.refusals import ObjectNotFoundError, ServerRefusalError
from simvue.server.session import Secret

if TYPE_CHECKING:
    from simvue.config.user import SimvueConfiguration

__all__ = ["Access", "sorting", "sorting_parameter"]

SortKind = TypeVar("SortKind", bound=Sort)

_NOT_FOUND = 404


class Access:
    """What all parts of a client have: one server and one token."""

    def __init__(self, *, server_token: str | Secret | None = None, server_url: str | None = None) -> None:
        """Choose a server; nothing is asked of it yet.

        Args:
            server_token: The token; SIMVUE_TOKEN goes first. By default the configured one. A wrapper that
                hides it, such as pydantic's SecretStr, will do.
            server_url: The address; SIMVUE_URL goes first. By default the configured one.

        Raises:
            ConfigurationError: No server or no token is configured.
        """
        text = revealed(server_token)
        self._server: dict[str, Any] = {
            "server_url": server_url,
            "server_token": None if text is None else Token(text),
        }
        self._api = configured_api(**self._server)

    @property
    def _user_config(self) -> "SimvueConfiguration":
        """The configuration in the published client's form, from which its command line reads the address."""
        from simvue.config.user import SimvueConfiguration  # noqa: PLC0415 - only that command line asks

        server = {**self._server, "server_token": revealed(self._server["server_token"])}
        return SimvueConfiguration.fetch(mode="online", **server)

    def _delete(self, path: str, kind: str, identifier: str, query: Query | None = None) -> Any:
        """Delete an object and return the answer."""
        try:
            return self._api.delete(_path(path, identifier), query=query)
        except ServerRefusalError as error:
            raise _precise(error, kind, identifier) from error

    def _put(self, path: str, action: str, kind: str, identifier: str, body: Mapping[str, object]) -> Any:
        """Do something to an object and return the answer."""
        try:
            return self._api.put(f"{_path(path, identifier)}/{action}", dict(body))
        except ServerRefusalError as error:
            raise _precise(error, kind, identifier) from error

    def _run(self, run_id: str) -> dict[str, Any]:
        """Return what the server knows of a run. Raises ObjectNotFoundError."""
        document: dict[str, Any] = self._api.get(_path("runs", arguments.text(run_id, "run_id")))
        return document


def sorting(sort_by_columns: object, kind: type[SortKind]) -> list[SortKind] | None:
    """Return the columns to sort by as objects of a kind that knows the columns; None without any."""
    try:
        keys = arguments.sort_keys(sort_by_columns)
        return [kind(column=column, descending=is_descending) for column, is_descending in keys] or None
    except ValueError as error:
        raise ArgumentError(f"sort_by_columns: {error}") from error


def sorting_parameter(order: Sequence[Sort] | None) -> list[dict[str, str | bool]] | None:
    """Return the columns to sort by as a question has them."""
    return [column.to_params() for column in order] if order else None


def _path(path: str, identifier: str) -> str:
    return f"{path}/{quote(identifier, safe='')}"


def _precise(error: ServerRefusalError, kind: str, identifier: str) -> Exception:
    """Return what a refusal says: the object is not there, or what the server says."""
    return ObjectNotFoundError(kind, identifier) if error.status == _NOT_FOUND else error

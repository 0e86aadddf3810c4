"""Get artifacts of any kind from the server. Tests: ``tests/api/test_artifact.py``."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simvue.api.access import configured_api
from simvue.api.objects.artifact.base import ArtifactBase, ArtifactSort, Category
from simvue.api.objects.artifact.file import FileArtifact
from simvue.api.objects.artifact.object import ObjectArtifact
from simvue.api.objects.base import Token
from simvue.server.api import Api, Query, path_of
from simvue.server.refusals import ObjectNotFoundError

__all__ = ["Artifact", "ArtifactSort", "ArtifactType", "kind_of"]

ArtifactType = FileArtifact | ObjectArtifact


class Artifact:
    """Any artifact: ``Artifact(identifier)`` is a `FileArtifact` or an `ObjectArtifact`."""

    def __new__(  # type: ignore[misc]  # published as a class
        cls,
        identifier: str | None = None,
        *,
        server_url: str | None = None,
        server_token: Token = None,
        **_: Any,
    ) -> ArtifactType:
        """Fetch the artifact of this identifier.

        Raises:
            ObjectNotFoundError: there is none.
        """
        api = configured_api(server_url=server_url, server_token=server_token)
        row = api.get(path_of("artifacts", identifier or ""))
        return kind_of(row).of(api, {"id": identifier, **row})

    @classmethod
    def get(
        cls,
        *,
        count: int | None = None,
        offset: int | None = None,
        sorting: Sequence[ArtifactSort | Mapping[str, Any]] | None = None,
        server_url: str | None = None,
        server_token: Token = None,
        **query: Any,
    ) -> Iterator[tuple[str, ArtifactType]]:
        """Yield identifier and artifact of those that match, at most `count`, after leaving out `offset`."""
        return ArtifactBase.get(
            count=count, offset=offset, sorting=sorting, server_url=server_url, server_token=server_token, **query
        )

    @classmethod
    def from_run(
        cls,
        run_id: str,
        *,
        category: Category | None = None,
        server_url: str | None = None,
        server_token: Token = None,
    ) -> Iterator[tuple[str, ArtifactType]]:
        """Yield identifier and artifact of those attached to a run, or of one category of them.

        Raises:
            RuntimeError: there is no such run.
        """
        api = configured_api(server_url=server_url, server_token=server_token)
        for row in _attached(api, run_id, {"category": category}):
            yield str(row["id"]), kind_of(row).of(api, row)

    @classmethod
    def from_name(
        cls,
        run_id: str,
        name: str,
        *,
        force_overwrite: bool = False,
        server_url: str | None = None,
        server_token: Token = None,
    ) -> ArtifactType:
        """Return the artifact of this name that is attached to a run.

        With `force_overwrite`, the latest of several of the name.

        Raises:
            ObjectNotFoundError: there is none.
            RuntimeError: there are several, and `force_overwrite` is false.
        """
        api = configured_api(server_url=server_url, server_token=server_token)
        found = [row for row in _attached(api, run_id, {"name": name}) if row["name"] == name]
        if not found:
            raise ObjectNotFoundError("artifact", name, extra=f"none is attached to the run {run_id}")
        if len(found) > 1 and not force_overwrite:
            raise RuntimeError(f"the run {run_id} has {len(found)} artifacts named {name!r}: give force_overwrite=True")
        latest = max(found, key=lambda row: str(row.get("created")))
        return kind_of(latest).of(api, latest)


def _attached(api: Api, run_id: str, query: Query) -> list[dict[str, Any]]:
    try:
        return list(api.get(path_of("runs", run_id, "artifacts"), query=query) or [])
    except ObjectNotFoundError:  # so servers say "none", too
        api.get(path_of("runs", run_id))
        return []


def kind_of(row: Mapping[str, Any]) -> type[ArtifactType]:
    """Return the class for an artifact as the server describes it."""
    return FileArtifact if row.get("original_path") else ObjectArtifact

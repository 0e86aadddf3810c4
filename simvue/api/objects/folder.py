"""Folders on the server. Tests: ``tests/api/test_folder.py``."""

from datetime import datetime
from typing import Any, Self

from simvue.api.access import configured_api
from simvue.api.objects.arguments import Sort
from simvue.api.objects.base import Token
from simvue.api.objects.fields import Field, moment, seconds, shaped, text_or_none, texts
from simvue.api.objects.filter.folder import FoldersFilter
from simvue.api.objects.stars import Starrable
from simvue.models import FOLDER_REGEX, NAME_REGEX
from simvue.server.refusals import ObjectNotFoundError

__all__ = ["Folder", "FolderSort", "get_folder_from_path"]


class FolderSort(Sort):
    """A column to sort folders by."""

    columns = ("created", "modified", "path", "metadata.")


class Folder(Starrable):
    """A folder on the server, which holds runs."""

    _label = "folder"
    _path = "folders"
    _sorting = FolderSort

    path = Field[str]()
    name = Field[str | None](encode=shaped(NAME_REGEX, "a name"))
    description = Field[str | None](encode=text_or_none)
    tags = Field[list[str]](encode=texts)
    metadata = Field[dict[str, Any]](encode=dict)
    ttl = Field[int | None](encode=seconds)
    """Seconds that the server keeps runs of the folder; None is for ever."""
    created = Field[datetime | None](decode=moment)

    @classmethod
    def new(
        cls,
        *,
        path: str,
        offline: bool = False,
        server_url: str | None = None,
        server_token: Token = None,
        **members: Any,
    ) -> Self:
        """Return a new folder; its parents are created with it.

        Where there is one of this path already, `commit` finds it, and changes it to what `members` say.
        """
        given = {"path": shaped(FOLDER_REGEX, "a folder")(path), **members}
        return cls._new(server_url, server_token, offline=offline, **given)

    @classmethod
    def filter(cls) -> FoldersFilter:
        """Return a filter of folders, to be narrowed method by method."""
        return FoldersFilter(cls)

    @property
    def tree(self) -> dict[str, Any]:
        """The folders below this one by name, each with those below it; the first level is this one's path."""
        return _tree(self.path, [one.path for _, one in self._below()])

    def _below(self) -> Any:
        for row in self._api.rows(self._path, query={"filters": [f"path contains {self.path}"]}):
            yield row["id"], Folder.of(self._api, row)

    def delete(  # type: ignore[override]  # parameters by name instead of any
        self,
        *,
        recursive: bool | None = False,
        delete_runs: bool | None = False,
        runs_only: bool | None = False,
    ) -> dict[str, Any]:
        """Delete the folder; return the identifiers of deleted `folders` and `runs`.

        Args:
            recursive: delete the folders below it as well.
            delete_runs: delete its runs instead of refusing because of them.
            runs_only: delete the runs and keep the folder.
        """
        return super().delete(
            recursive=bool(recursive), runs=bool(delete_runs) or bool(runs_only), runs_only=bool(runs_only)
        )

    def _create(self, members: dict[str, Any]) -> Any:
        answer = super()._create(dict(members))
        # The server answers alike with "it exists", and then leaves it as it is.
        details = {key: value for key, value in members.items() if key not in ("path", "starred")}
        if details and "detail" in answer:
            self._api.put(f"{self._path}/{answer['id']}", details)
        return answer


def get_folder_from_path(path: str, *, server_url: str | None = None, server_token: Token = None) -> Folder:
    """Return the folder of exactly this path.

    Raises:
        ObjectNotFoundError: there is none.
    """
    shaped(FOLDER_REGEX, "a folder")(path)
    api = configured_api(server_url=server_url, server_token=server_token)
    for row in api.rows("folders", query={"filters": [f"path == {path}"]}, count=1):
        return Folder.of(api, row)
    raise ObjectNotFoundError("folder", path)


def _tree(root: str, paths: list[str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    base = root.rstrip("/") + "/"
    for path in sorted(paths):
        if path != root and not path.startswith(base):
            continue
        level = tree
        for name in path.strip("/").split("/"):
            level = level.setdefault(name, {}) if name else level
    return tree

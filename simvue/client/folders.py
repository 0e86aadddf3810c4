"""Ask for folders, delete them, delete the runs in them. Tests: tests/client/test_folders.py."""

from collections.abc import Iterator

from simvue.api.objects.folder import Folder, FolderSort
from simvue.client import arguments
from simvue.client.access import Access, sorting
from simvue.client.arguments import ArgumentError, Filters, SortColumns
from simvue.server.refusals import ObjectNotFoundError

__all__ = ["Folders"]


class Folders(Access):
    """The part of a client that is about folders."""

    def get_folder(self, folder_path: str, *, read_only: bool = True) -> "Folder | None":
        """Return the folder at a path, None if there is none; `read_only=False` to change it."""
        conditions = [f"path == {arguments.folder_path(folder_path)}"]
        folder: Folder
        for _, folder in Folder.get(count=1, filters=conditions, **self._server):
            folder.read_only(read_only)
            return folder
        return None

    def get_folders(
        self,
        *,
        filters: Filters | None = None,
        count: int | None = 100,
        start_index: int = 0,
        sort_by_columns: SortColumns | None = None,
    ) -> "Iterator[tuple[str, Folder]]":
        """Return pairs of identifier and folder.

        Args:
            filters: Conditions such as `path contains heat`, or a filter that `Folder.filter()` began.
            count: How many at most; None for all.
            start_index: How many to leave out at the beginning.
            sort_by_columns: Pairs of a column (created, modified, path, `metadata.…`) and whether it is
                descending.
        """
        return Folder.get(
            count=arguments.count(count, "count"),
            offset=arguments.start(start_index, "start_index"),
            sorting=sorting(sort_by_columns, FolderSort),
            filters=arguments.filter_list(filters, "filters"),
            **self._server,
        )

    def delete_runs(self, folder_path: str) -> list[str]:
        """Delete the runs in a folder, which stays; return their identifiers.

        Raises:
            ArgumentError: There is no such folder; a ValueError.
        """
        identifier = self._folder_id(folder_path)
        if identifier is None:
            raise ArgumentError(f"there is no folder {folder_path!r}")
        answer = self._delete("folders", "folder", identifier, {"runs": True, "runs_only": True})
        return list(answer.get("runs", []))

    def delete_folder(
        self, folder_path: str, *, recursive: bool = False, remove_runs: bool = False, allow_missing: bool = False
    ) -> list[str] | None:
        """Delete a folder; return the identifiers of the runs that went with it.

        Args:
            folder_path: The folder.
            recursive: Delete the folders below it, too.
            remove_runs: Delete the runs in it; without it, a folder with runs stays and the server refuses.
            allow_missing: Return None if there is no such folder.

        Raises:
            ObjectNotFoundError: There is no such folder.
            ServerRefusalError: The folder is in use; a RuntimeError.
        """
        identifier = self._folder_id(folder_path)
        if identifier is None:
            if allow_missing:
                return None
            raise ObjectNotFoundError("folder", folder_path)
        query = {"recursive": recursive, "runs": remove_runs, "runs_only": False}
        answer = self._delete("folders", "folder", identifier, query)
        return list(answer.get("runs", []))

    def _folder_id(self, folder_path: str) -> str | None:
        query = {"filters": [f"path == {arguments.folder_path(folder_path)}"]}
        row = next(self._api.rows("folders", query=query, count=1), None)
        return None if row is None else str(row["id"])

"""Ask for artifacts and fetch their content, as values or as files.

Where files go is decided in `downloads`, what bytes mean in `simvue.serialization`.
Tests: tests/client/test_artifacts.py.
"""

import hashlib
import io
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from simvue.api.objects.artifact.fetch import Artifact, ArtifactSort, ArtifactType
from simvue.client import arguments
from simvue.client.access import Access, sorting
from simvue.client.arguments import ArgumentError, SortColumns
from simvue.client.downloads import DownloadError, place_for, verify, write_whole
from simvue.errors import SimvueError
from simvue.server.refusals import ObjectNotFoundError

__all__ = ["Artifacts"]

JSON = "application/json"
PICKLE = "application/octet-stream"
DOWNLOADS_AT_A_TIME = 10


class Artifacts(Access):
    """The part of a client that is about artifacts."""

    def list_artifacts(
        self, run_id: str, sort_by_columns: SortColumns | None = None
    ) -> "Iterator[tuple[str, ArtifactType]]":
        """Return pairs of identifier and artifact, of the artifacts of a run.

        Args:
            run_id: The run.
            sort_by_columns: Pairs of a column (name, created, `metadata.…`) and whether it is descending.
        """
        order = sorting(sort_by_columns, ArtifactSort)
        return Artifact.get(sorting=order, runs=[arguments.text(run_id, "run_id")], **self._server)

    def get_artifact(self, run_id: str, name: str, *, allow_pickle: bool = False) -> Any:
        """Return an artifact as what it was: an array, a data frame, a figure, JSON; otherwise as bytes.

        Args:
            run_id: The run.
            name: The artifact's name.
            allow_pickle: Unpickle content of unknown kind. That executes code which whoever recorded the run
                chose: only for runs of people you trust.

        Raises:
            ObjectNotFoundError: The run has no such artifact.
            ArgumentError: It has several of this name; a RuntimeError.
            DownloadError: The content is not what was uploaded; a RuntimeError.
        """
        from simvue.serialization import deserialize_data  # noqa: PLC0415 - only this needs it

        artifact = self._only(run_id, name)
        content = io.BytesIO()
        self._api.download(_url(artifact), content)
        data = content.getvalue()
        verify(hashlib.sha256(data).hexdigest(), artifact.get("checksum"), name)
        kind = str(artifact["mime_type"])
        value = deserialize_data(data, kind, allow_pickle=allow_pickle)
        may_be_none = kind == JSON or (kind == PICKLE and allow_pickle)
        return data if value is None and not may_be_none else value

    def get_artifact_as_file(self, run_id: str, name: str, output_dir: str | os.PathLike[str] | None = None) -> None:
        """Write the content of an artifact into a directory, slashes in its name as directories below it.

        A file that is there is replaced, and only by a whole one.

        Args:
            run_id: The run.
            name: The artifact's name.
            output_dir: A directory that exists; by default the working directory.

        Raises:
            ObjectNotFoundError: The run has no such artifact.
            ArgumentError: It has several of this name, or there is no such directory; a RuntimeError.
            DownloadError: Its name leads out of the directory, or its content is not what was uploaded; a
                RuntimeError.
            OSError: It cannot be written.
        """
        directory = arguments.directory(output_dir)
        self._fetch(self._only(run_id, name), place_for(name, directory))

    def get_artifacts_as_files(
        self,
        run_id: str,
        category: Literal["input", "output", "code"] | None = None,
        output_dir: str | os.PathLike[str] | None = None,
    ) -> None:
        """Write the artifacts of a run into a directory, ten at a time; see `get_artifact_as_file`.

        Of several that have one name the newest is written. One that fails does not keep the others from
        being written.

        Args:
            run_id: The run.
            category: Only the inputs, the outputs or the code.
            output_dir: A directory that exists; by default the working directory.

        Raises:
            ObjectNotFoundError: There is no such run.
            DownloadError: Some could not be written; the message lists them with the reasons.
        """
        directory = arguments.directory(output_dir)
        if category is not None:
            arguments.choice(category, "category", ("input", "output", "code"))
        problems: list[str] = []
        chosen: dict[Path, Mapping[str, Any]] = {}
        found = sorted(self._of_run(run_id, category=category), key=lambda row: str(row.get("created")))
        for artifact in found:
            try:
                chosen[place_for(str(artifact["name"]), directory)] = artifact
            except DownloadError as error:
                problems.append(str(error))
        with ThreadPoolExecutor(DOWNLOADS_AT_A_TIME, thread_name_prefix="simvue-download") as pool:
            tasks = {place: pool.submit(self._fetch, artifact, place) for place, artifact in chosen.items()}
            try:
                problems += _failures(tasks)
            except BaseException:  # an interrupt, for example: what has not begun is not begun
                pool.shutdown(cancel_futures=True)
                raise
        if problems:
            raise DownloadError("\n".join([f"{len(problems)} of {len(found)} artifacts were not written:", *problems]))

    def _fetch(self, artifact: Mapping[str, Any], target: Path) -> None:
        write_whole(target, partial(self._api.download, _url(artifact)), artifact.get("checksum"))

    def _of_run(self, run_id: str, **query: str | None) -> list[dict[str, Any]]:
        run = arguments.text(run_id, "run_id")
        found: list[dict[str, Any]]
        try:
            found = self._api.get(f"runs/{quote(run, safe='')}/artifacts", query=query) or []
        except ObjectNotFoundError:  # so some servers say that the run has none
            self._run(run)
            found = []
        return found

    def _only(self, run_id: str, name: str) -> dict[str, Any]:
        """Return the one artifact of a run that has this name."""
        wanted = arguments.text(name, "name")
        found = [row for row in self._of_run(run_id, name=wanted) if row["name"] == wanted]
        if not found:
            raise ObjectNotFoundError("artifact", wanted, f"run {run_id} has none of this name")
        if len(found) > 1:
            raise ArgumentError(
                f"run {run_id} has {len(found)} artifacts called {wanted!r}: choose one of list_artifacts, "
                "or get_artifacts_as_files, which writes the newest"
            )
        return found[0]


def _failures(tasks: Mapping[Path, "Future[None]"]) -> Iterator[str]:
    """Wait for the downloads and yield what went wrong."""
    for place, task in tasks.items():
        try:
            task.result()
        except (SimvueError, OSError) as error:
            yield f"{place}: {error}"


def _url(artifact: Mapping[str, Any]) -> str:
    url = artifact.get("url")
    if not url:
        raise DownloadError(f"the artifact {artifact.get('name')!r} has no content: its upload was not finished")
    return str(url)

"""What all kinds of artifacts have in common: they are described, uploaded, and attached to runs.

An artifact is uploaded when it is made, because its content may change at any time. Tests:
``tests/api/test_artifact.py``.
"""

import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self

from simvue.api.objects.arguments import Sort
from simvue.api.objects.base import SimvueObject
from simvue.api.objects.fields import Field, moment, one_of, shaped
from simvue.api.url import URL
from simvue.models import NAME_REGEX
from simvue.server.api import Api, path_of

__all__ = ["ArtifactBase", "ArtifactSort", "Category"]

Category = Literal["code", "input", "output"]
_category = one_of("code", "input", "output")
_PIECE = 1 << 20
_IN_MEMORY = 1 << 24


class ArtifactSort(Sort):
    """A column to sort artifacts by."""

    columns = ("name", "created", "metadata.")


class ArtifactBase(SimvueObject):
    """An artifact on the server, whatever its kind."""

    _label = "artifact"
    _path = "artifacts"
    _sorting = ArtifactSort
    _upload_url: str | None = None

    name = Field[str](encode=shaped(NAME_REGEX, "a name"))
    original_path = Field[str]()
    """Where the file was when it was uploaded; empty for objects."""
    checksum = Field[str]()
    """SHA-256 of the content, in hexadecimal digits."""
    size = Field[int]()
    """Bytes of the content."""
    mime_type = Field[str]()
    storage_id = Field[str | None]()
    uploaded = Field[bool](encode=bool)
    """Whether the server has the content."""
    metadata = Field[dict[str, Any] | None](encode=lambda facts: None if facts is None else dict(facts))
    created = Field[datetime | None](decode=moment)
    download_url = Field[str | None]("url")
    """A signed address of the content, which ends to work after a while."""

    @property
    def storage_url(self) -> URL | None:
        """Where the content was sent by this program; None for an artifact that was there already."""
        return None if self._upload_url is None else URL(self._upload_url)

    @property
    def runs(self) -> Iterator[str]:
        """The identifiers of the runs that the artifact is attached to."""
        query = {"filters": [f"artifact.id == {self._identifier}"]}
        return (str(row["id"]) for row in self._api.rows("runs", query=query))

    def attach_to_run(self, run_id: str, category: Category) -> dict[str, Any]:
        """Attach the artifact to a run, or change its category there."""
        path = f"{path_of('runs', run_id)}/{self._own_path()}"
        return dict(self._api.put(path, {"category": _category(category)}) or {})

    def get_category(self, run_id: str) -> Category:
        """Return what the artifact is to a run.

        Raises:
            ObjectNotFoundError: it is not attached to this run.
        """
        category: Category = self._api.get(f"{path_of('runs', run_id)}/{self._own_path()}")["category"]
        return category

    def download_content(self) -> Iterator[bytes]:
        """Yield the content, piece by piece.

        Raises:
            RuntimeError: the server does not have it, or the storage refuses it.
        """
        url = self.download_url
        if not url:
            raise RuntimeError(f"the server has no content of the artifact {self.name!r}: it was not uploaded")
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as content:
            self._api.download(url, content)  # type: ignore[arg-type]  # all that a file of bytes has, it has
            content.seek(0)
            while piece := content.read(_PIECE):
                yield piece

    def upload(self, source: Path | bytes) -> Self:
        """Describe a new artifact to the server as it is staged, and send its content unless the server has it."""
        name = Path(str(self._staged["original_path"])).name or "file"
        answer = self.commit()
        if answer.get("url"):
            self._upload_url = str(answer["url"])
            self._api.upload(self._upload_url, answer.get("fields"), source, name)
            self._api.put(self._own_path(), {"uploaded": True})
        return self

    @classmethod
    def _from_row(cls, api: Api, row: Mapping[str, Any]) -> SimvueObject:
        from simvue.api.objects.artifact.fetch import kind_of  # noqa: PLC0415 - it knows all kinds

        return kind_of(row).of(api, row)

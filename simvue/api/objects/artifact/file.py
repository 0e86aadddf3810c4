"""Artifacts that are files. Tests: ``tests/api/test_artifact.py``."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from simvue.api.objects.artifact.base import ArtifactBase
from simvue.api.objects.base import Token
from simvue.utilities import calculate_file_sha256, get_mimetype_for_file

__all__ = ["FileArtifact"]


class FileArtifact(ArtifactBase):
    """A file that the server keeps."""

    @classmethod
    def new(
        cls,
        *,
        name: str,
        storage: str | None = None,
        file_path: str | Path,
        mime_type: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        upload_timeout: int | None = None,
        offline: bool = False,
        snapshot: bool = False,
        server_url: str | None = None,
        server_token: Token = None,
        **_: Any,
    ) -> Self:
        """Upload a file, and return its artifact; attach it with `attach_to_run`.

        Args:
            name: the artifact's name.
            storage: accepted and not sent: the server chooses.
            file_path: the file.
            mime_type: the type of its content; by default that which its name tells.
            metadata: facts about it.
            upload_timeout: accepted: the time that an upload may take follows from its size.
            offline: not offered; see `simvue.api.objects.base`.
            snapshot: copy the file first, because it may change while it is sent.
            server_url: as in `simvue.api.access`.
            server_token: as in `simvue.api.access`.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the name cannot be used.
            RuntimeError: the server or the storage refuses it.
        """
        del storage, upload_timeout
        path = Path(file_path).resolve(strict=True)
        with tempfile.TemporaryDirectory(prefix="simvue-") as directory:
            source = Path(shutil.copyfile(path, Path(directory, "snapshot"))) if snapshot else path
            description: dict[str, Any] = {
                "name": name,
                "original_path": str(path),
                "size": source.stat().st_size,
                "mime_type": mime_type or get_mimetype_for_file(path),
                "checksum": calculate_file_sha256(source),
                "metadata": metadata,
            }
            return cls._new(server_url, server_token, offline=offline, **description).upload(source)

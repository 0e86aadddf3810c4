"""Artifacts that are objects of Python. Tests: ``tests/api/test_artifact.py``."""

from collections.abc import Mapping
from typing import Any, Self

from simvue.api.objects.artifact.base import ArtifactBase
from simvue.api.objects.base import Token
from simvue.serialization import serialize_object
from simvue.utilities import calculate_object_sha256

__all__ = ["ObjectArtifact"]


class ObjectArtifact(ArtifactBase):
    """An object that the server keeps as bytes."""

    @classmethod
    def new(
        cls,
        *,
        name: str,
        storage: str | None = None,
        obj: object,
        metadata: Mapping[str, Any] | None = None,
        upload_timeout: int | None = None,
        allow_pickling: bool = True,
        offline: bool = False,
        server_url: str | None = None,
        server_token: Token = None,
        **_: Any,
    ) -> Self:
        """Upload an object, and return its artifact; attach it with `attach_to_run`.

        How objects become bytes says `simvue.serialization`; what has no form of its own is pickled if
        `allow_pickling`. The other parameters are as of `FileArtifact.new`.

        Raises:
            ValueError: the object has no form without pickling, or the name cannot be used.
            RuntimeError: the server or the storage refuses it.
        """
        del storage, upload_timeout
        serialized = serialize_object(obj, allow_pickle=allow_pickling)
        if serialized is None:
            raise ValueError(f"a {type(obj).__name__} can only be pickled: give allow_pickling=True to allow it")
        content, mime_type = serialized
        description: dict[str, Any] = {
            "name": name,
            "original_path": "",
            "size": len(content),
            "mime_type": mime_type,
            "checksum": calculate_object_sha256(content),
            "metadata": metadata,
        }
        return cls._new(server_url, server_token, offline=offline, **description).upload(content)

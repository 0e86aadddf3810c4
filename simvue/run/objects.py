"""Artifacts made of Python objects, of directories and of lists.

Bytes of objects come from `simvue.serialization` and are put aside by `simvue.journal.content`; single files
are saved in `simvue.run.recording`. Tests: tests/run/test_objects.py.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from simvue.config import Settings
from simvue.core import arguments
from simvue.core.plain import Json
from simvue.errors import WriterError
from simvue.journal.content import keep
from simvue.journal.warning import warn
from simvue.run.recording import Recording

__all__ = ["Saving"]


class Saving(Recording):
    """The methods of `Run` that save more than one file at a known place."""

    _settings: Settings

    def save_object(
        self,
        obj: object,
        category: Literal["input", "output", "code"],
        name: str | None = None,
        allow_pickle: bool = False,  # noqa: FBT001, FBT002 - positional in the published client
        metadata: Mapping[str, object] | None = None,
    ) -> bool:
        """Record a Python object as an artifact; its bytes are put aside now, so it may change afterwards.

        Args:
            obj: An array of numpy, a DataFrame of pandas, a tensor of torch or its `state_dict`, a figure of plotly or
                matplotlib, the module pyplot for its current figure, or anything that JSON has.
            category: What it is to the run.
            name: The artifact's name; by default the name of the type and a number.
            allow_pickle: Pickle an object of any other type. Whoever reads it back has to trust this run.
            metadata: Facts about it.

        Returns:
            Whether it is recorded; False, with a warning, also where its bytes cannot be put aside.
        """
        if self._writer is None:
            return self._is_idle("save_object")
        try:
            members = self._object_members(obj, category, name, metadata, allow_pickle=allow_pickle)
        except WriterError as error:
            return self._refuse(error)
        except OSError as error:
            warn(f"an object could not be put aside in {self._artifacts()}, and is not recorded: {error.strerror}")
            return False
        return self._record("save_object", "artifact", lambda: members)

    def save_directory(
        self,
        directory: str | os.PathLike[str],
        category: Literal["input", "output", "code"],
        file_type: str | None = None,
        preserve_path: bool = False,  # noqa: FBT001, FBT002 - as in save_file
    ) -> bool:
        """Record every file below a directory as an artifact.

        Links to directories are not followed, and the cache of this run is left out.

        Args:
            directory: The directory; the sender reads the files there when it delivers.
            category: What they are to the run.
            file_type: Their media type; by default guessed from each name.
            preserve_path: Name the artifacts by the path as given. Otherwise an artifact has the path from this
                directory as its name, so that files of one name in several directories stay apart.
        """
        return self.save_all([directory], category, file_type, preserve_path)

    def save_all(
        self,
        items: Iterable[str | os.PathLike[str]],
        category: Literal["input", "output", "code"],
        file_type: str | None = None,
        preserve_path: bool = False,  # noqa: FBT001, FBT002 - as in save_file
    ) -> bool:
        """Record files, and every file below directories, as artifacts; see `save_file` and `save_directory`.

        Nothing is recorded if one of the items does not exist or a file's path cannot name an artifact.
        """
        if self._writer is None:
            return self._is_idle("save_all")
        try:
            files = self._files(items, preserve_path=preserve_path)
        except WriterError as error:
            return self._refuse(error)
        saved = [self.save_file(path, category, file_type, name=name) for path, name in files]
        return all(saved)

    def _files(self, items: Iterable[str | os.PathLike[str]], *, preserve_path: bool) -> list[tuple[Path, str]]:
        """Return the files that these items are, each with the name of its artifact."""
        if isinstance(items, str | bytes | os.PathLike):
            raise WriterError(f"items={items!r}: give a list of paths")
        caches = {os.path.realpath(place) for place in (self._settings.cache, self._artifacts().parent)}
        files = []
        for item in map(Path, items):
            if item.is_dir():
                found = [(path, path if preserve_path else path.relative_to(item)) for path in _below(item, caches)]
            elif item.is_file():
                found = [(item, item if preserve_path else Path(item.name))]
            else:
                raise WriterError(f"there is no file or directory {item.absolute()}")
            files += [(path, arguments.run_name(name.as_posix(), f"the name of {path}")) for path, name in found]
        return files

    def _object_members(
        self, obj: object, category: str, name: str | None, metadata: Mapping[str, object] | None, *, allow_pickle: bool
    ) -> dict[str, Json]:
        arguments.choice(category, "category", ("input", "output", "code"))
        if category == "output" and self._status == "created":
            raise WriterError("a run that is only announced has no outputs: use init(running=True)")
        kind = type(obj).__name__.lower()
        members: dict[str, Json] = {
            "name": arguments.run_name(f"{kind}_{id(obj)}" if name is None else name),
            "category": category,
        }
        if metadata is not None:
            members["metadata"] = arguments.metadata_of(metadata)
        data, media_type = _bytes_of(obj, allow_pickle=allow_pickle)
        content = keep(data, self._artifacts())
        return {**members, "stored": True, "size": content.size, "sha256": content.sha256, "mimetype": media_type}


def _bytes_of(obj: object, *, allow_pickle: bool) -> tuple[bytes, str]:
    from simvue.serialization import serialize_object  # noqa: PLC0415 - pickle and json, for those who save objects

    kind = f"{type(obj).__module__}.{type(obj).__qualname__}"
    try:
        found = serialize_object(obj, allow_pickle=allow_pickle)
    except Exception as error:  # pickling runs code of the object's own
        raise WriterError(f"an object of type {kind} cannot be saved: {error}") from error
    if found is None:
        hint = "save it with allow_pickle=True, or write it to a file and use save_file"
        raise WriterError(f"an object of type {kind} has no form of its own: {hint}")
    return found


def _below(directory: Path, caches: set[str]) -> Iterator[Path]:
    """Yield the files below a directory in the order of their names, none of the caches."""
    for place, directories, names in os.walk(directory):
        top = Path(place)
        directories[:] = sorted(name for name in directories if os.path.realpath(top / name) not in caches)
        yield from (path for path in (top / name for name in sorted(names)) if path.is_file())

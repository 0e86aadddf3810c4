"""What a JavaScript project is built on: package-lock.json. Tests: tests/metadata/test_languages.py."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simvue.metadata.files import bounded, read_json, table, texts

__all__ = ["javascript_facts"]

_MODULES = "node_modules/"
_DEEPEST = 50


def javascript_facts(directory: Path) -> dict[str, Any]:
    """Return `project` and `environment` of the lock file in a directory, of the formats 1 to 3.

    Of a package that is installed several times, the version nearest to the project counts.
    """
    lock = read_json(directory / "package-lock.json")
    if not lock:
        return {}
    found = sorted(_listed(lock) or _nested(lock, 1), key=lambda package: package[0])
    nearest = {name: version for _, name, version in reversed(found)}
    return {"project": texts(lock, "name", "version"), "environment": bounded(sorted(nearest.items()))}


def _listed(lock: dict[str, Any]) -> list[tuple[int, str, Any]]:
    """Return depth, name and version of the packages in the formats 2 and 3, which have a path for each."""
    paths = table(lock, "packages").items()
    return [
        (path.count(_MODULES), path.rpartition(_MODULES)[2], entry.get("version"))
        for path, entry in paths
        if _MODULES in path and isinstance(entry, dict)
    ]


def _nested(place: dict[str, Any], depth: int) -> Iterator[tuple[int, str, Any]]:
    """Yield the same of format 1, where packages stand within packages."""
    if depth > _DEEPEST:
        return
    for name, entry in table(place, "dependencies").items():
        if isinstance(entry, dict):
            yield depth, name, entry.get("version")
            yield from _nested(entry, depth + 1)

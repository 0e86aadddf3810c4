"""Files that say what a project is built on, read with care: they are other tools', and may hold anything.

Tests: tests/metadata/test_files.py.
"""

import json
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from simvue.core.plain import text
from simvue.journal.warning import warn

__all__ = ["bounded", "packages", "read_json", "read_text", "read_toml", "table", "texts"]

_LARGEST_FILE = 16 << 20
_LONGEST_NAME = 250
_LARGEST_ENVIRONMENT = 400_000  # bytes; several of them, and what is around them, fit into records


def read_text(path: Path) -> str | None:
    """Return a file's text; None, with a warning unless it is not there, if it cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        warn(f"{path} cannot be read, and its facts are not recorded: {error.strerror}")
        return None
    if len(content) > _LARGEST_FILE:
        warn(f"{path} is larger than {_LARGEST_FILE} bytes, and its facts are not recorded")
        return None
    return content.decode(errors="replace")


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file; none, with a warning unless it is not there, if it is no such file."""
    return _parsed(path, tomllib.loads)


def read_json(path: Path) -> dict[str, Any]:
    """Return the object of a JSON file, as `read_toml` does."""
    return _parsed(path, json.loads)


def table(value: object, *keys: str) -> dict[str, Any]:
    """Return the table under these keys; an empty one where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def texts(values: dict[str, Any], *keys: str) -> dict[str, str]:
    """Return those of the keys that have a text."""
    return {key: text(values[key])[:_LONGEST_NAME] for key in keys if isinstance(values.get(key), str)}


def packages(entries: object) -> dict[str, str]:
    """Return versions by name from a list of tables with `name` and `version`, as lock files have it."""
    if not isinstance(entries, list):
        return {}
    return bounded((entry.get("name"), entry.get("version")) for entry in entries if isinstance(entry, dict))


def bounded(versions: Iterable[tuple[object, object]]) -> dict[str, str]:
    """Return versions by name as metadata can hold them; what is beyond 400 kB is left out with a warning."""
    found: dict[str, str] = {}
    size = 0
    for name, version in versions:
        if not isinstance(name, str) or not isinstance(version, str):
            continue
        key, value = text(name), text(version)[:_LONGEST_NAME]
        if not 0 < len(key.encode()) <= _LONGEST_NAME:
            continue
        size += len(key.encode()) + len(value.encode()) + 6
        if size > _LARGEST_ENVIRONMENT:
            warn(f"the environment has more packages than metadata can hold: only {len(found)} are recorded")
            break
        found[key] = value
    return found


def _parsed(path: Path, parse: Any) -> dict[str, Any]:
    content = read_text(path)
    if content is None:
        return {}
    try:
        return table(parse(content))
    except (ValueError, RecursionError) as error:
        warn(f"{path} is not what its name says, and its facts are not recorded: {error}")
        return {}

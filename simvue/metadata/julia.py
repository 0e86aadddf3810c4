"""What a Julia project is built on: Project.toml and Manifest.toml. Tests: tests/metadata/test_languages.py."""

from pathlib import Path
from typing import Any

from simvue.metadata.files import bounded, read_toml, table, texts

__all__ = ["julia_facts"]


def julia_facts(directory: Path) -> dict[str, Any]:
    """Return `project` and `environment` of the project in a directory.

    Versions are those that are installed, from the manifest; without one, those that the project asks for.
    """
    project = read_toml(directory / "Project.toml")
    manifest = read_toml(directory / "Manifest.toml")
    if not project and not manifest:
        return {}
    entries = table(manifest, "deps") or manifest  # the first format has them at the top
    found = {name: entry[0].get("version") for name, entry in entries.items() if _is_entry(entry)}
    asked = {name: table(project, "compat").get(name) for name in table(project, "deps")}
    return {"project": texts(project, "name", "uuid", "version"), "environment": bounded((found or asked).items())}


def _is_entry(entry: object) -> bool:
    return isinstance(entry, list) and bool(entry) and isinstance(entry[0], dict)

"""What a Rust project is built on: Cargo.toml and Cargo.lock. Tests: tests/metadata/test_languages.py."""

from pathlib import Path
from typing import Any

from simvue.metadata.files import packages, read_toml, table, texts

__all__ = ["rust_facts"]


def rust_facts(directory: Path) -> dict[str, Any]:
    """Return `project` and `environment` of the crate in a directory."""
    project = texts(table(read_toml(directory / "Cargo.toml"), "package"), "name", "version")
    versions = packages(read_toml(directory / "Cargo.lock").get("package"))
    facts: dict[str, Any] = {"project": project, "environment": versions}
    return {name: found for name, found in facts.items() if found}

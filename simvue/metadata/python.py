"""What a Python project is built on: its lock file, a conda environment, or what is installed.

Tests: tests/metadata/test_python.py.
"""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from simvue.metadata.files import bounded, packages, read_text, read_toml, table, texts

__all__ = ["python_facts"]

_LOCKS = ("poetry.lock", "uv.lock")
_CONDA = ("environment.yml", "environment.yaml")
_INSTALLED = (".dist-info", ".egg-info")
_ITEM = re.compile(r"( *)- *(.*)")
_PACKAGE = re.compile(r"(?:[\w.-]+::)?([\w.-]+)(?:\[[^\]]*\])?\s*(?:[=~<>!]=?=?)\s*([^\s,=;|]+)")
_FIELD = re.compile(r"^(Name|Version): *(\S+)", re.MULTILINE)
_BEGINNING = 2048
"""Bytes that hold the name and the version of a package: its description, which can be long, follows them."""


def python_facts(directory: Path) -> dict[str, Any]:
    """Return `project` and `environment` of a directory.

    The environment is that of `poetry.lock`, else of `uv.lock`, else of conda's `environment.yml`, else what this
    interpreter can import.
    """
    described = read_toml(directory / "pyproject.toml")
    project = texts(table(described, "tool", "poetry") | table(described, "project"), "name", "version")
    facts: dict[str, Any] = {"project": project} if project else {}
    facts["environment"] = _locked(directory) or _conda(directory) or bounded(_installed())
    return facts


def _locked(directory: Path) -> dict[str, str]:
    for name in _LOCKS:
        found = packages(read_toml(directory / name).get("package"))
        if found:
            return found
    return {}


def _conda(directory: Path) -> dict[str, str]:
    for name in _CONDA:
        content = read_text(directory / name)
        if content is not None:
            return bounded(_required(content))
    return {}


def _required(content: str) -> Iterator[tuple[str, str]]:
    """Yield names and versions of `dependencies`, those for pip too; without a version they say nothing.

    Only lists of one entry a line are understood, as conda writes them: it takes no parser of YAML.
    """
    is_within = False
    for line in content.splitlines():
        if line[:1] not in ("", " ", "-", "#"):
            is_within = line.startswith("dependencies:")
        item = _ITEM.match(line)
        if is_within and item is not None:
            package = _PACKAGE.match(item[2].partition(" #")[0].strip(" \"'"))
            if package is not None:
                yield package[1], package[2]


def _installed() -> list[tuple[str, str]]:
    """Return names and versions of what can be imported, the first of a name where there are several.

    Only the beginning of a file for each package is read: `importlib.metadata` parses them whole.
    """
    found: dict[str, tuple[str, str]] = {}
    for place in sys.path:
        with suppress(OSError):
            for entry in os.scandir(place or "."):
                if entry.name.endswith(_INSTALLED):
                    name, version = _described(entry.path, entry.name.rpartition(".")[0])
                    if version:
                        found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), (name, version))
    return [found[folded] for folded in sorted(found)]


def _described(directory: str, stem: str) -> tuple[str, str]:
    """Return the name and the version of an installed package, as its author writes them."""
    name, _, version = stem.partition("-")
    for file in ("METADATA", "PKG-INFO"):
        with suppress(OSError):
            descriptor = os.open(os.path.join(directory, file), os.O_RDONLY | os.O_CLOEXEC)  # noqa: PTH118 - many of them
            try:
                head = os.read(descriptor, _BEGINNING).decode(errors="replace").partition("\n\n")[0]
            finally:
                os.close(descriptor)
            fields = dict(reversed(_FIELD.findall(head)))
            return fields.get("Name", name), fields.get("Version", version)
    return name, version

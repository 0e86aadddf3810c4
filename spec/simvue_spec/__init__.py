"""Find the files of the journal specification: prose, schemas, vectors, register.

It locates and loads files, with ``json`` alone. What they mean is written in the prose; who enforces them
are ``simvue`` (client and sender) and ``simvue_conformance`` (the judge). The register is made from the prose
by :mod:`simvue_spec.register`.
Tests: ``tests/spec/``.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

__all__ = [
    "VERSION",
    "Level",
    "Requirement",
    "Vector",
    "index",
    "kinds",
    "requirements",
    "root",
    "schema",
    "vectors",
]

VERSION = "1.0"
"""The version of the journal format that the files describe."""

Level = Literal["MUST", "SHOULD", "MAY", "none"]

_SCHEMA_SUFFIX = ".schema.json"


def root(major: int = 1) -> Traversable:
    """Return the folder of a major version of the specification.

    An installed wheel carries the folder inside the package; a checkout has it beside the
    package, so that an edited vector is live at once.
    """
    packaged = files(__name__).joinpath(f"v{major}")
    if packaged.is_dir():
        return packaged
    return Path(__file__).parent.parent / f"v{major}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A paragraph of the prose that begins with an identifier."""

    id: str
    level: Level
    chapter: str
    text: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """A journal and what every reader has to make of it. ``vectors/README.md`` has the shapes."""

    path: str
    group: Literal["valid", "invalid", "damaged"]
    title: str
    requirements: tuple[str, ...]
    state: Literal["live", "dead"]
    line: int | None
    journal: bytes
    expected: dict[str, Any]


def kinds() -> tuple[str, ...]:
    """Return the names of all kinds of record, the header's included, in alphabetical order."""
    names = (entry.name for entry in root().joinpath("schemas").iterdir())
    return tuple(sorted(name.removesuffix(_SCHEMA_SUFFIX) for name in names if name.endswith(_SCHEMA_SUFFIX)))


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema (draft-07) of a kind.

    Raises:
        KeyError: the specification has no such kind.
    """
    if kind not in kinds():
        raise KeyError(kind)
    content: dict[str, Any] = _load(root().joinpath("schemas", f"{kind}{_SCHEMA_SUFFIX}"))
    return content


def requirements() -> dict[str, Requirement]:
    """Return the register of all requirements by identifier, in the order of the chapters."""
    register = _load(root().joinpath("requirements.json"))
    return {name: Requirement(id=name, **members) for name, members in register["requirements"].items()}


def index() -> tuple[str, ...]:
    """Return the folders of all vectors, relative to the folder ``vectors``, as ``index.txt`` lists them."""
    return tuple(root().joinpath("vectors", "index.txt").read_text(encoding="utf-8").split())


def vectors() -> Iterator[Vector]:
    """Yield every vector, in the order of the index."""
    for path in index():
        yield _vector(path)


def _vector(path: str) -> Vector:
    folder = root().joinpath("vectors", *path.split("/"))
    description = _load(folder.joinpath("vector.json"))
    group: Any = path.split("/", maxsplit=1)[0]
    return Vector(
        path=path,
        group=group,
        title=description["title"],
        requirements=tuple(description["requirements"]),
        state=description["state"],
        line=description.get("line"),
        journal=_journal(folder, description),
        expected=_load(folder.joinpath("expected.json")),
    )


def _journal(folder: Traversable, description: dict[str, Any]) -> bytes:
    """Read the journal, or make it where the vector describes it: ``make`` is ``[[text, times], …]``."""
    if "make" in description:
        return b"".join(text.encode() * times for text, times in description["make"])
    return folder.joinpath("journal.jsonl").read_bytes()


def _load(file: Traversable) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))

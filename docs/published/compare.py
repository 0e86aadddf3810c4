"""Hold the published client's names against this package, and write what came of it into a page.

    python -m docs.published.compare     # after a public name, or a verdict on one, has changed

`names.json` has the facts: what the published client offers (tests/interop/surface.py writes it). A name that this
package has too, with the same parameters and defaults, is *same* by inspection; every other one needs a verdict in
`verdicts.toml`. Tests: tests/docs/test_published.py.
"""

import enum
import importlib
import inspect
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import groupby
from pathlib import Path
from typing import Any, TypeAlias

__all__ = ["PAGE", "Row", "Verdict", "page", "problems", "rows", "verdicts"]

HERE = Path(__file__).parent
PAGE = HERE.parent / "pages" / "reference" / "published-client.md"
Parameters: TypeAlias = list[list[str]]
_MISSING = object()
_MARK = "<!-- table -->\n"
_FIRST = ("simvue", "simvue.run", "simvue.client", "simvue.handler", "simvue.executor", "simvue.metadata")
"""What most readers look for."""


class Word(enum.StrEnum):
    """What becomes of a name."""

    SAME = "same"
    BETTER = "better"
    ABSENT = "not offered"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision about the names that match a pattern, and its reason."""

    pattern: str
    word: Word
    why: str


@dataclass(frozen=True, slots=True)
class Row:
    """One published name, with its module; `difference` says what inspection found, empty if nothing."""

    module: str
    name: str
    difference: str
    verdict: Verdict | None

    @property
    def word(self) -> Word | None:
        """What the table says; None where a verdict is still owed."""
        if self.verdict is not None:
            return self.verdict.word
        return None if self.difference else Word.SAME


def verdicts() -> list[Verdict]:
    """Return the decisions, the most particular pattern first."""
    content = tomllib.loads((HERE / "verdicts.toml").read_text(encoding="utf-8"))
    found = [Verdict(pattern, Word(word), why) for word, table in content.items() for pattern, why in table.items()]
    return sorted(found, key=lambda each: ("*" in each.pattern, -len(each.pattern)))


def rows() -> list[Row]:
    """Return every published name, in order, with what inspection finds and what was decided."""
    decided = verdicts()
    return [Row(module, name, difference, _verdict(name, decided)) for module, name, difference in _compared()]


def problems(found: list[Row]) -> list[str]:
    """Return what keeps the table from being true: verdicts owed, verdicts that fit nothing, or not the facts."""
    used = {row.verdict.pattern for row in found if row.verdict}
    owed = [f"{row.name}: {row.difference}" for row in found if row.word is None]
    idle = [f"{each.pattern}: no name matches this verdict" for each in verdicts() if each.pattern not in used]
    stale = [
        f"{row.name}: it is there, but the verdict says that it is not offered"
        for row in found
        if row.word is Word.ABSENT and not row.difference.startswith("there is no")
    ]
    missing = [
        f"{row.name}: {row.difference}, but the verdict says {row.word}"
        for row in found
        if row.word in (Word.SAME, Word.BETTER) and row.difference.startswith("there is no")
    ]
    return [*owed, *idle, *stale, *missing]


def _verdict(name: str, decided: list[Verdict]) -> Verdict | None:
    return next((each for each in decided if fnmatchcase(name, each.pattern)), None)


def _compared() -> Iterator[tuple[str, str, str]]:
    published = json.loads((HERE / "names.json").read_text(encoding="utf-8"))["modules"]
    for module, names in sorted(published.items()):
        for name, what in names.items():
            ours = _find(module, name)
            full = f"{module}.{name}"
            yield module, full, _difference(what, ours, full)
            if isinstance(what, dict):
                for member, parameters in what["members"].items():
                    if member != "__init__":
                        yield module, f"{full}.{member}", _of_member(ours, member, parameters, f"{full}.{member}")


def _find(module: str, name: str) -> Any:
    try:
        return getattr(importlib.import_module(module), name, _MISSING)
    except ImportError:
        return _MISSING


def _of_member(ours: Any, member: str, parameters: Parameters | str, full: str) -> str:
    if ours is _MISSING:
        return f"there is no {full}"
    found = inspect.getattr_static(ours, member, _MISSING)
    if found is _MISSING:
        return f"there is no {full}"
    if isinstance(parameters, str):
        return ""
    if isinstance(found, property) or not callable(getattr(ours, member)):
        return "it is no method here"
    return _of_parameters(parameters, getattr(ours, member))


def _difference(what: Any, ours: Any, full: str) -> str:
    if ours is _MISSING:
        return f"there is no {full}"
    if isinstance(what, str):
        return ""
    if isinstance(what, list):
        return _of_parameters(what, ours)
    parameters = what["members"].get("__init__")
    return _of_parameters(parameters, ours) if isinstance(parameters, list) else ""


def _of_parameters(published: Parameters, ours: Any) -> str:
    """Return the first parameter that a call written for the published client could miss here."""
    try:
        own = {key: value for key, value in inspect.signature(ours).parameters.items() if key not in ("self", "cls")}
    except (TypeError, ValueError):
        return ""
    takes_any = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in own.values())
    for place, (name, kind, default) in enumerate(published):
        if kind in ("*", "**"):
            continue
        mine = own.get(name)
        if mine is None:
            if takes_any and kind == "k":
                continue
            return f"there is a parameter less: {name}"
        if kind != "k" and (mine.kind is inspect.Parameter.KEYWORD_ONLY or list(own).index(name) != place):
            return f"{name} is not at its place"
        if default == "" and mine.default is not mine.empty:
            continue  # what had to be given may be given
        if default and mine.default is mine.empty:
            return f"{name} has no default here"
        if default and default != "..." and repr(mine.default) != default:
            return f"{name} is {mine.default!r} by default, not {default}"
    return ""


def page() -> str:
    """Return the page, with a table for each module."""
    head = PAGE.read_text(encoding="utf-8").split(_MARK)[0]
    found = sorted(rows(), key=lambda row: _FIRST.index(row.module) if row.module in _FIRST else len(_FIRST))
    sections = [_section(module, list(group)) for module, group in groupby(found, key=lambda row: row.module)]
    return head + _MARK + "\n" + "\n".join(sections)


def _section(module: str, found: list[Row]) -> str:
    lines = [f"### {module}", "", "| name | here | how, or why |", "|---|---|---|"]
    for (word, why), group in groupby(found, key=lambda row: (row.word, row.verdict.why if row.verdict else "")):
        names = ", ".join(f"`{row.name.removeprefix(module + '.')}`" for row in group)
        lines.append(f"| {names} | {word} | {why} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    for problem in problems(rows()):
        print(problem)

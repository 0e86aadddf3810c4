"""Make the register of requirements, ``v1/requirements.json``, from the prose.

A requirement is a paragraph that begins with its identifier in bold; its level is the one keyword in it.
Run ``python -m simvue_spec.register`` after a change of the prose, with ``--check`` to learn only whether the
register is current (exit code 1: it is not). That the prose keeps to the form is for the tests to say.
Tests: ``tests/spec/test_register.py``.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path

from simvue_spec import VERSION, Level, Requirement, requirements, root

__all__ = ["keywords", "main", "paragraphs", "parse", "render"]

_IDENTIFIER = re.compile(r"\*\*([A-Z]{3}-[0-9]{3})\*\*\s+")
_KEYWORD = re.compile(r"\b(?:(MUST|SHALL|SHOULD)(?: NOT)?|(?:NOT )?(REQUIRED|RECOMMENDED)|(MAY)|(OPTIONAL))\b")
_LEVELS: dict[str, Level] = {
    "MUST": "MUST",
    "SHALL": "MUST",
    "REQUIRED": "MUST",
    "SHOULD": "SHOULD",
    "RECOMMENDED": "SHOULD",
    "MAY": "MAY",
    "OPTIONAL": "MAY",
}


def paragraphs(prose: str) -> Iterator[str]:
    """Yield the paragraphs of a Markdown text on one line each, without fenced blocks."""
    unfenced = re.sub(r"^```.*?^```$", "", prose, flags=re.MULTILINE | re.DOTALL)
    for paragraph in re.split(r"\n\s*\n", unfenced):
        words = paragraph.split()
        if words:
            yield " ".join(words)


def keywords(paragraph: str) -> list[Level]:
    """Return the levels of the capital keywords of a paragraph, one for each occurrence."""
    return [_LEVELS[next(filter(None, match.groups()))] for match in _KEYWORD.finditer(paragraph)]


def parse(prose: str, chapter: str) -> Iterator[Requirement]:
    """Yield the requirements of a chapter in their order."""
    known = requirements_or_none()
    for paragraph in paragraphs(prose):
        match = _IDENTIFIER.match(paragraph)
        if match is None:
            continue
        identifier, text = match[1], paragraph[match.end() :]
        level: Level = next(iter(keywords(text)), "none")
        since = known[identifier].since if identifier in known else VERSION
        yield Requirement(id=identifier, level=level, chapter=chapter, text=text, since=since)


def requirements_or_none() -> dict[str, Requirement]:
    """Return the register as it is, or nothing: it remembers since when each requirement holds."""
    if not root().joinpath("requirements.json").is_file():
        return {}
    return requirements()


def render(found: list[Requirement]) -> str:
    """Return the register's text."""
    rows = {
        entry.id: {"level": entry.level, "chapter": entry.chapter, "text": entry.text, "since": entry.since}
        for entry in found
    }
    register = {"version": VERSION, "requirements": rows}
    return json.dumps(register, indent=1, ensure_ascii=False) + "\n"


def _chapters() -> list[Traversable]:
    """Return the chapters in alphabetical order of their file names."""
    prose = (entry for entry in root().iterdir() if entry.name.endswith(".md"))
    return sorted(prose, key=lambda entry: entry.name)


def main(arguments: list[str] | None = None) -> int:
    """Write or check the register; return the exit code."""
    parser = argparse.ArgumentParser(prog="simvue_spec.register", description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the register is not current")
    check: bool = parser.parse_args(arguments).check
    found = [
        requirement
        for chapter in _chapters()
        for requirement in parse(chapter.read_text(encoding="utf-8"), chapter.name.removesuffix(".md"))
    ]
    register, text = Path(str(root())) / "requirements.json", render(found)
    if not check:
        register.write_text(text, encoding="utf-8")
        return 0
    if register.is_file() and register.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write("requirements.json does not match the prose: run python -m simvue_spec.register\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())

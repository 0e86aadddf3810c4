"""Publish what lies outside `docs/pages`, above all the specification, under links that hold in the repository, too.

Pages link to files as they lie in the repository. While the site is built, such a link becomes one between pages.
Identifiers of requirements become anchors where they are defined, and links to there where they are cited.
Tests: `mkdocs build --strict` fails on a dead link; tests/docs/test_site.py.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

PROJECT = Path(__file__).parents[1]
PAGES = PurePosixPath("docs/pages")
TOPS = {
    "spec": "spec",
    "docs/adr": "adr",
    "docs/examples": "examples",
    "conformance/README.md": "conformance/index.md",
    "conformance/WRITER-CLI.md": "conformance/writer.md",
    "conformance/READER-CLI.md": "conformance/reader.md",
    "conformance/SENDER-CLI.md": "conformance/sender.md",
    "conformance/ONLINE-CLI.md": "conformance/online.md",
    "conformance/SERVER-HTTP.md": "reference/simvue-server.md",
    "conformance/broken/README.md": "conformance/broken.md",
    "conformance/writers": "conformance/writers",
    "conformance/simvue_conformance/requirements/1.0": "conformance/requirements",
    "conformance/simvue_conformance/reports/report.schema.json": "conformance/report.schema.json",
    "CHANGELOG.md": "changelog.md",
}
# Links that lead elsewhere in the site than in the repository: to the page of a folder.
FOLDERS = {
    "README.md": "docs/pages/index.md",
    "spec/v1/schemas": "spec/v1/schemas/index.md",
    "spec/v1/vectors": "spec/v1/vectors/README.md",
    "conformance/writers/c": "conformance/writers/c/README.md",
    "conformance/writers/fortran": "conformance/writers/fortran/README.md",
    "conformance/writers/minimal": "conformance/writers/minimal/minimal.py",
    "conformance/writers/python": "conformance/writers/python/conformance.py",
    "conformance/writers/shell": "conformance/writers/shell/README.md",
}
SUFFIXES = (".md", ".json", ".py", ".sh", ".c", ".h", ".f90", ".toml", ".txt")
SKIPPED = ("spec/simvue_spec", "spec/v1/vectors/valid", "spec/v1/vectors/invalid")

_LINK = re.compile(r"(?<!!)\]\(([^)#:\s]+)(#[^)\s]*)?\)")
_DEFINITION = re.compile(r"^\*\*([A-Z]{3}-\d{3})\*\*", re.MULTILINE)
_CITATION = re.compile(r"(?<![\w\[*#/-])([A-Z]{3}-\d{3})(?![\w\]*])")
_LABEL = re.compile(r"^```(\w+) \w+$", re.MULTILINE)  # what the specification's tests call an example
_CODE = re.compile(r"(^```.*?^```$|`[^`\n]*`)", re.MULTILINE | re.DOTALL)

published: dict[str, str] = {}
"""Path in the repository → path in the site's sources."""


def _found() -> Iterator[tuple[str, str]]:
    for top, target in TOPS.items():
        place = PROJECT / top
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            source = path.relative_to(PROJECT).as_posix()
            is_skipped = source.startswith(SKIPPED) or path.suffix not in SUFFIXES or "__pycache__" in source
            if path.is_file() and not is_skipped:
                yield source, target + source.removeprefix(top)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the files that lie elsewhere, and a list of the schemas."""
    published.clear()
    published.update(_found())
    for source, target in published.items():
        files.append(File.generated(config, target, abs_src_path=str(PROJECT / source)))
    schemas = [target.rpartition("/")[2] for target in published.values() if target.startswith("spec/v1/schemas/")]
    lines = ["# Schemas", "", "One for each kind of record, JSON Schema draft-07.", ""]
    content = "\n".join([*lines, *(f"- [{name}]({name})" for name in schemas)])
    files.append(File.generated(config, "spec/v1/schemas/index.md", content=content))
    published["spec/v1/schemas/index.md"] = "spec/v1/schemas/index.md"
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Turn links in the repository into links in the site, and identifiers into anchors and links."""
    target = page.file.src_uri
    sources = {site: source for source, site in published.items()}
    here = PurePosixPath(sources.get(target) or PAGES / target).parent

    def link(match: re.Match[str]) -> str:
        source = normpath(here / match[1])
        source = FOLDERS.get(source, source)
        site = published.get(source) or source.removeprefix(f"{PAGES}/")
        return f"]({_relative(site, target)}{match[2] or ''})"

    pieces = _CODE.split(_LABEL.sub(r"```\1", markdown))
    chapters = _chapters()
    for place in range(0, len(pieces), 2):  # the others are code
        text = _LINK.sub(link, pieces[place])
        text = _DEFINITION.sub(r"**\1**{ #\1 }", text)
        pieces[place] = _CITATION.sub(
            lambda match: (
                f"[{match[1]}]({_relative(f'spec/v1/{chapters[match[1]]}.md', target)}#{match[1]})"
                if match[1] in chapters
                else match[1]
            ),
            text,
        )
    return "".join(pieces)


def _chapters() -> dict[str, str]:
    register = json.loads((PROJECT / "spec/v1/requirements.json").read_text(encoding="utf-8"))
    return {name: entry["chapter"] for name, entry in register["requirements"].items()}


def _relative(site: str, page: str) -> str:
    """Return the way from one page of the site's sources to another file of them."""
    return relpath(site, PurePosixPath(page).parent)

"""The site publishes the specification with an anchor for each requirement, and builds without a warning."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.shell import PROJECT

MKDOCS = Path(sys.executable).with_name("mkdocs")
pytestmark = pytest.mark.skipif(
    not MKDOCS.exists(), reason="mkdocs belongs to the group dev; make check builds the site"
)


def build(project: Path, site: Path) -> subprocess.CompletedProcess[str]:
    command = [MKDOCS, "build", "--strict", "--config-file", project / "docs/mkdocs.yml", "--site-dir", site]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(
        command, env=environment, cwd=project, check=False, capture_output=True, text=True, timeout=120
    )


def copy_project(target: Path) -> Path:
    """Copy what the site is made of, the vectors themselves left out."""
    shutil.copytree(PROJECT / "docs", target / "docs", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PROJECT / "spec", target / "spec", ignore=shutil.ignore_patterns("valid", "invalid", "__pycache__"))
    (target / "conformance").mkdir()
    shutil.copy(PROJECT / "conformance/SERVER-HTTP.md", target / "conformance")
    shutil.copy(PROJECT / "CHANGELOG.md", target)
    return target


def test_every_requirement_has_an_anchor_on_the_page_of_its_chapter(tmp_path: Path) -> None:
    result = build(PROJECT, tmp_path / "site")

    register = json.loads((PROJECT / "spec/v1/requirements.json").read_text())["requirements"]
    pages = {path.stem: path.read_text() for path in (tmp_path / "site/spec/v1").glob("*.html")}
    assert result.returncode == 0, result.stderr
    assert [name for name, entry in register.items() if f'id="{name}"' not in pages[entry["chapter"]]] == []
    assert (tmp_path / "site/spec/v1/schemas/header.schema.json").exists()
    by_hand = (tmp_path / "site/how-to/write-a-journal-by-hand.html").read_text()
    assert 'href="../spec/v1/writer.html#WRT-001"' in by_hand


def test_a_dead_link_fails_the_build(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    page = project / "docs/pages/index.md"
    page.write_text(page.read_text() + "\n[nowhere](../../spec/nowhere.md)\n")

    result = build(project, tmp_path / "site")

    assert result.returncode != 0
    assert "nowhere" in result.stderr

"""The way through the conformance suite goes as its page says."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs.shell import COMMANDS, PROJECT, blocks

PAGE = PROJECT / "docs" / "pages" / "how-to" / "pass-the-suite.md"
EXAMPLE = PROJECT / "docs" / "examples" / "my_writer.sh"


@pytest.fixture
def writer(tmp_path: Path) -> Path:
    """The program of the page, saved as the page says."""
    target = tmp_path / "my_writer"
    shutil.copy(EXAMPLE, target)
    return target


def suite(command: str, directory: Path) -> subprocess.CompletedProcess[str]:
    program, _, arguments = command.strip().partition(" ")
    return subprocess.run(
        [COMMANDS / program, *shlex.split(arguments)],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def same_each_time(text: str) -> str:
    """Text without what differs from run to run: identities of journals and seconds."""
    return re.sub(r"minimal-[0-9a-f]{16}", "ID", re.sub(r"\([0-9.]+ s\)", "(TIME)", text)).strip()


def test_the_mistake_is_found_and_mended_as_the_page_shows(writer: Path) -> None:
    look, whole = (content for _, content in blocks(PAGE, "sh") if content.startswith("simvue-conformance"))
    broken, mended = (content for _, content in blocks(PAGE, "text") if "requirements:" in content)

    assert same_each_time(suite(look, writer.parent).stdout) == same_each_time(broken)
    writer.write_text(writer.read_text().replace(":.3333333333333333", ":0.3333333333333333"))
    assert same_each_time(suite(look, writer.parent).stdout) == same_each_time(mended)

    rest = suite(whole, writer.parent)
    assert rest.returncode == 1
    assert re.search(r"requirements: \d+ passed, \d+ not testable \(", rest.stdout)


def test_the_workflow_calls_the_suite_as_it_is(writer: Path) -> None:
    ((_, workflow),) = blocks(PAGE, "yaml")
    commands = re.findall(r"run: (simvue-conformance .*)$", workflow, re.MULTILINE)
    writer.write_text(writer.read_text().replace(":.3333333333333333", ":0.3333333333333333"))
    (writer.parent / "known-failing.txt").write_text("")

    judge, table = commands
    suite(judge, writer.parent)
    shown = suite(table.partition(" >>")[0], writer.parent)
    assert "| **all** | **does not** | |" in shown.stdout
    assert (writer.parent / "conformance.xml").exists()


def test_the_known_failures_of_the_page_are_what_the_program_lacks(writer: Path) -> None:
    (known,) = (content for _, content in blocks(PAGE, "text") if content.startswith("SCN"))
    (writer.parent / "known.txt").write_text(known)

    found = suite("simvue-conformance writer --plain --json --known-failing known.txt -- ./my_writer", writer.parent)
    rows = json.loads(found.stdout)["requirements"]
    lacking = {row["id"] for row in rows if {seen["place"] for seen in row["observations"]} == {"rotation"}}
    assert (
        {row["id"] for row in rows if row["status"] == "known to fail"}
        == lacking
        == set(re.findall(r"^\S+", known, re.MULTILINE))
    )

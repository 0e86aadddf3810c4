"""The README is true line by line: its code runs, its commands and files exist."""

import json
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import simvue_spec
from simvue_conformance.server.process import running_server
from tests.docs.shell import PROJECT, Shell, blocks, for_server

README = PROJECT / "README.md"
TEXT = README.read_text(encoding="utf-8")
FIRST_LINES = TEXT.splitlines()[:30]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def missing_files(text: str) -> list[str]:
    targets = [target for target in LINK.findall(text) if not urlsplit(target).scheme]
    return [target for target in targets if not (PROJECT / target).exists()]


def test_the_lines_of_the_readme_record_configure_and_deliver_a_run(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    ((_, program),) = blocks(README, "python")
    deliver, configure, schedule = (content for _, content in blocks(README, "sh"))
    (tmp_path / "program.py").write_text(program)

    with running_server("--ephemeral") as server:
        shell.run("python program.py")
        shell.run(for_server(configure, server))
        printed = shell.run(deliver)
        shell.run(schedule)
        _, _, body = server.request("GET", "/api/runs?count=9&start=0&filters=[]", server.authorization)

    (run,) = json.loads(body)["data"]
    assert printed == ""  # all is well, so cron has nothing to mail
    assert (run["name"], run["folder"], run["status"]) == ("heat 2d", "/heat", "completed")
    assert run["metrics"]["residual"]["count"] == 100
    assert (tmp_path / ".simvue.ini").stat().st_mode & 0o077 == 0
    assert shell.crontab.read_text() == "* * * * * $HOME/simvue_venv/bin/simvue_sender\n"


def test_the_line_for_cron_keeps_other_entries_and_delivers(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.crontab.write_text("@daily backup\n")
    ((_, program),) = blocks(README, "python")
    *_, (_, schedule) = blocks(README, "sh")
    (tmp_path / "program.py").write_text(program)
    shell.run("python program.py")

    shell.run(schedule)
    other, entry = shell.crontab.read_text().splitlines()
    with running_server("--ephemeral") as server:
        shell.run(f"SIMVUE_URL={server.url} SIMVUE_TOKEN={server.token} {entry.removeprefix('* * * * * ')}")

    assert other == "@daily backup"
    assert list(tmp_path.glob(".simvue/delivered/*.receipt.json"))


def test_every_link_of_the_readme_leads_to_a_file() -> None:
    assert missing_files(TEXT) == []
    assert missing_files("[a](spec/nowhere.md)") == ["spec/nowhere.md"]


@pytest.mark.parametrize("target", ["demo", "test", "check", "interop", "bench", "docs", "clean", "help"])
def test_every_target_that_is_documented_exists(target: str) -> None:
    result = subprocess.run(["make", "--dry-run", target], cwd=PROJECT, check=False, capture_output=True, text=True)

    assert result.returncode == 0, result.stderr


def test_the_commands_of_the_readme_are_targets() -> None:
    named = set(re.findall(r"\bmake (\w+)", TEXT))

    assert {"demo", "test"} <= named <= {"demo", "test", "check", "interop", "bench", "docs", "clean", "help"}


def test_the_first_lines_show_a_program_a_delivery_and_the_links() -> None:
    first = "\n".join(FIRST_LINES)
    ((_, program),) = blocks(README, "python")

    assert len([line for line in program.splitlines() if line]) <= 6
    assert f"Journal format {simvue_spec.VERSION}" in first
    for expected in ("# simvue", "```python", "simvue_sender", "spec/README.md", "CHANGELOG.md"):
        assert expected in first


def test_nobody_is_told_to_install_the_other_package_of_this_name() -> None:
    pages = [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md"), *(PROJECT / "spec").rglob("*.md")]

    found = [
        path.name for path in pages if re.search(r"pip3? install ['\"]?simvue\b", path.read_text(encoding="utf-8"))
    ]

    assert found == []

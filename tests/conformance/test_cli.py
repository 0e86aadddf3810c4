"""The command `simvue-conformance`, as its users call it: options, files, exit codes, from any folder."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from simvue_conformance.reports.document import schema

SUITE = Path(sys.executable).with_name("simvue-conformance")
WRITERS = Path(__file__).parents[2] / "conformance" / "broken" / "writers"
GOOD = (sys.executable, str(WRITERS / "good.py"))


def suite(*arguments, cwd, **environment):
    return subprocess.run(
        [SUITE, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def minimal(*options, cwd, command=GOOD, **environment):
    return suite("writer", "--only", "minimal", *options, "--", *command, cwd=cwd, **environment)


def refused(finished, *words):
    assert finished.returncode == 2, finished.stdout
    assert all(word in finished.stderr for word in words), finished.stderr


def test_a_program_that_conforms(tmp_path):
    finished = minimal(cwd=tmp_path)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "kept  minimal" in finished.stdout
    assert "--only left out the rest" in finished.stdout


def test_a_program_that_does_not(tmp_path):
    finished = minimal(cwd=tmp_path, command=("false",))
    assert finished.returncode == 1
    assert "does not conform" in finished.stdout


def test_a_program_that_is_not_there(tmp_path):
    finished = minimal(cwd=tmp_path, command=("./not-there",))
    assert finished.returncode == 1
    assert "not testable" in finished.stdout
    assert "./not-there: No such file or directory" in finished.stdout


def test_reports_are_written(tmp_path):
    assert minimal("--report", "out/a.json", "--junit", "out/a.xml", cwd=tmp_path).returncode == 0
    document = json.loads((tmp_path / "out" / "a.json").read_text())
    jsonschema.validate(document, schema())
    assert document["partial"]
    assert len(ET.fromstring((tmp_path / "out" / "a.xml").read_text())[0]) == len(document["requirements"])
    table = suite("matrix", "out/a.json", cwd=tmp_path)
    assert table.returncode == 0
    assert "| **all** | **conforms, partial** | |" in table.stdout


def test_json_is_all_that_is_printed(tmp_path):
    finished = minimal("--json", cwd=tmp_path, command=("false",))
    assert finished.returncode == 1
    jsonschema.validate(json.loads(finished.stdout), schema())


def test_a_known_failure_is_none_and_a_pass_of_it_is_one(tmp_path):
    first = json.loads(minimal("--json", cwd=tmp_path, command=("false",)).stdout)
    known = tmp_path / "known.txt"
    known.write_text("".join(f"{row['id']} not begun\n" for row in first["requirements"]))
    assert minimal("--known-failing", known, cwd=tmp_path, command=("false",)).returncode == 0
    finished = minimal("--known-failing", known, cwd=tmp_path)
    assert finished.returncode == 1
    assert "remove it from the file of known failures" in finished.stdout


def test_what_the_program_wrote_is_kept_on_request(tmp_path):
    assert minimal("--keep", "kept", cwd=tmp_path).returncode == 0
    assert list((tmp_path / "kept" / "minimal").rglob("*.jsonl"))
    refused(minimal("--keep", "kept", cwd=tmp_path), "kept is not empty")


def test_the_list_names_places_and_requirements(tmp_path):
    listed = suite("writer", "--list", cwd=tmp_path).stdout
    assert "minimal" in listed
    assert "FRM-001" in listed


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["writer", "--only", "maximal", "--", "true"], ["maximal", "minimal"]),
        (["online", "--sender", "'open", "--", "true"], ["--sender", "quote it"]),
        (["writer", "--with", "wings", "--", "true"], ["wings", "threads"]),
        (["writer"], ["which program?"]),
        (["writer", "--known-failing", "absent.txt", "--", "true"], ["absent.txt"]),
        (["judge", "--", "true"], ["judge"]),
    ],
)
def test_wrong_usage_says_what_is_right(tmp_path, options, words):
    refused(suite(*options, cwd=tmp_path), *words)


def test_a_report_that_cannot_be_written_does_not_hide_the_verdict(tmp_path):
    (tmp_path / "file").touch()
    finished = minimal("--report", "file/report.json", cwd=tmp_path)
    refused(finished, "the report cannot be written")
    assert "conforms" in finished.stdout


def test_no_room_for_temporary_files_is_said(tmp_path):
    (tmp_path / "file").touch()
    source = "import sys, tempfile; tempfile.tempdir = sys.argv.pop(1); from simvue_conformance.cli import main; main()"
    command = [sys.executable, "-c", source, str(tmp_path / "file"), "writer", "--", "true"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 1
    assert "TMPDIR" in finished.stderr


def test_a_wrong_file_of_known_failures_is_named(tmp_path):
    (tmp_path / "known.txt").write_text("FRM-001\n")
    refused(minimal("--known-failing", "known.txt", cwd=tmp_path), "known.txt: line 1", "needs a reason")


def test_nothing_of_the_callers_test_settings_reaches_it(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --nonsense\n")
    (tmp_path / "conftest.py").write_text("raise RuntimeError('a conftest of the caller')\n")
    (tmp_path / "simvue_conformance.py").write_text("raise RuntimeError('a module of the caller')\n")
    finished = minimal(cwd=tmp_path, PYTEST_ADDOPTS="--nonsense", PYTEST_PLUGINS="absent")
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_what_follows_the_program_is_the_programs(tmp_path):
    finished = suite("writer", "--only", "minimal", "echo", "--seed", "3", cwd=tmp_path)
    assert "echo --seed 3 does not conform" in finished.stdout


def test_help_has_an_example_for_each_role(tmp_path):
    for role in ("writer", "reader", "sender", "online"):
        assert f"simvue-conformance {role} " in suite(role, "--help", cwd=tmp_path).stdout


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("role", ["writer", "reader", "online"])
def test_an_interruption_ends_it_and_all_that_it_started(tmp_path, role, number, code):
    hangs = tmp_path / "hangs"
    hangs.write_text(f"#!/bin/sh\necho $$ >> '{tmp_path}/pids'\nexec sleep 600\n")
    hangs.chmod(0o755)
    running = subprocess.Popen(
        [SUITE, role, "--sender", "true", "--", "./hangs"] if role == "online" else [SUITE, role, "--", "./hangs"],
        cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # it may be ignored here
    )
    with running:
        while not (tmp_path / "pids").exists():
            assert running.poll() is None
            time.sleep(0.02)
        running.send_signal(number)
        _, words = running.communicate(timeout=60)
    assert (running.returncode, "Traceback" in words) == (code, False), words
    for pid in (tmp_path / "pids").read_text().split():
        assert b"sleep" not in command_of(pid)
    assert list(tmp_path.glob("simvue-conformance-*")) == []


def command_of(pid):
    """The command of a process, empty if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""

"""The shell of the primer writes a valid journal, as it stands there."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest

from simvue_spec import kinds, schema
from tests.spec import checks

SHELLS = [shell for shell in ("sh", "dash", "bash", "ksh", "busybox") if shutil.which(shell)]


def snippet() -> str:
    (found,) = re.findall(r"^```sh\n(.*?)^```$", checks.prose()["primer.md"], re.MULTILINE | re.DOTALL)
    return found


def run(shell: str, script: str, home: Path) -> subprocess.CompletedProcess[str]:
    command = [shell, "sh"] if shell == "busybox" else [shell]
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [*command, "-c", script], env=environment, capture_output=True, text=True, check=False, timeout=30
    )


def journal_faults(path: Path) -> list[str]:
    """Return what keeps a file from being a whole journal of records that end in order, numbers and checksums apart."""
    content, faults, seen = path.read_bytes(), [], []
    if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,93}\.jsonl", path.name):
        faults.append(f"the name {path.name}")
    if not content.endswith(b"\n"):
        faults.append("the last line has no LF")
    for number, line in enumerate(content.splitlines(), 1):
        record = checks.strict_object(line)
        if record is None or record.get("kind") not in kinds():
            faults.append(f"line {number} is no record")
            continue
        seen.append(record)
        validator = jsonschema.Draft7Validator(schema(record["kind"]))
        faults += [f"line {number}: {error.message}" for error in validator.iter_errors(record)]
    if not seen or seen[0]["kind"] != "header":
        faults.append("the first record is no header")
    if not seen or seen[-1]["kind"] != "end" or seen[-1].get("records") != len(seen) - 1:
        faults.append("the last record is no end that counts the others")
    return faults


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_of_the_primer_writes_a_whole_journal(shell, tmp_path):
    result = run(shell, snippet(), tmp_path)

    (journal,) = tmp_path.joinpath(".simvue", "journals").iterdir()
    assert (result.returncode, result.stderr) == (0, "")
    assert journal_faults(journal) == []
    assert [json.loads(line)["kind"] for line in journal.read_text().splitlines()] == [
        "header",
        "run",
        "metrics",
        "end",
    ]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_of_the_primer_never_opens_a_journal_that_exists(shell, tmp_path):
    fixed = re.sub(r"\$\(od [^)]*\)", "of-this-test", snippet())
    first = run(shell, fixed, tmp_path)
    (journal,) = tmp_path.joinpath(".simvue", "journals").iterdir()
    before = journal.read_bytes()

    second = run(shell, fixed, tmp_path)

    assert first.returncode == 0
    assert second.returncode != 0
    assert journal.read_bytes() == before


def test_the_snippet_is_six_lines():
    assert len(snippet().splitlines()) == 6


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"records":3}\\n', '"records":3}', "the last line has no LF"),
        ('"records":3', '"records":4', "the last record is no end that counts the others"),
        ('"residual":%s', '"residual":.%s', "line 3 is no record"),
        ('"format":"simvue-journal",', "", "line 1: 'format' is a required property"),
        ("id=heat", "id=.heat", "the name .heat"),
    ],
)
def test_a_fault_in_the_snippet_is_noticed(old, new, fault, tmp_path):
    planted = snippet().replace(old, new)

    run("sh", planted, tmp_path)

    (journal,) = tmp_path.joinpath(".simvue", "journals").iterdir()
    assert planted != snippet()
    assert fault in " ".join(journal_faults(journal))

"""`python -m simvue_conformance.judge`: its lines and its exit status."""

import json
import subprocess
import sys
from pathlib import Path

from tests.conformance.judge.test_comparison import BROKEN, HEADER, METRICS


def run(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "simvue_conformance.judge", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def test_it_prints_the_lines_of_the_reader_role(tmp_path: Path) -> None:
    journal = tmp_path / "j.jsonl"
    journal.write_bytes(HEADER + BROKEN + METRICS[:-1])

    finished = run("--live", journal)

    *lines, projection = finished.stdout.splitlines()
    assert lines == [
        f"journal\t{journal}",
        "entry\taccepted\t0\t136\t-",
        "entry\tdead\t136\t57\tREC-040",
        "entry\tpending\t193\t65\t-",
        "finding\tREC-040\t2\terror",
        "total\taccepted\t136",
        "total\tdead\t57",
        "total\tpending\t65",
        "valid\tfalse",
    ]
    assert projection.startswith("projection\t{")
    assert json.loads(projection.partition("\t")[2])["metrics"] == {}
    assert finished.returncode == 1


def test_its_status_tells_valid_invalid_and_wrong_usage(tmp_path: Path) -> None:
    valid, empty = tmp_path / "valid.jsonl", tmp_path / "empty.jsonl"
    valid.write_bytes(HEADER + METRICS)
    empty.write_bytes(b"")

    assert run(valid).returncode == 0
    assert run("--live", valid, empty).returncode == 0
    finished = run(valid, empty)
    assert finished.returncode == 1
    assert "finding\tJRN-022\t-\terror\n" in finished.stdout
    assert run().returncode == 2
    missing = run(valid, tmp_path / "none.jsonl")
    assert missing.returncode == 2
    assert "name a journal that can be read" in missing.stderr

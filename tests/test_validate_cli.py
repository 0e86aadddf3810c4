"""The command, as a user starts it."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import simvue_spec
from tests.core.journals import header, line

COMMAND = [sys.executable, "-c", "from simvue.validate_cli import main; main()"]
WHOLE = header() + line("event", message="m") + line("end", records=2)
BROKEN = header() + b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":{"a":nan}}\n' + line("end", records=1)


def run(*arguments: str | Path, given: bytes = b"", **settings: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *arguments], input=given, capture_output=True, check=False, **settings)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "run.jsonl"
    path.write_bytes(BROKEN)
    return path


def test_a_finding_names_file_line_requirement_and_remedy(journal: Path) -> None:
    done = run(journal)

    first, last = done.stdout.decode().splitlines()
    assert first.startswith(f"{journal}:2: [FRM-026] nan is not a number of JSON")
    assert 'write the string "NaN"' in first
    assert last == f"{journal}: invalid: 2 records, 1 error"
    assert done.returncode == 1
    assert done.stderr == b""


def test_a_valid_journal_on_standard_input_exits_0() -> None:
    done = run("-", given=WHOLE)

    assert done.stdout.decode().splitlines() == ["-: valid: 3 records"]
    assert done.returncode == 0


def test_json_is_an_object_a_line_and_the_sums_last(journal: Path) -> None:
    done = run("--json", journal, "-", given=WHOLE)

    finding, sums = map(json.loads, done.stdout.splitlines())
    assert finding.items() >= {"file": str(journal), "line": 2, "offset": len(header())}.items()
    assert finding.items() >= {"requirement": "FRM-026", "severity": "error"}.items()
    assert (sums["records"], sums["findings"], sums["valid"]) == (5, 1, False)
    assert [file["valid"] for file in sums["files"]] == [False, True]
    assert sum(sums["files"][0]["accounting"].values()) == len(BROKEN)


def test_quiet_leaves_the_exit_status(journal: Path) -> None:
    done = run("--quiet", journal)

    assert (done.stdout, done.stderr, done.returncode) == (b"", b"", 1)


def test_a_live_journal_is_valid_when_it_is_said_to_be_one() -> None:
    live = header() + line("event", message="m")[:-7]

    complete = run("-", given=live)
    incomplete = run("--incomplete", "-", given=live)

    assert complete.returncode == 1
    assert b"[JRN-043]" in complete.stdout
    assert incomplete.returncode == 0
    assert b"bytes not read" in incomplete.stdout


def test_verdicts_are_printed_of_each_file_in_utf_8(tmp_path: Path) -> None:
    whole, broken = tmp_path / "größe.jsonl", tmp_path / "b.jsonl"
    whole.write_bytes(WHOLE)
    broken.write_bytes(BROKEN)

    done = run("--verdicts", whole, broken, env={**os.environ, "PYTHONIOENCODING": "latin-1"})

    lines = done.stdout.decode().splitlines()
    assert [line for line in lines if line.startswith(("journal", "valid"))] == [
        f"journal\t{whole}",
        "valid\ttrue",
        f"journal\t{broken}",
        "valid\tfalse",
    ]
    assert (done.returncode, done.stderr) == (1, b"")


def test_verdicts_on_a_live_journal_leave_its_tail_pending() -> None:
    done = run("--verdicts", "--live", "-", given=WHOLE[:-1].rpartition(b"\n")[0] + b"\n{")

    assert b"entry\tpending\t" in done.stdout
    assert done.returncode == 0


def test_a_file_without_verdicts_exits_2_and_the_rest_has_them(tmp_path: Path, journal: Path) -> None:
    done = run("--verdicts", tmp_path / "none.jsonl", journal)

    assert done.returncode == 2
    assert done.stderr.endswith(b"none.jsonl: No such file or directory\n")
    assert done.stdout.startswith(b"journal\t" + os.fsencode(journal))


def test_findings_beyond_the_limit_are_counted() -> None:
    done = run("--max-findings", "3", "-", given=header() + b"x\n" * 5000)

    lines = done.stdout.decode().splitlines()
    assert len(lines) == 5
    assert lines[3].startswith("-: 4,998 more findings")
    assert "5,001 errors" in lines[4]


def test_what_cannot_be_read_exits_2_and_the_rest_is_checked(tmp_path: Path, journal: Path) -> None:
    done = run(tmp_path / "none.jsonl", tmp_path, journal)

    assert done.returncode == 2
    assert [text.split(": ")[-1] for text in done.stderr.decode().splitlines()] == [
        "No such file or directory",
        "Is a directory",
    ]
    assert b"[FRM-026]" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [[], ["--nonsense"], ["--max-findings", "-1", "-"], ["--explain", "nonsense"], ["--verdicts", "--json", "-"]],
)
def test_wrong_usage_exits_2_without_a_traceback(arguments: list[str]) -> None:
    done = run(*arguments)

    assert done.returncode == 2
    assert b"Error: " in done.stderr
    assert b"Traceback" not in done.stderr


def test_explain_prints_the_requirement_and_where_it_stands() -> None:
    done = run("--explain", "frm-026")

    assert done.returncode == 0
    assert done.stdout.startswith(b"FRM-026 (MUST, since 1.0, framing)\n")
    printed = b" ".join(done.stdout.split(b"\n", 1)[1].split()).decode()
    assert printed == " ".join(simvue_spec.requirements()["FRM-026"].text.split())


def test_explain_suggests_what_was_meant() -> None:
    done = run("--explain", "FRM26")

    assert b"near: FRM-026" in done.stderr


def test_help_shows_how_to_use_it() -> None:
    done = run("--help")

    assert done.returncode == 0
    assert b"simvue-validate --incomplete run.jsonl" in done.stdout
    assert b"Exit status: 0 valid, 1 invalid, 2" in done.stdout


def test_nothing_that_a_terminal_obeys_is_printed(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b]0;b\x07.jsonl"
    path.write_bytes(header() + line("status", status="\x1b[2J\u202e\x9b1m") + b"{\x1b[31m\n")

    done = run(path)

    printed = done.stdout.decode()
    assert "\\x1b[2J" in printed
    assert all(character.isprintable() or character == "\n" for character in printed)


def test_what_the_terminal_cannot_show_is_escaped() -> None:
    broken = header() + line("status", status="é€") + line("end", records=1)

    done = run("-", given=broken, env={**os.environ, "PYTHONIOENCODING": "latin-1"})

    assert done.returncode == 1
    assert b'"\xe9\\u20ac"' in done.stdout


def test_a_reader_that_goes_away_is_no_error_to_speak_of(journal: Path) -> None:
    journal.write_bytes(header() + b"x\n" * 100_000)
    with subprocess.Popen(
        [*COMMAND, "--max-findings", "100000", journal], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        told = process.stderr.read()

    assert told == b""
    assert process.returncode == 128 + signal.SIGPIPE


def test_an_interruption_is_quiet() -> None:
    with subprocess.Popen(
        [*COMMAND, "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores it
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(header() + b"x\n" * 200_000)  # more than a pipe holds: it is reading now
        process.stdin.flush()
        process.stdout.readline()
        for _ in range(20):  # one that comes right before a read is seen when the read returns
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=1)
                break
        told = process.stderr.read()

    assert told == b""
    assert process.returncode == 128 + signal.SIGINT


def test_a_person_sees_how_far_a_large_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.jsonl"
    with path.open("wb") as file:
        file.write(header())
        file.write(line("event", message="x" * 900_000) * 75)
    terminal, end = pty.openpty()

    process = subprocess.Popen([*COMMAND, "--quiet", path], stderr=end)
    os.close(end)
    shown = b""
    while process.poll() is None or not shown.endswith(b"\x1b[K"):
        try:
            shown += os.read(terminal, 4096)
        except OSError:
            break
    os.close(terminal)

    assert process.wait() == 1
    assert b": 50 %" in shown
    assert shown.endswith(b"\x1b[K")


def peak_memory_of(size: int) -> int:
    """Return the most memory, in KiB, that the command took for a journal of `size` bytes from a pipe."""
    block = line("metrics", values={"residual": 0.125, "energy/total": 1e3, "cfl": 0.5}, step=1, time=0.25)
    many = block * (1_000_000 // len(block))
    with subprocess.Popen([*COMMAND, "--incomplete", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(header())
        for _ in range(size // len(many)):
            process.stdin.write(many)
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
    return usage.ru_maxrss


@pytest.mark.requirement("RDR-005")
def test_memory_does_not_grow_with_the_journal() -> None:
    assert peak_memory_of(300_000_000) < 1.2 * peak_memory_of(3_000_000)


@pytest.mark.requirement("FRM-011", "RDR-005")
def test_a_line_without_end_is_passed_over_in_bounded_memory() -> None:
    with subprocess.Popen([*COMMAND, "--quiet", "-"], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(header())
        for _ in range(200):
            process.stdin.write(b"[" * (1 << 20))
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)

    assert process.returncode == 1
    assert usage.ru_maxrss < 1.2 * peak_memory_of(3_000_000)


def ordinary_journal(path: Path, size: int) -> int:
    """Write a sealed journal of about `size` bytes, and return the number of its lines."""
    from simvue.core.framing import seal  # noqa: PLC0415 - only here

    written = 0
    with path.open("wb") as file:
        written += file.write(header(numbered=True, sealed=True))
        number = 0
        while written < size:
            number += 1
            body = (
                f'{{"kind":"metrics","seq":{number},"at":"2026-03-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:'
                f'{number % 60:02}.{number % 10**6:06}Z","values":{{"residual":{1 / number!r},"energy/total":'
                f'{number * 1.1!r},"cfl":{number**0.5!r}}},"step":{number},"time":{number * 0.1:.6f}'
            )
            written += file.write(seal(body.encode()) + b"\n")
        file.write(
            seal(f'{{"kind":"end","seq":{number + 1},"at":"2026-03-02T00:00:00Z","records":{number + 1}'.encode())
            + b"\n"
        )
    return number + 2


def test_validation_takes_at_most_six_times_as_long_as_decoding(tmp_path: Path) -> None:
    import orjson  # noqa: PLC0415 - what is measured against

    from simvue.journal.schemas import checker  # noqa: PLC0415 - in this process, to compare like with like
    from simvue.journal.validate import validate  # noqa: PLC0415 - as above

    path = tmp_path / "large.jsonl"
    lines = ordinary_journal(path, 10_000_000)
    ratios = []
    for _ in range(3):
        began = time.process_time()
        with path.open("rb") as file:
            for text in file:
                orjson.loads(text)
        decoded = time.process_time() - began
        began = time.process_time()
        with path.open("rb", buffering=0) as file:
            report = validate(file, checker(), lambda _: None)
        ratios.append((time.process_time() - began) / decoded)

        assert report.valid
        assert report.records == lines

    assert min(ratios) <= 6

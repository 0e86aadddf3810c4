"""A program that fails at one file of many is caught at that file."""

import sys
from pathlib import Path

import pytest

from simvue_conformance.program import Program
from simvue_conformance.reader.calls import ask

ANSWER = r"""
import sys
for file in sys.argv[1:]:
    {fault}
    print(f"journal\t{{file}}\nvalid\ttrue\nprojection\t{{{{}}}}")
"""


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    found = [tmp_path / f"{number}.jsonl" for number in range(8)]
    for path in found:
        path.touch()
    return found


def reader(fault: str) -> Program:
    return Program(command=(sys.executable, "-c", ANSWER.format(fault=fault)))


def test_every_file_has_an_answer_in_order(files: list[Path]) -> None:
    answers = ask(reader("pass"), files, at_once=3)

    assert [answer.path for answer in answers] == files
    assert all(answer.verdicts is not None and answer.failure is None for answer in answers)


@pytest.mark.parametrize(
    ("fault", "requirement"),
    [("if '5.' in file: sys.exit('no idea')", "RDC-001"), ("if '5.' in file: print('well')", "RDC-002")],
    ids=["code", "form"],
)
def test_the_file_at_which_it_fails_is_found(fault: str, requirement: str, files: list[Path]) -> None:
    program = reader(fault.replace("sys.exit('no idea')", "sys.stderr.write('no idea'), sys.exit(3)"))

    failed = [answer for answer in ask(program, files) if answer.failure is not None]

    assert [(answer.path.name, answer.failure and answer.failure.requirement) for answer in failed] == [
        ("5.jsonl", requirement)
    ]


def test_an_exit_code_that_contradicts_what_was_printed_is_a_failure(files: list[Path]) -> None:
    code = ANSWER.format(fault="pass") + "sys.exit(1)"

    answers = ask(Program(command=(sys.executable, "-c", code)), files)

    assert [answer.failure.requirement for answer in answers if answer.failure] == ["RDC-001"]


def test_one_that_fails_only_with_several_files_is_no_reader(files: list[Path]) -> None:
    answers = ask(reader("if len(sys.argv) > 2: sys.exit(2)"), files)

    assert {answer.failure.requirement for answer in answers if answer.failure} == {"RDC-001"}


def test_a_program_that_always_fails_is_not_started_for_each_file(files: list[Path], tmp_path: Path) -> None:
    starts = tmp_path / "starts"

    answers = ask(reader(f"open({str(starts)!r}, 'a').write('.'), sys.exit(2)"), files * 8)

    assert all(answer.failure for answer in answers)
    assert len(starts.read_text()) < 24

"""Two documents compare as the README of the vectors has it: doubles, times within 1e-9, findings in any order."""

import copy
from typing import Any

import pytest

from simvue_conformance.judge import differences, judge, settled

HEADER = (
    b'{"kind":"header","at":"2026-03-01T09:00:00Z","format":"simvue-journal","version":"1.0",'
    b'"journal":"11111111-2222","run":"r","writer":{}}\n'
)
METRICS = b'{"kind":"metrics","at":"2026-03-01T09:00:00.1Z","values":{"a":1}}\n'
BROKEN = b'{"kind":"event","at":"2026-02-29T09:00:00Z","message":1}\n'


def document() -> dict[str, Any]:
    return copy.deepcopy(judge(HEADER + METRICS + b"x\n{} {}\n").document)


def test_numbers_compare_as_doubles() -> None:
    other = document()
    other["projection"]["metrics"]["a"][0][3] = 1.0

    assert differences(other, document()) == []


@pytest.mark.parametrize(("shift", "equal"), [(9e-10, True), (1e-8, False)])
def test_a_time_may_differ_by_a_nanosecond(shift: float, equal: bool) -> None:
    other = document()
    other["projection"]["metrics"]["a"][0][1] += shift

    assert (differences(other, document()) == []) is equal


def test_a_value_may_not() -> None:
    other = document()
    other["projection"]["metrics"]["a"][0][3] += 9e-10

    assert [found.part for found in differences(other, document())] == ["projection"]


def test_true_is_no_number() -> None:
    other = document()
    other["projection"]["metrics"]["a"][0][3] = True

    assert [found.requirements for found in differences(other, document())] == [("RDR-042", "REC-034", "REC-035")]


def test_findings_have_no_order_but_a_number() -> None:
    other = document()
    other["findings"].reverse()
    assert differences(other, document()) == []

    other["findings"].append(other["findings"][0])
    assert [found.text for found in differences(other, document())] == [
        "the error FRM-029 at line 4 is not expected",
    ]


def test_a_difference_names_its_requirements() -> None:
    other = document()
    other["entries"][2][3] = "FRM-026"

    (found,) = differences(other, document())

    assert found.requirements == ("FRM-001", "FRM-026")
    assert found.text == "entry 3 is dead [FRM-026], 2 bytes at 202, expected dead [FRM-001], 2 bytes at 202"


def test_many_differences_are_cut_short() -> None:
    other = judge(HEADER + b"x\n" * 100).document

    assert len(differences(other, document())) < 20


@pytest.mark.parametrize(("named", "left"), [("REC-003", 0), ("REC-040", 0), ("REC-041", 3)])
def test_a_line_that_breaks_two_requirements_of_a_step_may_name_either(named: str, left: int) -> None:
    judgement = judge(HEADER + BROKEN)
    other = copy.deepcopy(judgement.document)
    other["entries"][1][3] = other["findings"][0]["requirement"] = named

    assert len(differences(settled(other, judgement), judgement.document)) == left

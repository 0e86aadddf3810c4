"""The judge reaches the verdict of every vector; a verdict that is changed in any part is seen."""

import copy
from typing import Any

import pytest

import simvue_spec
from simvue_conformance.judge import compare, differences, judge

VECTORS = {vector.path: vector for vector in simvue_spec.vectors()}


@pytest.mark.parametrize("path", VECTORS)
@pytest.mark.requirement("RDR-001", "RDR-002", "RDR-003")
def test_the_judge_finds_in_a_vector_what_the_vector_expects(path: str) -> None:
    vector = VECTORS[path]

    judgement = judge(vector.journal, live=vector.state == "live")

    assert compare(judgement, vector.expected) == []


def changed_requirement(document: dict[str, Any]) -> None:
    document["entries"][1][3] = "FRM-001"


def changed_length(document: dict[str, Any]) -> None:
    document["entries"][0][2] += 1


def missing_entry(document: dict[str, Any]) -> None:
    document["entries"].pop()


def changed_sum(document: dict[str, Any]) -> None:
    document["accounting"]["pending"] += 1


def missing_finding(document: dict[str, Any]) -> None:
    document["findings"].pop()


def finding_at_another_line(document: dict[str, Any]) -> None:
    document["findings"][0]["line"] += 1


def finding_of_another_severity(document: dict[str, Any]) -> None:
    document["findings"][0]["severity"] = "warning"


def other_validity(document: dict[str, Any]) -> None:
    document["valid"] = not document["valid"]


def other_status(document: dict[str, Any]) -> None:
    document["projection"]["status"] = "lost"


FAULTS = {
    "entries": [changed_requirement, changed_length, missing_entry],
    "accounting": [changed_sum],
    "findings": [missing_finding, finding_at_another_line, finding_of_another_severity],
    "valid": [other_validity],
    "projection": [other_status],
}


@pytest.mark.parametrize(("part", "fault"), [(part, fault) for part, faults in FAULTS.items() for fault in faults])
def test_a_verdict_with_a_fault_is_told_by_its_part(part: str, fault: Any) -> None:
    vector = VECTORS["invalid/records/run-name-empty"]
    document = copy.deepcopy(judge(vector.journal).document)
    fault(document)

    assert {found.part for found in differences(document, vector.expected)} == {part}


@pytest.mark.parametrize("path", ["damaged/replay-of-the-64th-last", "damaged/hole-live", "valid/framing/checksum"])
def test_a_journal_read_in_the_wrong_way_is_not_what_the_vector_expects(path: str) -> None:
    vector = VECTORS[path]
    shorter = vector.journal[: vector.journal.rfind(b"\n", 0, -1) + 1]

    judgement = judge(shorter, live=vector.state == "live")

    assert compare(judgement, vector.expected) != []

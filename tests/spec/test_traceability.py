"""Every requirement is observed by a vector or a check, or waived with a reason; nobody cites an unknown one."""

import json
from functools import cache

import pytest

from simvue_spec import requirements, root, vectors
from tests.spec import checks

KNOWN = tuple(requirements())
UNKNOWN = "SEQ-" + "999"  # put together, so that this file cites no unknown requirement


def waived() -> dict[str, str]:
    return json.loads(root().joinpath("waived.json").read_text(encoding="utf-8"))["requirements"]


@cache
def texts() -> dict[str, str]:
    return checks.sources()


@cache
def cited() -> frozenset[str]:
    return frozenset(checks.vector_citations(vectors()) | checks.mark_citations(texts()))


def test_every_requirement_is_observed_or_waived():
    assert checks.untraced(KNOWN, cited(), waived()) == []


def test_a_requirement_that_nothing_observes_is_noticed():
    found = checks.untraced(["SEQ-001", "SEQ-002", "SEQ-003"], {"SEQ-001"}, {"SEQ-002": "a reason"})

    assert found == ["SEQ-003"]


def test_waivers_are_known_have_a_reason_and_are_observed_by_nothing():
    assert checks.waiver_faults(KNOWN, cited(), waived()) == []


@pytest.mark.parametrize(
    ("waiver", "fault"),
    [
        ({"SEQ-001": "a reason"}, "SEQ-001 is waived and observed"),
        ({"SEQ-002": " "}, "SEQ-002 is waived without a reason"),
        ({UNKNOWN: "a reason"}, f"{UNKNOWN} is waived and unknown"),
    ],
)
def test_a_wrong_waiver_is_noticed(waiver, fault):
    found = checks.waiver_faults(["SEQ-001", "SEQ-002"], {"SEQ-001"}, waiver)

    assert found == [fault]


def test_nothing_in_the_project_cites_an_unknown_requirement():
    assert checks.unknown_citations(KNOWN, texts()) == []


def test_the_citation_of_an_unknown_requirement_is_noticed():
    found = checks.unknown_citations(KNOWN, {"a.py": f"# SEQ-001, {UNKNOWN}: planted\n"})

    assert found == [f"a.py: {UNKNOWN}"]


def test_citations_are_read_from_marks_alone():
    text = '# SEQ-001\n@pytest.mark.requirement("SEQ-002", "SEQ-003")\ndef test_a(): ...\n'

    found = checks.mark_citations({"a.py": text, "a.md": text})

    assert found == {"SEQ-002", "SEQ-003"}

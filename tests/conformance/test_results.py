"""What follows from what was seen of a program."""

import pytest

from simvue_conformance.results import Observation, Requirement, conclude

MUST = Requirement(id="FRM-001", level="MUST", text="one", places=("a", "b"))
SHOULD = Requirement(id="FRM-006", level="SHOULD", text="two", places=("a",))
REQUIRED = {MUST.id: MUST, SHOULD.id: SHOULD}


def seen(requirement, verdict, place="a"):
    return Observation(requirement=requirement, place=place, verdict=verdict)


def statuses(observations, known=None):
    return {outcome.requirement.id: outcome.status for outcome in conclude(REQUIRED, observations, known or {})}


BOTH = [seen("FRM-001", "passed"), seen("FRM-006", "passed")]


def test_what_was_seen_kept_has_passed():
    assert statuses(BOTH) == {"FRM-001": "passed", "FRM-006": "passed"}


def test_one_failure_outweighs_every_pass():
    assert statuses([*BOTH, seen("FRM-001", "failed", "b")])["FRM-001"] == "failed"


def test_a_broken_should_is_a_warning():
    assert statuses([*BOTH, seen("FRM-006", "failed")])["FRM-006"] == "warned"


@pytest.mark.parametrize("observations", [[], [seen("FRM-001", "not testable")]])
def test_what_was_looked_at_nowhere_is_an_error(observations):
    outcome = conclude(REQUIRED, observations, {})[0]
    assert outcome.status == "not testable"
    assert outcome.is_error


def test_a_place_that_could_not_be_looked_at_does_not_spoil_another():
    assert statuses([*BOTH, seen("FRM-001", "not testable", "b")])["FRM-001"] == "passed"


def test_a_failure_nobody_asked_for_counts():
    outcomes = conclude(REQUIRED, [*BOTH, seen("FRM-031", "failed")], {})
    assert [(outcome.requirement.id, outcome.status) for outcome in outcomes if outcome.is_error] == [
        ("FRM-031", "failed")
    ]


def test_a_pass_nobody_asked_for_is_not_reported():
    assert "FRM-031" not in statuses([*BOTH, seen("FRM-031", "passed")])


@pytest.mark.parametrize(
    ("observations", "status", "is_error"),
    [
        ([seen("FRM-001", "failed")], "known to fail", False),
        ([seen("FRM-001", "not testable")], "known to fail", False),
        ([], "known to fail", False),
        ([seen("FRM-001", "passed"), seen("FRM-001", "not testable", "b")], "known to fail", False),
        ([seen("FRM-001", "passed")], "passed unexpectedly", True),
    ],
)
def test_known_failures(observations, status, is_error):
    outcome = conclude(REQUIRED, observations, {"FRM-001": "compiler defect"})[0]
    assert (outcome.status, outcome.is_error, outcome.reason) == (status, is_error, "compiler defect")

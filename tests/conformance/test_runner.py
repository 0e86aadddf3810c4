"""Running places and making a report of what they saw, with the frozen list of the writer role."""

import sys
from itertools import islice

import pytest

from simvue_conformance.context import Context
from simvue_conformance.program import Program
from simvue_conformance.requirements import required
from simvue_conformance.results import Failure, NotTestable, Place
from simvue_conformance.runner import judge_program

CONTEXT = Context(program=Program(command=(sys.executable,)))
ASKED = [requirement for requirement in required("writer").values() if "minimal" in requirement.places]
FIRST, SECOND = (requirement.id for requirement in islice(ASKED, 2))


def report(observe, **options):
    place = Place(name="minimal", title="three values", observe=observe)
    return judge_program("writer", [place], CONTEXT, {}, is_partial=True, **options)


def test_what_a_place_does_not_name_has_passed_there():
    found = report(lambda directory: [Failure(FIRST, "seen broken")])
    assert {outcome.requirement.id for outcome in found.outcomes if outcome.status != "passed"} == {FIRST}
    assert [outcome.requirement.id for outcome in found.outcomes] == [requirement.id for requirement in ASKED]
    assert not found.conforms


def test_a_place_that_cannot_be_looked_at_is_not_green():
    def observe(directory):
        raise NotTestable("no compiler: apt-get install gcc")

    found = report(observe)
    assert {outcome.status for outcome in found.outcomes} == {"not testable"}
    assert found.outcomes[0].observations[0].detail == "no compiler: apt-get install gcc"
    assert not found.conforms


def test_what_broke_before_a_place_gave_up_is_broken():
    def observe(directory):
        yield Failure(FIRST, "seen broken")
        raise NotTestable("and then it hung")

    found = {outcome.requirement.id: outcome.status for outcome in report(observe).outcomes}
    assert found.pop(FIRST) == "failed"
    assert set(found.values()) == {"not testable"}


def test_a_whole_report_asks_for_what_no_place_looked_at():
    place = Place(name="minimal", title="", observe=lambda directory: [])
    found = judge_program("writer", [place], CONTEXT, {})
    assert len(found.outcomes) == len(required("writer"))
    assert found.count("passed") == len(ASKED)
    assert not found.conforms


def test_a_failure_may_name_a_narrower_place():
    found = report(lambda directory: [Failure(SECOND, "x", "minimal/second call")])
    broken = next(outcome for outcome in found.outcomes if outcome.requirement.id == SECOND)
    assert broken.observations[0].place == "minimal/second call"


def test_each_place_has_an_empty_directory_which_is_kept_on_request(tmp_path):
    def observe(directory):
        assert list(directory.iterdir()) == []
        (directory / "journal").write_text("kept")
        return []

    report(observe, keep=tmp_path)
    assert (tmp_path / "minimal" / "journal").read_text() == "kept"


def test_a_defect_of_the_suite_is_no_verdict_on_the_program():
    def observe(directory):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        report(observe)


def test_progress_is_told_of_each_place():
    told = []
    report(lambda directory: [], progress=lambda place, observations: told.append((place.name, len(observations))))
    assert told == [("minimal", len(ASKED))]


def test_what_the_suite_cannot_read_is_not_testable():
    def observe(directory):
        raise PermissionError(13, "Permission denied", "a.jsonl")

    found = report(observe)
    assert {outcome.status for outcome in found.outcomes} == {"not testable"}
    assert "a.jsonl" in found.outcomes[0].observations[0].detail


def test_what_is_known_to_fail_somewhere_else_does_not_pass_unexpectedly_in_a_part():
    place = Place(name="minimal", title="", observe=lambda directory: [])
    options = {"role": "writer", "places": [place], "context": CONTEXT, "known": {FIRST: "in rotation"}}
    status = {True: "known to fail", False: "passed unexpectedly"}
    for is_partial in (True, False):
        found = judge_program(**options, is_partial=is_partial)
        assert next(one for one in found.outcomes if one.requirement.id == FIRST).status == status[is_partial]

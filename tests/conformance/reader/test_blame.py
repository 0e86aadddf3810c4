"""What is expected passes; whatever is changed in it breaks something that the frozen list has for this place."""

from collections import defaultdict

import pytest

import simvue_spec
from simvue_conformance.judge import judge
from simvue_conformance.judge.__main__ import verdict_lines
from simvue_conformance.reader.blame import failures
from simvue_conformance.reader.places import GROUPS, all_vectors, group_of
from simvue_conformance.reader.verdicts import expected, parse
from simvue_conformance.requirements import excluded, required
from tests.conformance.reader.mutations import every
from tests.conformance.reader.programs import PROJECT

ASKED = required("reader")
EVERYWHERE = ("RDC-001", "RDC-002")  # of the calls, not of what they print


@pytest.fixture(scope="module")
def broken() -> dict[str, set[str]]:
    """By place, every requirement that some change of an expectation breaks."""
    found: dict[str, set[str]] = defaultdict(set)
    for vector in all_vectors():
        for mutant in every(vector):
            seen = {failure.requirement for failure in failures(vector, mutant, ASKED)}
            assert seen, f"{vector.path}: {mutant}"
            found[group_of(vector.path)] |= seen
    return found


def test_what_is_expected_breaks_nothing() -> None:
    found = {vector.path: list(failures(vector, expected(vector.expected), ASKED)) for vector in all_vectors()}

    assert {path: broken for path, broken in found.items() if broken} == {}


def test_each_requirement_can_fail_in_each_place_that_the_list_has_for_it(broken: dict[str, set[str]]) -> None:
    listed = {
        (name, place)
        for name, requirement in ASKED.items()
        for place in requirement.places
        if place in GROUPS and name not in EVERYWHERE
    }

    assert {(name, place) for name, place in listed if name not in broken[place]} == set()


def test_nothing_fails_that_is_not_asked(broken: dict[str, set[str]]) -> None:
    assert set().union(*broken.values()) <= ASKED.keys()


def test_whatever_a_vector_names_is_asked_or_excluded_or_binds_writers() -> None:
    named = {name for vector in all_vectors() for name in vector.requirements if not name.startswith("WRT")}

    assert named <= ASKED.keys() | excluded("reader").keys()


def test_every_vector_belongs_to_a_place() -> None:
    assert {group_of(path) for path in simvue_spec.index()} == GROUPS.keys()


def test_the_requirements_of_the_suite_stand_on_the_page() -> None:
    page = (PROJECT / "conformance" / "READER-CLI.md").read_text(encoding="utf-8")
    own = [one for name, one in ASKED.items() if name.startswith("RDC")]

    assert [one.id for one in own if f"| {one.id} | {one.level} | {one.text} |" not in page] == []
    assert len(own) == 6


def test_a_finding_that_a_missing_end_is_reported_with_makes_no_difference() -> None:
    (vector,) = (vector for vector in all_vectors() if vector.path == "valid/journal/minimal")
    printed = "".join(f"{line}\n" for line in verdict_lines("a", judge(vector.journal)))
    (found,) = parse(printed.replace("total", "finding\tJRN-043\t-\terror\ntotal", 1).encode(), ["a"])

    assert list(failures(vector, found, ASKED)) == []

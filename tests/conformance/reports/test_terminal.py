"""The report for people."""

import click

from simvue_conformance.reports.terminal import conclusion, place_line
from simvue_conformance.results import Observation, Place, Requirement, conclude
from tests.conformance.reports.reported import OBSERVATIONS, STATUSES, conforming, report


def shown(found):
    return [click.unstyle(line) for line in conclusion(found)]


def test_everything_but_what_passed_then_the_sum():
    text = "\n".join(shown(report()))
    for expected in (
        "failed  FRM-024",
        "- and 3 more; --report FILE.json has all",
        "not testable  WRT-010",
        "Listed as known to fail: old compiler",
        "remove it from the file of known failures",
        "6 requirements: 1 passed, 1 warned, 1 failed, 1 not testable, 1 known to fail, 1 passed unexpectedly (9.4 s)",
    ):
        assert expected in text
    assert "FRM-001" not in text
    assert text.endswith("'./my writer' --fast does not conform as a writer to version 1.0")


def test_what_a_program_wrote_does_not_reach_the_terminal():
    assert not any("\x1b" in line or "\x07" in line for line in shown(report()))


def test_lines_fit_a_terminal():
    assert max(map(len, shown(report()))) <= 110


def test_a_program_that_conforms_has_two_lines():
    assert shown(conforming()) == [
        "6 requirements: 6 passed (9.4 s)",
        "'./my writer' --fast conforms as a writer to version 1.0",
    ]


def test_known_failures_are_in_the_last_line():
    names = [name for name in STATUSES if name != "WRT-030"]
    seen = [Observation(requirement=name, place="text", verdict="passed") for name in names]
    found = report(seen, {"WRT-030": "old"})
    assert shown(found)[-1].endswith("to version 1.0, but for 1 requirement known to fail")


def test_what_one_obstacle_hid_is_counted():
    required = {f"REC-{n:03}": Requirement(id=f"REC-{n:03}", level="MUST", text="", places=()) for n in range(1, 40)}
    text = " ".join(" ".join(shown(report(outcomes=conclude(required, [], {})))).split())
    assert "and 21 more" in text
    assert "REC-019" not in text


def test_a_partial_look_says_so():
    assert "--only left out the rest" in shown(report(is_partial=True))[-1]


def test_a_place_has_one_line():
    place = Place(name="text", title="hostile text", observe=lambda directory: [])
    assert click.unstyle(place_line(place, OBSERVATIONS)).split() == [
        *["broken", "text", "hostile", "text:", "3", "requirements"],
    ]
    assert click.unstyle(place_line(place, [])).split() == ["kept", "text", "hostile", "text"]

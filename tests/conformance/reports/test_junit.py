"""The report as JUnit XML."""

from xml.etree import ElementTree as ET

from simvue_conformance.reports.junit import junit
from tests.conformance.reports.reported import conforming, report


def test_one_case_a_requirement_and_a_failure_for_each_error():
    suite = ET.fromstring(junit(report()))[0]
    assert suite.get("tests") == "6"
    assert suite.get("failures") == "3"
    assert suite.get("skipped") == "1"
    found = {case.get("name"): [child.tag for child in case] for case in suite}
    assert found == {
        "FRM-001": [],
        "FRM-006": ["system-out"],
        "FRM-024": ["failure"],
        "WRT-010": ["failure"],
        "WRT-030": ["skipped"],
        "WRT-031": ["failure"],
    }


def test_what_xml_cannot_hold_is_replaced():
    failure = ET.fromstring(junit(report()))[0][2][0]
    assert failure.text.startswith("text: line 1: bell � and <escape> �[2J")


def test_nothing_fails_for_a_program_that_conforms():
    assert ET.fromstring(junit(conforming()))[0].get("failures") == "0"

"""A report as JUnit XML, which most CI systems show: one test case for each requirement.

Tests: tests/conformance/reports/test_junit.py.
"""

import re
from xml.etree import ElementTree as ET

from simvue_conformance.results import Outcome, Report

__all__ = ["junit"]

# What XML 1.0 cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def _details(outcome: Outcome) -> str:
    return "\n".join(f"{seen.place}: {seen.detail}" for seen in outcome.observations if seen.verdict != "passed")


def _case(suite: ET.Element, role: str, outcome: Outcome) -> None:
    case = ET.SubElement(suite, "testcase", classname=f"simvue-conformance.{role}", name=outcome.requirement.id)
    if outcome.is_error:
        element = ET.SubElement(case, "failure", message=_clean(f"{outcome.status}: {outcome.requirement.text}"))
        element.text = _clean(_details(outcome))
    elif outcome.status == "known to fail":
        ET.SubElement(case, "skipped", message=_clean(f"known to fail: {outcome.reason}"))
    elif outcome.status == "warned":
        ET.SubElement(case, "system-out").text = _clean(f"warned: {_details(outcome)}")


def junit(report: Report) -> bytes:
    """Return the XML document. A SHOULD that is broken is a case that passes, with the warning as its output."""
    failures = sum(outcome.is_error for outcome in report.outcomes)
    suite = ET.Element(
        "testsuite",
        name=_clean(f"simvue-conformance {report.role}: {' '.join(report.command)}"),
        tests=str(len(report.outcomes)),
        failures=str(failures),
        errors="0",
        skipped=str(report.count("known to fail")),
        time=f"{report.seconds:.1f}",
        timestamp=report.started,
    )
    for outcome in report.outcomes:
        _case(suite, report.role, outcome)
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"

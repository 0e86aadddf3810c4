"""Several reports as one table."""

import pytest

from simvue_conformance.reports.document import document
from simvue_conformance.reports.matrix import matrix
from tests.conformance.reports.reported import conforming, report


def test_a_column_a_program_and_a_row_a_requirement():
    lines = matrix([document(report()), document(conforming())], ["mine", "c|c"]).splitlines()
    assert lines[0] == "# Conformance of writers"
    assert lines[2] == "| requirement | mine | c\\|c | |"
    assert lines[4] == "| **all** | **does not** | **conforms** | |"
    assert lines[5:11] == [
        f"| {name} | {sign} | ✓ | Text of {name} \\| with a bar. |"
        for name, sign in [
            ("FRM-001", "✓"),
            ("FRM-006", "(✗)"),
            ("FRM-024", "✗"),
            ("WRT-010", "?"),
            ("WRT-030", "✗ known"),
            ("WRT-031", "✓ not expected"),
        ]
    ]


def test_a_partial_look_says_so():
    assert "| **all** | **conforms, partial** | |" in matrix([document(conforming(is_partial=True))], ["mine"])


def test_what_was_not_asked_of_a_program_is_blank():
    fewer = document(conforming())
    fewer["requirements"] = fewer["requirements"][:1]
    assert "| FRM-024 | ✗ |  |" in matrix([document(report()), fewer], ["a", "b"])


def test_reports_of_two_roles_make_no_table():
    with pytest.raises(ValueError, match="reader, writer"):
        matrix([document(report()), document(report(role="reader"))], ["a", "b"])

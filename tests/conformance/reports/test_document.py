"""The report as JSON, and its schema."""

import json

import jsonschema
import pytest

from simvue_conformance.reports.document import document, schema
from tests.conformance.reports.reported import STATUSES, conforming, report


def test_it_has_the_shape_of_its_schema():
    jsonschema.Draft7Validator.check_schema(schema())
    jsonschema.validate(json.loads(json.dumps(document(report()))), schema())
    jsonschema.validate(document(conforming()), schema())


@pytest.mark.parametrize("member", ["report", "role", "requirements", "conforms"])
def test_the_schema_refuses_another_shape(member):
    broken = document(report())
    broken[member] = "something else"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema())


def test_each_requirement_has_its_status_and_what_was_seen():
    found = document(report())
    assert {row["id"]: row["status"] for row in found["requirements"]} == STATUSES
    assert found["counts"] == dict.fromkeys(STATUSES.values(), 1)
    assert found["conforms"] is False
    assert found["requirements"][2]["observations"][0] == {
        "place": "text",
        "verdict": "failed",
        "detail": "line 1: bell \x07 and <escape> \x1b[2J; write \\u0007",
    }
    assert found["requirements"][4]["reason"] == "old compiler"


def test_a_program_conforms_when_all_passed():
    assert document(conforming())["conforms"] is True

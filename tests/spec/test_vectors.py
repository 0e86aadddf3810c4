"""The vectors have the shape that their schemas describe, add up, and agree with both validators of records.

What a reader makes of them is tested where the readers are: tests/core, and the suite.
"""

import json
from dataclasses import replace
from typing import Any

import fastjsonschema
import jsonschema
import pytest

from simvue_spec import Vector, index, kinds, requirements, root, schema, vectors
from tests.spec import checks

VECTORS = tuple(vectors())
KNOWN = set(requirements())
FOLDER = checks.SPECIFICATION / "v1" / "vectors"
BEYOND_SCHEMAS = {"REC-003", "REC-068", "REC-103", "REC-104", "REC-112", "REC-113"}
"""Requirements of members that a schema cannot express, or not wholly."""
BYTES_NOT_CHARACTERS = "-bytes-in-"
"""Part of the names of vectors whose names are short in characters and long in bytes."""

JSONSCHEMA = {kind: jsonschema.Draft7Validator(schema(kind)) for kind in kinds()}
FASTJSONSCHEMA = {kind: fastjsonschema.compile(schema(kind), use_default=False) for kind in kinds()}
VALIDATORS = {
    "jsonschema": (lambda kind, record: JSONSCHEMA[kind].validate(record), jsonschema.ValidationError),
    "fastjsonschema": (
        lambda kind, record: FASTJSONSCHEMA[kind](record),
        fastjsonschema.JsonSchemaValueException,
    ),
}


def load(name: str) -> Any:
    return json.loads(root().joinpath("vectors", name).read_text(encoding="utf-8"))


def shape_faults(name: str, content: Any) -> list[str]:
    validator = jsonschema.Draft7Validator(load(f"{name}.schema.json"))
    return [error.message for error in validator.iter_errors(content)]


def records(verdict: str) -> list[tuple[Vector, str | None, str, dict[str, Any]]]:
    """Return the lines of a verdict that are objects of a known kind, with the requirement they break."""
    found = []
    for vector in VECTORS:
        for given, offset, length, requirement in vector.expected["entries"]:
            if given != verdict:
                continue
            record = checks.strict_object(vector.journal[offset : offset + length])
            if record is not None and record.get("kind") in kinds():
                found.append((vector, requirement, record["kind"], record))
    return found


def indexed(folders: list[str]) -> list[str]:
    """Return what is wrong with the index for these folders."""
    return sorted(set(folders) ^ set(index()))


def test_the_index_lists_every_vector_in_order():
    folders = [path.parent.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("vector.json")]

    assert indexed(folders) == []
    assert list(index()) == sorted(index())


def test_a_vector_that_the_index_does_not_list_is_noticed():
    assert indexed([*index(), "valid/planted"]) == ["valid/planted"]


def test_there_are_enough_vectors_of_each_group():
    groups = [vector.group for vector in VECTORS]

    assert {group: groups.count(group) >= 60 for group in groups} == {"valid": True, "invalid": True, "damaged": True}


def test_every_vector_has_the_described_shape():
    faults = {
        path: found
        for path in index()
        if (
            found := shape_faults("vector", load(f"{path}/vector.json"))
            + shape_faults("expected", load(f"{path}/expected.json"))
        )
    }

    assert faults == {}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("vector", {"title": "t", "requirements": [], "state": "dead"}),
        ("vector", {"title": "t", "requirements": ["SEQ-001"], "state": "gone"}),
        ("vector", {"title": "t", "requirements": ["SEQ-001"], "state": "dead", "make": [["a"]]}),
        ("expected", {"entries": [["lost", 0, 1, None]]}),
        ("expected", {}),
    ],
)
def test_a_vector_of_another_shape_is_noticed(name, content):
    assert shape_faults(name, content)


def test_a_vector_has_either_a_journal_or_the_way_to_make_it():
    both = [
        path
        for path in index()
        if ("make" in load(f"{path}/vector.json"))
        == root().joinpath("vectors", *path.split("/"), "journal.jsonl").is_file()
    ]

    assert both == []


def test_entries_cover_every_journal_and_add_up():
    faults = {vector.path: found for vector in VECTORS if (found := checks.entry_faults(vector))}

    assert faults == {}


ENTRIES = VECTORS[0].expected["entries"]


@pytest.mark.parametrize(
    "change",
    [
        {"entries": ENTRIES[:-1]},
        {"entries": [["dead", *ENTRIES[0][1:]], *ENTRIES[1:]]},
        {"entries": [[*ENTRIES[0][:2], ENTRIES[0][2] - 1, None], *ENTRIES[1:]]},
        {"accounting": {**VECTORS[0].expected["accounting"], "torn": 1}},
    ],
)
def test_entries_that_do_not_add_up_are_noticed(change):
    planted = replace(VECTORS[0], expected=VECTORS[0].expected | change)

    assert checks.entry_faults(planted)


def test_findings_fit_the_entries_and_the_folder():
    faults = {vector.path: found for vector in VECTORS if (found := checks.finding_faults(vector))}

    assert faults == {}


@pytest.mark.parametrize(
    "change",
    [
        {"requirements": ("FRM-001", "FRM-002")},
        {"line": 7},
        {"group": "valid"},
        {"expected": {"entries": [["dead", 0, 1, "FRM-001"]], "findings": [], "valid": True}},
    ],
)
def test_findings_that_do_not_fit_are_noticed(change):
    (vector,) = (vector for vector in VECTORS if vector.path == "invalid/framing/array")

    assert checks.finding_faults(vector) == []
    assert checks.finding_faults(replace(vector, **change))


def test_every_requirement_of_a_vector_is_known():
    named = {name for vector in VECTORS for name in vector.requirements}
    named |= {finding["requirement"] for vector in VECTORS for finding in vector.expected["findings"]}

    assert named <= KNOWN


def test_every_accepted_record_satisfies_both_validators():
    refused = [
        (vector.path, by)
        for vector, _, kind, record in records("accepted")
        if (by := checks.refused_by(VALIDATORS, kind, record))
    ]

    assert refused == []
    assert len(records("accepted")) > 500


def test_every_record_that_breaks_a_schema_is_refused_by_both_validators():
    passed = [
        (vector.path, requirement)
        for vector, requirement, kind, record in records("dead")
        if requirement in _of_schema(kind)
        and BYTES_NOT_CHARACTERS not in vector.path
        and checks.refused_by(VALIDATORS, kind, record) != set(VALIDATORS)
    ]

    assert passed == []


def test_both_validators_agree_on_every_record():
    split = [
        (vector.path, by)
        for verdict in ("accepted", "dead", "torn", "pending")
        for vector, _, kind, record in records(verdict)
        if len(by := checks.refused_by(VALIDATORS, kind, record)) == 1
    ]

    assert split == []


def test_validators_that_disagree_are_noticed():
    lax = {**VALIDATORS, "lax": (lambda *_: None, ValueError)}

    found = checks.refused_by(lax, "event", {"kind": "event"})

    assert found == {"jsonschema", "fastjsonschema"}


def _of_schema(kind: str) -> set[str]:
    """Return the requirements that the schema of a kind implements; `seq` and `crc` are the header's decision."""
    comments = (inner.get("$comment", "") for _, inner in checks.subschemas(schema(kind)))
    members = {name for comment in comments for name in comment.split(", ") if name.startswith(("JRN", "REC"))}
    return (members | {"REC-008"}) - BEYOND_SCHEMAS


def test_a_vector_is_made_from_its_description():
    (vector,) = (vector for vector in VECTORS if vector.path == "valid/framing/line-of-1-mib")

    lengths = [len(line) for line in vector.journal.splitlines(keepends=True)]

    assert lengths[1] == 1_048_576

"""The schemas are draft-07, use only what both validators enforce, and say what the prose says."""

from typing import Any

import fastjsonschema
import jsonschema
import pytest

from simvue_spec import kinds, requirements, schema
from tests.spec import checks

KNOWN = tuple(requirements())
PLANTED: dict[str, Any] = {
    "required": ["kind", "at", "name"],
    "properties": {"kind": {"const": "planted"}, "name": {"description": "A name.", "$comment": "REC-010"}},
}


def prose_of(kind: str) -> str:
    texts = checks.prose()
    if kind == "header":
        return checks.section(texts["v1/journal.md"], "The header")
    return checks.section(texts["v1/records.md"], kind)


@pytest.mark.parametrize("kind", kinds())
def test_a_schema_is_valid_draft_07_of_its_kind(kind):
    content = schema(kind)

    jsonschema.Draft7Validator.check_schema(content)

    assert content["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert content["$id"].endswith(f"/v1/schemas/{kind}.schema.json")
    assert content["properties"]["kind"]["const"] == kind


@pytest.mark.parametrize("kind", kinds())
def test_a_schema_uses_only_what_both_validators_enforce(kind):
    assert checks.foreign_keywords(schema(kind)) == []


@pytest.mark.parametrize(
    ("keywords", "place"),
    [
        ({"properties": {"a": {"format": "date-time"}}}, "/properties/a/format"),
        ({"items": {"prefixItems": []}}, "/items/prefixItems"),
        ({"allOf": [{"then": {"default": 1}}]}, "/allOf/0/then/default"),
        ({"properties": {"a": {"multipleOf": 0.01}}}, "/properties/a/multipleOf"),
    ],
)
def test_a_keyword_that_the_validators_do_not_share_is_noticed(keywords, place):
    assert checks.foreign_keywords(keywords) == [place]


ENFORCED: list[tuple[str, dict[str, Any], Any]] = [
    ("type", {"type": ["string", "null"]}, 1),
    ("required", {"required": ["a"]}, {}),
    ("properties", {"properties": {"a": {"type": "string"}}}, {"a": 1}),
    ("enum", {"enum": ["a"]}, "b"),
    ("const", {"const": "a"}, "b"),
    ("pattern", {"pattern": "^a(?![\\s\\S])"}, "a\n"),
    ("minLength", {"minLength": 1}, ""),
    ("maxLength", {"maxLength": 1}, "😀😀"),
    ("minimum", {"minimum": 0}, -1),
    ("maximum", {"maximum": 9007199254740991}, 9007199254740992),
    ("items", {"items": {"type": "string"}}, ["a", 1]),
    ("minItems", {"minItems": 1}, []),
    ("maxItems", {"maxItems": 1}, [1, 2]),
    ("minProperties", {"minProperties": 1}, {}),
    ("propertyNames", {"propertyNames": {"minLength": 1}}, {"": 1}),
    ("additionalProperties", {"additionalProperties": {"type": "number"}}, {"a": "b"}),
    ("oneOf", {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": 1, "b": 1}),
    ("allOf", {"allOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": 1}),
    ("if then", {"if": {"required": ["a"]}, "then": {"required": ["b"]}}, {"a": 1}),
    ("if else", {"if": {"required": ["a"]}, "else": {"required": ["b"]}}, {}),
    ("dependencies", {"dependencies": {"a": ["b"]}}, {"a": 1}),
    ("integer with a fraction", {"type": "integer"}, 1.5),
    ("integer is no boolean", {"type": "integer"}, True),
    ("number is no boolean", {"type": "number"}, False),
]


@pytest.mark.parametrize(("rules", "value"), [row[1:] for row in ENFORCED], ids=[row[0] for row in ENFORCED])
def test_each_keyword_in_use_is_enforced_by_both_validators(rules, value):
    full = {"$schema": "http://json-schema.org/draft-07/schema#", **rules}
    validate = fastjsonschema.compile(full, use_default=False)

    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        validate(value)

    assert not jsonschema.Draft7Validator(full).is_valid(value)


def test_every_keyword_in_use_has_been_shown_to_be_enforced():
    shown = {keyword for _, rules, _ in ENFORCED for keyword in rules}

    assert checks.SCHEMA_KEYWORDS - {"$schema", "$id", "$comment", "title", "description"} == shown


@pytest.mark.parametrize("kind", kinds())
def test_every_property_is_described(kind):
    assert checks.undescribed(schema(kind)) == []


def test_a_property_without_a_description_is_noticed():
    assert checks.undescribed(PLANTED) == ["/kind"]


@pytest.mark.parametrize("kind", kinds())
def test_every_property_names_the_requirement_it_implements(kind):
    assert checks.comment_faults(schema(kind), KNOWN) == []


def test_a_property_with_a_wrong_citation_is_noticed():
    unknown = "REC-" + "999"
    planted = {"properties": {"a": {"$comment": unknown}, "b": {}}}

    found = checks.comment_faults(planted, KNOWN)

    assert found == ["/b: no requirement", f"/properties/a: {unknown} is unknown"]


@pytest.mark.parametrize("kind", kinds())
def test_the_members_of_schema_and_prose_are_the_same(kind):
    assert checks.member_faults(schema(kind), prose_of(kind)) == []


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("**REC-010** `name` *string, required* MUST be.", []),
        (
            "**REC-010** `nam` *string, optional* MUST be `name`.",
            ["nam is not in the schema", "name is required by the schema alone"],
        ),
        ("**REC-010** `name` *string, optional* MUST be.", ["name is required by the schema alone"]),
        ("nothing", ["name is not in the prose", "name is required by the schema alone"]),
        ("`a` and `name` *string, required* MUST be.", ["a is not in the schema", "a is required by the prose alone"]),
    ],
)
def test_members_that_differ_are_noticed(text, faults):
    assert checks.member_faults(PLANTED, text) == faults


def test_every_kind_of_the_prose_has_a_schema():
    chapter = checks.prose()["v1/records.md"]
    sections = [line.removeprefix("## ") for line in chapter.splitlines() if line.startswith("## ")]

    assert sorted(kinds()) == sorted([*sections[1:], "header"])

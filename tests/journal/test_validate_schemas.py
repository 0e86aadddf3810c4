"""Schemas as the client compiles them: the requirement behind each refusal, in words."""

from typing import Any

import jsonschema
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simvue_spec
from simvue.journal.schemas import SchemaChecker, checker

AT = {"at": "2026-03-01T09:00:01Z"}
REFUSED = {
    "missing": ("metrics", {}, "REC-030", '"values" is missing'),
    "missing by a condition": ("artifact", {"name": "n", "category": "code"}, "REC-082", '"path" is missing'),
    "type": ("metrics", {"values": {"a.b": True}}, "REC-031", '"values.a.b" is true, not a number or a string'),
    "form": ("metrics", {"values": {"a": "1"}}, "REC-031", '"values.a" is "1", which is not of the required form'),
    "too small": ("metrics", {"values": {"a": 1}, "step": -1}, "REC-032", '"step" is -1, less than 0'),
    "beyond integers": ("metrics", {"values": {"a": 1}, "step": 2**53}, "REC-008", "more than 9007199254740991"),
    "no entries": ("metrics", {"values": {}}, "REC-030", '"values" has 0 entries, fewer than 1'),
    "empty name": ("metrics", {"values": {"": 1}}, "REC-007", "a name that is empty"),
    "choice": ("status", {"status": "lost"}, "REC-095", "not one of: created, running"),
    "too long": ("run", {"name": "n" * 251}, "REC-010", '"name" has 251 characters, more than 250'),
    "element": ("tags", {"add": ["a", 1]}, "REC-051", '"add[1]" is 1, not a string'),
    "both": ("tags", {"add": [], "set": []}, "REC-050", 'exactly one of "add" and "set" has to be there'),
    "one without the other": ("grid", {"name": "g", "labels": ["x"]}, "REC-101", "have to be there together"),
    "three axes": ("grid", {"name": "g", "labels": ["x"] * 3, "ticks": [[1]] * 3}, "REC-102", "more than 2"),
    "object": ("run", {"tags": {}}, "REC-014", '"tags" is an object, not an array'),
}


@pytest.mark.parametrize(("kind", "members", "requirement", "words"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_names_its_requirement_and_says_what_is_wrong(
    kind: str, members: dict[str, Any], requirement: str, words: str
) -> None:
    problem = checker().problem(kind, {"kind": kind, **AT, **members})

    assert problem is not None
    assert problem.requirement == requirement
    assert words in problem.message


def test_a_message_does_not_repeat_a_long_value() -> None:
    problem = checker().problem("status", {"kind": "status", **AT, "status": "x" * 100_000})

    assert problem is not None
    assert len(problem.message) < 200


@pytest.mark.parametrize("kind", simvue_spec.kinds())
def test_each_part_of_a_schema_that_can_refuse_cites_a_requirement(kind: str) -> None:
    known = simvue_spec.requirements()
    for member, part in simvue_spec.schema(kind)["properties"].items():
        assert part["$comment"] in known, member


def test_kinds_are_those_of_the_specification_and_schemas_are_compiled_when_needed() -> None:
    fresh = SchemaChecker()

    assert [kind for kind in ("header", "metrics", "x-mine", "profile") if fresh.known(kind)] == ["header", "metrics"]
    assert checker() is checker()


_json = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-2, 2), st.just(0.5), st.sampled_from(["", "NaN", "/a", "running"])
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "", "journal"]), inner, max_size=2)
    ),
    max_leaves=6,
)
JUDGES = {kind: jsonschema.Draft7Validator(simvue_spec.schema(kind)) for kind in simvue_spec.kinds()}


@given(st.sampled_from(sorted(JUDGES)), st.data())
@settings(max_examples=500, deadline=None)
@pytest.mark.requirement("RDR-003")
def test_the_compiled_schemas_agree_with_an_independent_implementation(kind: str, data: st.DataObject) -> None:
    members = [name for name in simvue_spec.schema(kind)["properties"] if name not in ("kind", "at")]
    drawn = data.draw(st.dictionaries(st.sampled_from(members), _json, max_size=6))
    record = orjson.loads(orjson.dumps({"kind": kind, **AT, **drawn}))

    problem = checker().problem(kind, record)

    assert (problem is None) == JUDGES[kind].is_valid(record)

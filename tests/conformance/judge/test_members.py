"""Names of requirements for what is wrong in one record, and times to the nanosecond."""

from typing import Any

import pytest

import simvue_spec
from simvue_conformance.judge.members import breaches_of_checksum, breaches_of_members, unusual_names
from simvue_conformance.judge.times import nanoseconds, seconds_between

AT = "2026-03-01T09:00:00Z"


def broken(kind: str, **members: Any) -> set[str]:
    record = {"kind": kind, "at": AT} | members
    return {breach.requirement for breach in breaches_of_members(record)}


@pytest.mark.parametrize(
    ("kind", "members", "requirements"),
    [
        ("event", {"message": 1}, {"REC-040"}),
        ("event", {"message": 1, "log_level": "loud"}, {"REC-040", "REC-041"}),
        ("event", {"message": 1, "at": "2026-02-29T00:00:00Z"}, {"REC-040", "REC-003"}),
        ("event", {"message": "m", "at": "2026-02-29"}, {"REC-002"}),
        ("metrics", {"values": {"a": 1}, "step": 2**53}, {"REC-008"}),
        ("metrics", {"values": {"a": 1}, "step": -(2**53)}, {"REC-032"}),
        ("metrics", {"values": {"é" * 126: 1}}, {"REC-007"}),
        ("alert", {}, {"REC-060"}),
        ("alert", {"name": "n"}, {"REC-062"}),
        ("alert", {"id": "i", "range_low": 1, "range_high": 1.0}, {"REC-068"}),
        ("artifact", {"name": "n", "category": "code"}, {"REC-082"}),
        ("artifact", {"name": "n", "category": "code", "stored": True}, {"REC-083"}),
        ("artifact", {"name": "n", "category": "code", "path": "p", "mimetype": "a/b\x01"}, {"REC-086"}),
        ("grid", {"name": "g", "labels": ["x"]}, {"REC-101", "REC-103"}),
        ("grid", {"name": "g", "labels": ["x"], "ticks": [[1], [2]]}, {"REC-103"}),
        ("grid", {"name": "g", "labels": ["x"], "ticks": [[0, -0.0]]}, {"REC-104"}),
        ("tensor", {"metric": "m", "array": [1, [2]]}, {"REC-112"}),
        ("tensor", {"metric": "m", "array": [[], []]}, {"REC-113"}),
        ("header", {"format": "x"}, {"JRN-011", "JRN-012", "JRN-013", "JRN-015", "JRN-016"}),
        ("profile", {"at": None}, {"REC-002"}),
        ("heartbeat", {}, set()),
        ("tensor", {"metric": "m", "array": [["NaN", 1]]}, set()),
        ("artifact", {"name": "n", "category": "code", "path": "p", "mimetype": "a/b;c=\u00a0"}, set()),
    ],
)
def test_a_record_breaks_the_requirements_of_its_members(
    kind: str, members: dict[str, Any], requirements: set[str]
) -> None:
    assert broken(kind, **members) == requirements


@pytest.mark.parametrize("kind", simvue_spec.kinds())
def test_whatever_a_schema_refuses_has_a_requirement(kind: str) -> None:
    properties = simvue_spec.schema(kind)["properties"]
    for wrong in (None, True, -1, "", [[[]]], {"": {}}):
        found = broken(kind, **dict.fromkeys(properties.keys() - {"kind", "at"}, wrong))

        assert found <= simvue_spec.requirements().keys()


def test_a_checksum_is_judged_by_form_and_by_value() -> None:
    right = b'{"kind":"event","seq":7,"at":"2026-03-01T09:00:07.125Z","message":"solver converged","crc":"638f791c"}'

    assert breaches_of_checksum(right) == []
    assert breaches_of_checksum(right.replace(b"converged", b"diverged"))[0].requirement == "FRM-031"
    assert breaches_of_checksum(right.replace(b"638f", b"638F"))[0].requirement == "FRM-030"


def test_unusual_names_are_one_finding_for_each_record() -> None:
    found = unusual_names({"kind": "metrics", "values": {"a$": 1, "b$": 2}})

    assert [breach.requirement for breach in found] == ["REC-036"]
    assert unusual_names({"kind": "metrics", "values": {"a > b (%)": 1}}) == []


def test_seconds_are_exact_across_zones_and_centuries() -> None:
    assert seconds_between("2026-03-01T09:00:00+01:00", "2026-03-01T08:00:00.000000001Z") == 1e-9
    assert seconds_between("2026-03-01T09:00:01Z", "2026-03-01T09:00:00.5Z") == -0.5
    assert nanoseconds("0001-01-01T00:00:00Z") == 0


@pytest.mark.parametrize("at", ["2026-02-29T00:00:00Z", "2016-12-31T23:59:60Z", "0001-01-01T00:30:00+01:00"])
def test_a_time_that_does_not_exist_is_none(at: str) -> None:
    assert nanoseconds(at) is None
    with pytest.raises(ValueError, match="no time"):
        seconds_between(AT, at)

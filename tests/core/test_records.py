"""What a record breaks beyond its schema, and the advice on it."""

from typing import Any

import pytest

from simvue.core.records import Problem, advice, kind_of, record_problem
from simvue.journal.schemas import checker

AT = {"at": "2026-03-01T09:00:01Z"}
LONGEST = "k" * 250
BROKEN = {
    "name of 251 bytes in fewer characters": ("metrics", {"values": {"ä" * 126: 1}}, "REC-007"),
    "key of metadata": ("metadata", {"values": {LONGEST + "k": 1}}, "REC-007"),
    "key of a run's metadata": ("run", {"metadata": {LONGEST + "k": 1}}, "REC-007"),
    "key of an artifact's metadata": (
        "artifact",
        {"name": "n", "category": "input", "path": "p", "metadata": {"": 1}},
        "REC-007",
    ),
    "range upside down": (
        "alert",
        {
            "name": "a",
            "source": "metrics",
            "metric": "m",
            "rule": "is inside range",
            "range_low": 1,
            "range_high": 1,
        },
        "REC-068",
    ),
    "labels and ticks": ("grid", {"name": "g", "labels": ["x"], "ticks": [[1], [2]]}, "REC-103"),
    "three labels": ("grid", {"name": "g", "labels": ["x", "y", "z"], "ticks": [[1], [2]]}, "REC-103"),
    "ticks that stand still": ("grid", {"name": "g", "labels": ["x"], "ticks": [[1, 1]]}, "REC-104"),
    "metric of a grid": ("grid", {"name": "g", "metrics": ["ä" * 126]}, "REC-105"),
    "metric of a tensor": ("tensor", {"metric": "ä" * 126, "array": [1]}, "REC-110"),
    "ragged rows": ("tensor", {"metric": "m", "array": [[1, 2], [1]]}, "REC-112"),
    "rows and numbers": ("tensor", {"metric": "m", "array": [[1], 1]}, "REC-112"),
    "empty rows": ("tensor", {"metric": "m", "array": [[], []]}, "REC-113"),
    "too many elements": ("tensor", {"metric": "m", "array": [[0] * 25_001] * 2}, "REC-113"),
}


@pytest.mark.parametrize(("kind", "members", "requirement"), BROKEN.values(), ids=BROKEN)
@pytest.mark.requirement("REC-007", "REC-068", "REC-103", "REC-104", "REC-105", "REC-110", "REC-112", "REC-113")
def test_what_no_schema_can_say_is_found(kind: str, members: dict[str, Any], requirement: str) -> None:
    problem = record_problem(kind, {"kind": kind, **AT, **members}, checker())

    assert problem is not None
    assert problem.requirement == requirement


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        ("metrics", {"values": {LONGEST: 1, "ä" * 125: 2}}),
        ("tensor", {"metric": "m", "array": [[0] * 25_000] * 2}),
        ("grid", {"name": "g", "labels": ["x", "y"], "ticks": [[1, 2], [-1.5]], "metrics": ["m"]}),
        ("grid", {"name": "g"}),
        ("x-private", {"anything": "goes"}),
    ],
)
def test_what_just_fits_is_no_problem(kind: str, members: dict[str, Any]) -> None:
    assert record_problem(kind, {"kind": kind, **AT, **members}, checker()) is None


@pytest.mark.parametrize("kind", [None, 7, "", "a b", "Metrics", "k" * 65, "metrics\n", []])
@pytest.mark.requirement("REC-001")
def test_a_kind_has_a_form(kind: Any) -> None:
    problem = kind_of({"kind": kind})

    assert isinstance(problem, Problem)
    assert problem.requirement == "REC-001"


@pytest.mark.parametrize("kind", ["profile", "x-private", "metrics"])
@pytest.mark.requirement("REC-002", "RDR-013")
def test_records_of_any_kind_need_a_time(kind: str) -> None:
    problem = record_problem(kind, {"kind": kind}, checker())

    assert problem is not None
    assert problem.requirement == "REC-002"


@pytest.mark.parametrize(
    ("kind", "members", "requirement"),
    [
        ("run", {"name": "heat #1"}, "REC-011"),
        ("metrics", {"values": {"résidu": 1}}, "REC-036"),
        ("tensor", {"metric": "a&b"}, "REC-036"),
        ("grid", {"metrics": ["a;b"]}, "REC-036"),
        ("end", {}, "REC-128"),
    ],
)
@pytest.mark.requirement("REC-011", "REC-036", "REC-128")
def test_advice_is_given_on_what_is_valid(kind: str, members: dict[str, Any], requirement: str) -> None:
    assert [problem.requirement for problem in advice(kind, members)] == [requirement]

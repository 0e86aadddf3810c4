"""WRITER-CLI.md says what the suite does: its scenarios, claims and requirements are those of the code."""

import re
from pathlib import Path

import pytest

from simvue_conformance.context import Context
from simvue_conformance.program import Program
from simvue_conformance.requirements import features, required
from simvue_conformance.writer import places

PAGE = (Path(__file__).parents[3] / "conformance" / "WRITER-CLI.md").read_text(encoding="utf-8")
GOOD = (Path(__file__).parents[3] / "conformance" / "broken" / "writers" / "good.py").read_text(encoding="utf-8")
HEADINGS = re.findall(r"^### (.*)$", PAGE, re.MULTILINE)
SECTIONS = {"restart": "restart-1, restart-2", "ranks": "rank-0, rank-1"}


def test_every_scenario_has_a_section():
    context = Context(program=Program(command=("true",)), features=features("writer"))
    assert sorted(HEADINGS) == sorted(
        ["In every scenario", *(SECTIONS.get(place.name, place.name) for place in places(context))]
    )


def test_a_correct_writer_has_every_scenario():
    names = {name for heading in HEADINGS[:-1] for name in heading.split(", ")}
    assert names == set(re.findall(r'^    "([a-z0-9-]+)": \w+,$', GOOD, re.MULTILINE))


def test_requirements_of_the_suite_stand_there_as_in_the_list():
    rows = {name: row.text for name, row in required("writer", features("writer")).items() if name.startswith("SCN")}
    assert dict(re.findall(r"^\*\*(SCN-\d+)\*\* (.*)$", PAGE, re.MULTILINE)) == rows


@pytest.mark.parametrize("claim", sorted(features("writer") - {"library"}))
def test_every_claim_is_explained(claim):
    assert f"| `{claim}` |" in PAGE


def test_requirements_that_are_named_are_asked_or_left_out_knowingly():
    named = set(re.findall(r"\b(?:FRM|REC|SEQ|JRN|WRT|SCN)-\d{3}\b", PAGE.partition("## What is not looked at")[0]))
    assert named <= required("writer", features("writer")).keys()

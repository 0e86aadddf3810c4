"""Each broken reader fails the requirements it is named for, and no other; a right one passes."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simvue_conformance.context import Context
from simvue_conformance.program import Program
from simvue_conformance.reader import places
from simvue_conformance.reader.places import all_vectors, look
from simvue_conformance.requirements import required
from simvue_conformance.results import Failure
from simvue_conformance.runner import judge_program
from tests.conformance.reader.programs import BROKEN, ENVIRONMENT, GOOD, python

PROGRAMS = sorted(path.name for path in BROKEN.glob("*_*.py"))
LARGE = 100_000
"""Bytes of a journal that is left out: nine vectors take most of the time, and no broken reader is about them."""
IN_OTHER_PLACES = {"RDR-004": "pieces", "RDC-001": "calls", "RDC-002": "calls"}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Failure]]:
    """Every failure of every broken reader: vectors in one call for each state."""
    vectors = [vector for vector in all_vectors() if len(vector.journal) < LARGE]
    asked = required("reader")

    def failures(name: str) -> list[Failure]:
        program = python(BROKEN / name)
        directory = tmp_path_factory.mktemp("vectors")
        found = list(look(program, vectors, directory, asked, at_once=len(vectors)))
        for place in places(Context(program=program)):
            if place.name == IN_OTHER_PLACES.get(name.partition("_")[0]):
                found += place.observe(directory)
        return found

    with pytest.MonkeyPatch.context() as environment, ThreadPoolExecutor(2) as pool:
        environment.setenv("PYTHONPATH", ENVIRONMENT)
        return dict(zip(PROGRAMS, pool.map(failures, PROGRAMS), strict=True))


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_broken_reader_fails_what_it_is_named_for(name: str, seen: dict[str, list[Failure]]) -> None:
    assert {failure.requirement: failure for failure in seen[name]}.keys() == set(name.partition("_")[0].split("+"))


def test_a_right_reader_that_holds_the_journal_fails_for_its_memory_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", ENVIRONMENT)
    context = Context(program=python(GOOD))

    report = judge_program("reader", places(context), context, {})

    assert {
        outcome.requirement.id: outcome.observations for outcome in report.outcomes if outcome.status != "passed"
    }.keys() == {"RDR-005"}


def test_our_own_reader_passes_everything() -> None:
    command = Path(sys.executable).with_name("simvue-validate")
    context = Context(program=Program(command=(os.fspath(command), "--verdicts")))

    report = judge_program("reader", places(context), context, {})

    assert {
        outcome.requirement.id: outcome.observations for outcome in report.outcomes if outcome.status != "passed"
    } == {}

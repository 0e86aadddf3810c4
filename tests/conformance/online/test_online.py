"""The role `online`: the Python client conforms, and each program that does one thing wrong fails for just that."""

import ast
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simvue_conformance.context import Context
from simvue_conformance.online import outages, places
from simvue_conformance.program import Program
from simvue_conformance.requirements import required
from simvue_conformance.runner import judge_program

ROOT = Path(__file__).parents[3]
GOOD = ROOT / "conformance/writers/python/conformance.py"
BROKEN = sorted((ROOT / "conformance/broken/online").glob("[A-Z]*.py"))
A_SENDER = "PTH-007_a_sender_that_calls_a_held_lease_an_error"
FEATURES = frozenset({"fork", "threads"})
LIMIT = 120.0
AT_ONCE = 2


def seen_in(path):
    """Return the places that the docstring of a broken program names."""
    (listed,) = re.findall(r"Seen in: (.+)\.", ast.get_docstring(ast.parse(path.read_text())))
    return set(listed.split(", "))


def judged(program, only=None, sender=None, jobs=1):
    def command(path):
        return Program(command=(sys.executable, str(path)), timeout=LIMIT)

    context = Context(program=command(program), features=FEATURES, sender=None if sender is None else command(sender))
    chosen = [place for place in places(context) if only is None or place.name in only]
    return judge_program("online", chosen, context, {}, is_partial=only is not None, jobs=jobs)


def complaints(report):
    return {
        outcome.requirement.id: [
            (seen.place, seen.verdict, seen.detail) for seen in outcome.observations if seen.detail
        ]
        for outcome in report.outcomes
        if outcome.status != "passed"
    }


@pytest.fixture(scope="module")
def reports():
    """All broken programs judged where they are seen to be broken, some at once: they mostly wait."""

    def judge(path):
        program, sender = (GOOD, path) if path.stem == A_SENDER else (path, None)
        return judged(program, seen_in(path), sender)

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(AT_ONCE) as pool:
        patch.setattr(outages, "PATIENCE", 3.0)  # who waits for the server never gets there, and need not be given long
        yield dict(zip(BROKEN, pool.map(judge, BROKEN), strict=True))


@pytest.mark.requirement("PTH-001", "PTH-002", "PTH-003", "PTH-004", "PTH-006", "PTH-007", "PTH-008", "PTH-009")
def test_the_python_client_conforms():
    report = judged(GOOD, jobs=AT_ONCE)

    assert complaints(report) == {}
    assert report.conforms


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_program_fails_for_just_what_it_does_wrong(path, reports):
    assert set(path.stem.partition("_")[0].split("+")) == complaints(reports[path]).keys(), complaints(reports[path])


def test_every_requirement_has_a_program_that_breaks_it():
    broken = {identifier for path in BROKEN for identifier in path.stem.partition("_")[0].split("+")}

    assert broken == required("online", FEATURES).keys()


def test_a_program_without_a_scenario_is_not_testable(tmp_path):
    program = tmp_path / "none.py"
    program.write_text("raise SystemExit(77)\n")

    report = judged(program, {"failing", "killed", "minimal", "no-cache", "refused", "slow"})

    found = {outcome.status for outcome in report.outcomes}
    assert found == {"not testable"}
    assert not report.conforms

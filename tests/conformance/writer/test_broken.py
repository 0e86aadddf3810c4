"""The role against writers that break something: what is in a file's name fails, and nothing else.

A broken writer is called in the scenarios that its docstring names. Together with the vectors of the specification the
broken writers prove that every requirement of the frozen list can fail.
"""

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import simvue_spec
from simvue_conformance.context import Context
from simvue_conformance.judge import judge
from simvue_conformance.program import Program
from simvue_conformance.requirements import features, required
from simvue_conformance.runner import judge_program
from simvue_conformance.writer import places
from simvue_conformance.writer.journals import Journal, failures
from simvue_conformance.writer.session import Session

WRITERS = Path(__file__).parents[3] / "conformance" / "broken" / "writers"
BROKEN = {file.stem: file for file in sorted(WRITERS.glob("[A-Z]*.py"))}
FEATURES = features("writer")
SUITE = (sys.executable, "-m", "simvue_conformance.cli")


def named(name):
    return set(name.partition("_")[0].split("+"))


def look(file, *, only=None, claims=FEATURES, timeout=60.0):
    context = Context(program=Program(command=(sys.executable, str(file)), timeout=timeout), features=claims)
    if only is None:
        only = re.split(r",\s+", re.search(r"Seen in: ([^.]*)\.", file.read_text())[1])
    chosen = [place for place in places(context) if place.name in only]
    assert len(chosen) == len(only)
    return judge_program("writer", chosen, context, {}, is_partial=True, jobs=1)


def broken_in(report):
    return {outcome.requirement.id for outcome in report.outcomes if outcome.status in {"failed", "warned"}}


def not_kept_in(report):
    return {outcome.requirement.id: outcome.status for outcome in report.outcomes if outcome.status != "passed"}


@pytest.fixture(scope="module")
def reports():
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(BROKEN, pool.map(look, BROKEN.values()), strict=True))


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_in_the_name_of_a_broken_writer_fails_and_nothing_else(name, reports):
    assert broken_in(reports[name]) == named(name)
    asked = required("writer", FEATURES)
    assert reports[name].conforms == all(asked[broken].level == "SHOULD" for broken in named(name))


@pytest.mark.parametrize("name", BROKEN)
def test_a_failure_says_what_was_seen_and_where(name, reports):
    for outcome in reports[name].outcomes:
        for observation in outcome.observations:
            if observation.verdict == "failed":
                assert len(observation.detail) > 40
                assert observation.place


def test_a_correct_writer_passes_everything_by_the_real_command():
    finished = subprocess.run(
        [*SUITE, "writer", "--with", "threads,fork,checksum", "--json", "--", sys.executable, str(WRITERS / "good.py")],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    outcomes = json.loads(finished.stdout)["requirements"]
    assert [outcome["id"] for outcome in outcomes if outcome["status"] != "passed"] == []
    assert finished.returncode == 0, finished.stderr


def test_a_correct_writer_may_lose_steps_when_it_says_so():
    report = look(WRITERS / "good_with_little_memory.py", only=["full-disk"])
    assert not_kept_in(report) == {}


def test_print_statements_in_a_program_need_not_do_what_libraries_do():
    claims = frozenset({"checksum"})
    plain = [file for name, file in BROKEN.items() if named(name) & {"WRT-031", "SEQ-004", "WRT-033"}]
    for file in plain:
        only = re.search(r"Seen in: ([^.]*)\.", file.read_text())[1].split(", ")
        assert not_kept_in(look(file, only=only, claims=claims)) == {}


def test_a_program_without_a_scenario_has_broken_nothing_and_conforms_to_nothing(tmp_path):
    file = tmp_path / "none.py"
    file.write_text("import sys\nsys.exit(77)\n")
    names = [place.name for place in places(Context(program=Program(command=("true",)), features=FEATURES))]
    report = look(file, only=names)
    assert {outcome.status for outcome in report.outcomes} == {"not testable"}


def test_a_program_that_fails_has_broken_nothing_and_conforms_to_nothing(tmp_path):
    file = tmp_path / "none.py"
    file.write_text("import sys\nsys.exit('it hurts')\n")
    report = look(file, only=["minimal", "full", "restart", "ranks", "killed", "full-disk"])
    assert "it hurts" in report.outcomes[0].observations[0].detail
    assert not report.conforms
    assert broken_in(report) <= {"JRN-001", "SCN-008"}


def test_every_requirement_of_the_list_can_fail():
    """By a broken writer, or by a vector of the specification in the place of a journal."""
    rows = required("writer", FEATURES)
    session = Session(Context(program=Program(command=("true",)), features=FEATURES))
    seen = set().union(*map(named, BROKEN))
    for vector in (vector for vector in simvue_spec.vectors() if vector.expected["findings"]):
        journal = Journal(Path(f"{vector.path}.jsonl"), vector.journal, judge(vector.journal))
        seen |= {failure.requirement for failure in failures(session, [journal])}
    assert [name for name in rows if name not in seen] == []


def test_broken_writers_break_what_is_asked():
    assert set().union(*map(named, BROKEN)) <= required("writer", FEATURES).keys()

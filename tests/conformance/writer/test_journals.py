"""What every journal owes, whatever the scenario: where it lies, whose it is, how a finding is called."""

import os

import pytest

import simvue_spec
from simvue_conformance.context import Context
from simvue_conformance.judge import judge
from simvue_conformance.program import Program
from simvue_conformance.requirements import required
from simvue_conformance.results import NotTestable
from simvue_conformance.writer.growth import LARGEST
from simvue_conformance.writer.journals import WRITERS, Journal, collect, failures, misplaced
from simvue_conformance.writer.session import Session

INVALID = [vector for vector in simvue_spec.vectors() if vector.group == "invalid"]
HEADER = (
    b'{"kind":"header","at":"2026-03-01T09:00:00Z","format":"simvue-journal","version":"1.0","journal":"0123456789",'
    b'"run":"a","writer":{}}\n'
)


@pytest.fixture
def session():
    return Session(Context(program=Program(command=("true",))))


@pytest.mark.parametrize("vector", INVALID, ids=lambda vector: vector.path)
def test_an_invalid_vector_fails_under_a_requirement_that_binds_writers(vector, session, tmp_path):
    journal = Journal(tmp_path / "vector.jsonl", vector.journal, judge(vector.journal, live=vector.state == "live"))
    expected = {WRITERS.get(found["requirement"], found["requirement"]) for found in vector.expected["findings"]}
    expected |= {"WRT-013"} if vector.path.endswith("replay-too-late") else set()
    expected |= {"JRN-020"} if vector.path.endswith("feature-unknown") else set()

    found = {failure.requirement for failure in failures(session, [journal])} - {"JRN-043"}

    assert found
    assert found <= expected


@pytest.mark.parametrize("name", WRITERS.values())
def test_what_stands_for_a_requirement_of_readers_binds_writers(name):
    assert name in required("writer")


@pytest.mark.parametrize(
    "name",
    [
        "a.jsonl",
        "journals/.a.jsonl",
        "journals/.jsonl",
        "journals/a b.jsonl",
        "journals/a.json",
        "journals/ä.jsonl",
        f"journals/{'a' * 95}.jsonl",
    ],
)
def test_a_journal_lies_in_journals_under_a_name_of_its_own(name, tmp_path):
    (tmp_path / "journals").mkdir()
    (tmp_path / name).write_bytes(HEADER)
    assert [failure.requirement for failure in misplaced(tmp_path)] == ["JRN-001"]


def test_a_link_is_no_journal(tmp_path):
    (tmp_path / "journals").mkdir()
    (tmp_path / "journals" / "a.jsonl").symlink_to("/dev/null")
    assert [failure.requirement for failure in misplaced(tmp_path)] == ["JRN-001"]


def test_what_is_no_journal_may_lie_beside_one(tmp_path):
    (tmp_path / "journals" / "tmp").mkdir(parents=True)
    (tmp_path / "journals" / "a.jsonl").write_bytes(HEADER)
    (tmp_path / "journals" / ".lock").write_bytes(b"4711")
    os.mkfifo(tmp_path / "journals" / "fifo")
    assert list(misplaced(tmp_path)) == []
    assert [journal.name for journal in collect(tmp_path)] == ["a.jsonl"]


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_called_like_a_journal_has_to_be_a_file(make, tmp_path):
    (tmp_path / "journals").mkdir()
    make(tmp_path / "journals" / "a.jsonl")
    assert [failure.requirement for failure in misplaced(tmp_path)] == ["JRN-001"]
    assert collect(tmp_path) == []


def test_a_journal_without_end_is_not_read(tmp_path):
    (tmp_path / "journals").mkdir()
    with (tmp_path / "journals" / "a.jsonl").open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(NotTestable, match="64 MiB"):
        collect(tmp_path)


def test_a_journal_in_its_place_is_well(tmp_path):
    (tmp_path / "journals").mkdir()
    (tmp_path / "journals" / f"{'a' * 94}.jsonl").write_bytes(HEADER)
    (tmp_path / "artifacts").mkdir()
    assert list(misplaced(tmp_path)) == []


def test_journals_come_in_the_order_of_their_headers(tmp_path):
    (tmp_path / "journals").mkdir()
    for name, second in (("a", b"03"), ("b", b"01"), ("c", b"02")):
        (tmp_path / "journals" / f"{name}.jsonl").write_bytes(HEADER.replace(b"09:00:00", b"09:00:" + second))
    assert [journal.name for journal in collect(tmp_path)] == ["b.jsonl", "c.jsonl", "a.jsonl"]


def test_a_torn_tail_is_a_failure_of_writers_that_ended(session, tmp_path):
    content = HEADER + b'{"kind":"metr'
    journal = Journal(tmp_path / "a.jsonl", content, judge(content))
    assert {failure.requirement for failure in failures(session, [journal])} == {"FRM-002", "JRN-043"}
    assert list(failures(session, [journal], is_ended=False)) == []


def test_one_requirement_is_reported_a_few_times_only(session, tmp_path):
    content = HEADER + b"no record\n" * 1000
    journal = Journal(tmp_path / "a.jsonl", content, judge(content))
    assert len(list(failures(session, [journal], is_ended=False))) == 3

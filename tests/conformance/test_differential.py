"""The reader of the client and the sender, held against the independent judge.

A small part of tests.campaigns.differential, which goes on for as long as one likes.
Two stacks that share the specification and nothing else: where they do not agree, one of them or the prose is wrong.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import simvue_spec
from simvue_conformance.judge import judge, judge_path
from tests.campaigns import differential
from tests.campaigns.differential import disagreement, disagreements
from tests.campaigns.hostile import made, spliced

pytestmark = pytest.mark.requirement("RDR-001", "RDR-002", "RDR-003", "RDR-004", "RDR-020", "RDR-023", "SEQ-006")

LARGE = 100_000  # bytes; larger vectors are read in the state that they are about only

WORTH_A_PROCESS = [
    "valid/records/metrics-not-finite",
    "valid/framing/checksum",
    "valid/journal/live-growing",
    "invalid/records/alert-range-reversed",
    "invalid/journal/major-version-newer",
    "damaged/second-header",
    "damaged/tail-torn-live",
    "damaged/hole-dead",
]


def agreed(journals: Iterable[bytes]) -> None:
    for journal in journals:
        for found in disagreements(journal):
            pytest.fail(f"{found.texts}\nlive={found.live}\n{found.journal!r}")


@pytest.mark.parametrize("group", ["valid", "invalid", "damaged"])
def test_both_say_the_same_of_every_vector_dead_and_live(group: str) -> None:
    for vector in simvue_spec.vectors():
        if vector.group != group:
            continue
        states = (False, True) if len(vector.journal) < LARGE else (vector.state == "live",)
        for live in states:
            assert disagreement(vector.journal, live=live) is None, (vector.path, live)


def test_both_say_the_same_of_prefixes_of_valid_vectors() -> None:
    whole = [journal for journal in differential.valid_prefixes() if len(journal) < LARGE]

    agreed(Random(1).sample(whole, 600))


def test_both_say_the_same_of_spliced_vectors() -> None:
    agreed(spliced(differential.small_vectors(), Random(f"suite {seed}")) for seed in range(400))


@settings(max_examples=150, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_both_say_the_same_of_made_journals(choice: Random) -> None:
    agreed([made(choice)])


def test_a_reader_that_forgets_a_rule_is_told() -> None:
    vector = next(vector for vector in simvue_spec.vectors() if vector.path == "damaged/two-writers")
    forgetful = judge(vector.journal.replace(b'"seq"', b'"SEQ"'))

    assert differential.differences(forgetful.document, vector.expected)


def test_a_disagreement_is_made_as_small_as_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A judge that misreads a journal with an x in it: its difference is found, and cut down to the x."""

    def wrong(journal: bytes, *, live: bool = False) -> object:
        return judge(journal + b"{" if b"x" in journal else journal, live=live)

    monkeypatch.setattr(differential, "judge", wrong)

    found = disagreement(b"one\ntwo x three\nfour\n", live=False)

    assert found is not None
    assert differential.smallest(found).journal == b"x\n"


@pytest.mark.parametrize("path", WORTH_A_PROCESS)
def test_the_commands_say_the_same(path: str, tmp_path: Path) -> None:
    vector = next(vector for vector in simvue_spec.vectors() if vector.path == path)
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(vector.journal)
    live = vector.state == "live"
    validate = [Path(sys.executable).parent / "simvue-validate", "--json", *(["--incomplete"] if live else []), journal]

    printed = subprocess.run(validate, capture_output=True, text=True, check=False, timeout=300).stdout.splitlines()
    of_judge = subprocess.run(
        [sys.executable, "-m", "simvue_conformance.judge", *(["--live"] if live else []), journal],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    *findings, sums = (json.loads(line) for line in printed)
    # JRN-043 is for those who were not told that a journal is live; the vectors leave it out.
    said = sorted((one["requirement"], one["line"] or 0) for one in findings if one["requirement"] != "JRN-043")
    judged = judge_path(journal, live=live)
    assert said == sorted((one.requirement, one.line or 0) for one in judged.findings)
    assert sums["files"][0]["accounting"] == judged.accounting
    assert of_judge.returncode == (0 if judged.valid else 1)

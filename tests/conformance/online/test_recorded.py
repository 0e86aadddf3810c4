"""What journals say, held against what a server holds: which requirement is broken by which difference."""

import json
from collections import Counter

from simvue_conformance.online.recorded import accounted, examples, journals, number_of_records, recorded, steps

HEADER = {"kind": "header", "seq": 0, "format": "simvue-journal", "journal": "6b1f0c9e", "run": "r"}


def point(step, **values):
    return {"kind": "metrics", "step": step, "values": values}


def write(path, *records, torn=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records) + torn)
    return path


def broken(server, journal, expected=None):
    found = accounted(steps(server), steps(journal), steps(journal if expected is None else expected), "ONL-005")
    return {failure.requirement for failure in found}


def test_journals_are_found_wherever_they_lie_and_other_files_are_none(tmp_path):
    live = write(tmp_path / "online/r/journals/a.jsonl", HEADER)
    put_away = write(tmp_path / "delivered/b.jsonl", HEADER)
    write(tmp_path / "sender/state/00000001.jsonl", {"note": "run"})
    write(tmp_path / "journals/empty.jsonl")

    assert journals(tmp_path) == [put_away, live]


def test_points_are_those_of_whole_lines_of_all_journals(tmp_path):
    write(tmp_path / "journals/a.jsonl", HEADER, point(0, x=1, y="NaN"), {"kind": "event"}, torn='{"kind":"metrics"')
    write(tmp_path / "delivered/b.jsonl", HEADER, point(0, x=1.0))

    assert recorded(tmp_path) == Counter({("x", 0, "1.0"): 2, ("y", 0, "nan"): 1})
    assert number_of_records(tmp_path) == 5


def test_lines_that_are_no_records_are_left_out(tmp_path):
    path = write(tmp_path / "journals/a.jsonl", HEADER, point(1, x=2))
    wrong = json.dumps(point(2, x={})).encode()
    path.write_bytes(
        path.read_bytes() + b"\x00\x00\n[1]\n" + wrong + b"\n" + json.dumps(point(2, x=3)).encode() + b"\n"
    )

    assert recorded(tmp_path) == steps({1: 2, 2: 3})


def test_what_is_the_same_everywhere_breaks_nothing():
    assert broken({0: 1.0, 1: float("inf")}, {0: 1.0, 1: float("inf")}) == set()


def test_what_a_journal_has_and_the_server_has_not_was_left_where_no_sender_finds_it():
    assert broken({0: 1.0}, {0: 1.0, 1: 2.0}) == {"PTH-004"}


def test_what_the_server_has_and_no_journal_was_sent_before_it_was_appended():
    assert broken({0: 1.0, 1: 2.0}, {0: 1.0}) == {"PTH-001"}


def test_what_neither_has_is_lost():
    assert broken({0: 1.0}, {0: 1.0}, {0: 1.0, 1: 2.0}) == {"ONL-005"}


def test_what_the_server_has_twice_was_sent_under_two_keys():
    twice = Counter({("x", 0, "1.0"): 2})
    once = steps({0: 1.0})

    (failure,) = accounted(twice, once, once, "ONL-005")

    assert failure.requirement == "PTH-002"
    assert "1 points (x=1.0 at step 0)" in failure.detail


def test_examples_are_few():
    assert examples(steps({step: step for step in range(5)})) == (
        "5 points (x=0.0 at step 0, x=1.0 at step 1, x=2.0 at step 2, …)"
    )

"""The fold of a sender's notes: the same ledger whatever was written twice, torn off, or compacted."""

from dataclasses import asdict
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simvue.core.ledger import JournalAccount, Ledger, Note, Window, checkpoint_note, merge
from simvue.core.reading import ReaderState

JOURNALS = st.sampled_from(["journal-1", "journal-2", "unknown-1"])
RUNS = st.sampled_from(["heat", "cold", "unknown"])
KEYS = st.sampled_from(["journal-1/0-10/metrics", "journal-1/10-20/artifact", "journal-1/100-9/x", "journal-2/10-20/e"])
CLOCKS = st.floats(0, 1e6)
FACTS = st.dictionaries(
    st.sampled_from(["id", "status", "alerts"]),
    st.one_of(st.text(max_size=3), st.just({"n": "A"}), st.just({"m": "B"})),
)


def note(kind: str, **members: Any) -> Any:
    return st.fixed_dictionaries({"note": st.just(kind), **members})


ASIDE = st.lists(
    st.sampled_from([10, 100]).map(lambda offset: {"offset": offset, "length": 5, "why": "artifact"}),
    max_size=2,
    unique_by=lambda row: row["offset"],
)
NOTES = st.one_of(
    note("pass", clock=CLOCKS, at=st.just("2026-03-01T09:00:00+00:00")),
    note("run", run=RUNS, known=CLOCKS, facts=FACTS, gone=st.sampled_from(["", "404"])),
    note("wait", run=RUNS, attempts=st.integers(0, 9), until=CLOCKS),
    note("journal", journal=JOURNALS, file=st.sampled_from(["a", "b"]), run=st.just("heat"), known=CLOCKS),
    note("seen", journal=JOURNALS, size=st.integers(0, 99), clock=CLOCKS),
    note(
        "window", journal=JOURNALS, end=st.integers(1, 99), dead=st.booleans(), final=st.booleans(), sha256=st.just("x")
    ),
    note("intent", journal=JOURNALS, key=KEYS, sha256=st.just("x"), at=st.just("now"), clock=CLOCKS),
    note("clear", journal=JOURNALS, key=KEYS),
    note("outcome", journal=JOURNALS, key=KEYS, result=st.just("applied"), facts=FACTS),
    note("outcome", journal=JOURNALS, key=KEYS, result=st.just("applied"), facts=FACTS, run=RUNS, run_facts=FACTS),
    note(
        "checkpoint",
        journal=JOURNALS,
        reader=st.integers(0, 99).map(lambda offset: ReaderState(offset=offset).to_json()),
        marker=st.just("1:x"),
        aside=ASIDE,
        dead=st.integers(0, 3),
        refused=st.integers(0, 3),
        refused_bytes=st.integers(0, 3),
        findings=st.integers(0, 3),
        sent=st.just({"metrics": 3}),
    ),
    note("trouble", journal=JOURNALS, why=st.sampled_from(["", "rewritten"])),
    note("finished", journal=JOURNALS),
    note("of a newer sender", journal=JOURNALS),
)
HISTORIES = st.lists(NOTES, max_size=30)


def folded(notes: list[Note]) -> Ledger:
    ledger = Ledger()
    for one in notes:
        ledger.fold(orjson.loads(orjson.dumps(one)))
    return ledger


@given(HISTORIES)
def test_what_compaction_writes_makes_an_equal_ledger(notes: list[Note]) -> None:
    ledger = folded(notes)

    again = folded(list(ledger.notes()))

    assert asdict(again) == asdict(ledger)


@given(HISTORIES)
def test_the_order_of_outcomes_outlives_compaction(notes: list[Note]) -> None:
    ledger = folded(notes)

    again = folded(list(ledger.notes()))

    for journal, account in ledger.journals.items():
        assert list(again.journals[journal].outcomes) == list(account.outcomes)


@given(HISTORIES, NOTES)
def test_a_note_that_was_written_twice_changes_nothing(notes: list[Note], last: Note) -> None:
    assert asdict(folded([*notes, last, last])) == asdict(folded([*notes, last]))


@given(FACTS, FACTS)
def test_merging_leaves_the_news_as_they_are(facts: dict[str, Any], news: dict[str, Any]) -> None:
    before = orjson.dumps(news)
    merged = merge(orjson.loads(orjson.dumps(facts)), news)

    merge(merged, {"alerts": {"later": "C"}, "id": {"later": "C"}})

    assert orjson.dumps(news) == before


def test_facts_are_merged_member_by_member() -> None:
    assert merge({"a": {"x": 1}, "b": 1}, {"a": {"y": 2}, "b": {"z": 3}}) == {"a": {"x": 1, "y": 2}, "b": {"z": 3}}


def account(**members: Any) -> Ledger:
    ledger = Ledger()
    ledger.fold({"note": "run", "run": "heat", "known": 0.0, "facts": {"id": "R"}})
    ledger.fold({"note": "journal", "journal": "journal-1", "file": "a", "run": "heat", "known": 0.0, **members})
    return ledger


def checkpoint(ledger: Ledger, *aside: int) -> None:
    new = JournalAccount("journal-1", "a", "heat", aside={offset: {"offset": offset} for offset in aside})
    ledger.fold(checkpoint_note(new))


@pytest.mark.requirement("DLV-009", "DLV-070")
def test_a_checkpoint_forgets_what_is_done_but_for_records_that_were_set_aside() -> None:
    ledger = account()
    keys = ["journal-1/10-20/artifact", "journal-1/100-20/x", "journal-1/1-2/metrics", "journal-1/10-20/upload"]
    for key in keys:
        ledger.fold({"note": "intent", "journal": "journal-1", "key": key})
    for key in keys[:3]:
        ledger.fold({"note": "outcome", "journal": "journal-1", "key": key, "result": "applied", "facts": {}})
    ledger.fold({"note": "window", "journal": "journal-1", "end": 200, "dead": False, "final": False})

    checkpoint(ledger, 10)

    left = ledger.journals["journal-1"]
    assert list(left.outcomes) == ["journal-1/10-20/artifact"]
    assert list(left.intents) == ["journal-1/10-20/upload"]
    assert left.window is None


def test_a_checkpoint_without_records_set_aside_forgets_all() -> None:
    ledger = account()
    ledger.fold({"note": "outcome", "journal": "journal-1", "key": "journal-1/1-2/x", "result": "applied", "facts": {}})

    checkpoint(ledger)

    assert ledger.journals["journal-1"].outcomes == {}


@pytest.mark.requirement("DLV-012")
def test_an_outcome_ends_the_doubt_and_teaches_about_the_run_in_one_note() -> None:
    ledger = account()
    ledger.fold({"note": "intent", "journal": "journal-1", "key": "k"})

    outcome = {"note": "outcome", "journal": "journal-1", "key": "k", "result": "applied", "facts": {}}
    ledger.fold(outcome | {"run": "heat", "run_facts": {"status": "failed"}})

    assert ledger.journals["journal-1"].intents == {}
    assert ledger.runs["heat"].facts == {"id": "R", "status": "failed"}


@pytest.mark.requirement("DLV-012")
def test_what_one_sender_has_done_is_done_although_another_did_not_know_of_it() -> None:
    ledger = account()
    ledger.fold({"note": "outcome", "journal": "journal-1", "key": "k", "result": "applied", "facts": {}})

    ledger.fold({"note": "intent", "journal": "journal-1", "key": "k"})

    assert ledger.journals["journal-1"].intents == {}


def test_a_run_is_forgotten_with_the_last_of_its_journals() -> None:
    ledger = account()
    ledger.fold({"note": "journal", "journal": "journal-2", "file": "b", "run": "heat", "known": 0.0})

    ledger.fold({"note": "finished", "journal": "journal-1"})
    between = set(ledger.runs)
    ledger.fold({"note": "finished", "journal": "journal-2"})

    assert between == {"heat"}
    assert ledger.runs == {}


def test_news_of_a_run_that_was_put_away_meanwhile_do_not_bring_it_back_half_known() -> None:
    ledger = account()
    ledger.fold({"note": "finished", "journal": next(iter(ledger.journals))})

    ledger.fold({"note": "run", "run": "heat", "facts": {"aborted": True}})

    assert ledger.runs == {}


def test_a_window_is_remembered_with_what_it_was_judged_as() -> None:
    ledger = account()

    ledger.fold({"note": "window", "journal": "journal-1", "end": 9, "dead": True, "final": False, "sha256": "x"})

    assert ledger.journals["journal-1"].window == Window(9, dead=True, final=False, sha256="x")


def test_a_journal_that_moved_keeps_its_account() -> None:
    ledger = account()
    ledger.fold({"note": "seen", "journal": "journal-1", "size": 7, "clock": 3.0})

    ledger.fold({"note": "journal", "journal": "journal-1", "file": "moved", "run": "heat", "known": 9.0})

    moved = ledger.journals["journal-1"]
    assert (moved.file, moved.size, moved.known) == ("moved", 7, 0.0)

"""The reader as a whole: pieces, damage, live and dead journals, what a journal is left alone for."""

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simvue.core.framing import MAX_LINE, seal
from simvue.core.reading import START, ReaderState, Verdict, read
from simvue.journal.schemas import checker
from tests.core.journals import (
    accepted,
    events,
    header,
    journals,
    line,
    read_in_pieces,
    read_whole,
    requirements,
    verdicts,
)


@given(journals(), st.lists(st.integers(0, 2000), max_size=12), st.booleans())
@settings(max_examples=300)
@pytest.mark.requirement("RDR-004")
def test_pieces_read_like_the_whole(journal: bytes, cuts: list[int], dead: bool) -> None:
    whole = read_whole(journal, dead=dead)

    pieces = read_in_pieces(journal, cuts, dead=dead)

    assert pieces[:3] == whole[:3]


@given(journals(), st.lists(st.integers(0, 2000), max_size=4))
@pytest.mark.requirement("RDR-004")
def test_a_state_that_was_stored_reads_on_like_one_that_was_not(journal: bytes, cuts: list[int]) -> None:
    whole = read_whole(journal)

    pieces = read_in_pieces(journal, cuts, stored=True)

    assert pieces[:3] == whole[:3]


@given(journals(), st.booleans())
@settings(max_examples=200)
@pytest.mark.requirement("RDR-001")
def test_every_byte_has_one_verdict(journal: bytes, dead: bool) -> None:
    reading = read_whole(journal, dead=dead)

    end = 0
    for entry in reading.entries:
        assert entry.offset == end
        end += entry.length
    assert end == reading.state.judged
    assert sum(reading.state.accounting(len(journal)).values()) == len(journal)


@given(journals())
def test_what_is_only_counted_is_what_would_be_kept(journal: bytes) -> None:
    kept = read_whole(journal)

    counted = read_whole(journal, keep_accepted=False)

    assert counted.findings == kept.findings
    assert counted.state == kept.state
    unseen = (Verdict.ACCEPTED, Verdict.SEPARATOR)
    assert counted.entries == [entry for entry in kept.entries if entry.verdict not in unseen]


@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_raise(journal: bytes, dead: bool) -> None:
    reading = read_whole(header() + journal, dead=dead)

    assert reading.state.offset <= len(header() + journal)


@pytest.mark.requirement("FRM-001", "RDR-023")
def test_no_prefix_of_a_journal_yields_a_record_that_the_whole_does_not_hold() -> None:
    lines = [
        header(numbered=True),
        line("metrics", seq=1, values={"a": 1.5, "b": 100}, step=12, time=0.25),
        line("run", seq=2, name="n", metadata={"a": {"b": [1, 2]}}),
        line("end", seq=3, records=3),
    ]
    journal = b"".join(lines)
    whole = [raw.rstrip(b"\n") for raw in lines]

    for size in range(len(journal)):
        found = accepted(read_whole(journal[:size]))

        assert found == whole[: len(found)]


@pytest.mark.requirement("FRM-001", "RDR-002")
def test_the_front_of_a_record_glued_to_a_whole_one_is_never_a_record() -> None:
    wholes = [
        line("event", message='say "hello" {"kind":"event"}'),
        line("metrics", values={"a": 1, "b": "NaN"}, step=3),
        line("metadata", values={"a": {"b": {"c": [1, {}]}}}),
    ]
    for front in wholes:
        for back in wholes:
            for size in range(1, len(front) - 1):
                reading = read_whole(header() + front[:size] + back)

                assert verdicts(reading)[1:] == ["dead"]


@pytest.mark.requirement("FRM-031", "FRM-032")
def test_the_halves_of_two_records_with_checksums_are_never_a_record() -> None:
    wholes = [*events([1], sealed=True), line("metrics", seq=1, values={"a": 1}, sealed=True)]
    start = header(numbered=True, sealed=True)
    for front in wholes:
        for back in wholes:
            for size in range(1, len(front) - 1):
                for rest in range(1, len(back)):
                    spliced = front[:size] + back[rest:]
                    if spliced not in wholes:
                        assert accepted(read_whole(start + spliced)) == [start[:-1]]


@pytest.mark.requirement("FRM-032", "FRM-034")
def test_no_flipped_bit_survives_a_checksum() -> None:
    start, whole = header(numbered=True, sealed=True), events([1], sealed=True)[0]
    for place in range(len(whole) - 1):
        for bit in range(8):
            flipped = whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :]

            reading = read_whole(start + flipped, dead=False)

            assert accepted(reading) == [start[:-1]]


@pytest.mark.requirement("FRM-010")
def test_a_line_of_a_mebibyte_is_accepted_and_one_byte_more_is_not() -> None:
    bare = line("event", message="")
    longest = line("event", message="x" * (MAX_LINE - len(bare)))
    longer = line("event", message="x" * (MAX_LINE - len(bare) + 1))

    reading = read_whole(header() + longest + longer + bare)

    assert len(longest) == MAX_LINE
    assert verdicts(reading) == ["accepted", "accepted", "dead", "accepted"]
    assert requirements(reading) == ["FRM-010"]


@pytest.mark.requirement("FRM-011", "RDR-005")
def test_a_line_beyond_all_bounds_is_passed_over_without_being_held() -> None:
    piece = b"[" * MAX_LINE
    state = read(START, header(), checker()).state
    for _ in range(64):
        state = read(state, piece, checker()).state
        assert state.offset == len(header()) + (state.overlong.length if state.overlong else 0)

    reading = read(state, b"\n" + line("event", message="after"), checker())

    assert [(entry.verdict, entry.length) for entry in reading.entries] == [
        (Verdict.DEAD, 64 * MAX_LINE + 1),
        (Verdict.ACCEPTED, len(line("event", message="after"))),
    ]
    assert reading.entries[0].raw == b"[" * 1024


@given(st.lists(st.integers(0, 2 * MAX_LINE + 600), max_size=6), st.booleans(), st.integers(0, 2 * MAX_LINE))
@settings(max_examples=40, deadline=None)
@pytest.mark.requirement("RDR-004", "FRM-011")
def test_an_overlong_line_with_nul_bytes_reads_the_same_in_pieces(cuts: list[int], dead: bool, nul: int) -> None:
    line_with_nul = b"x" * nul + b"\0" + b"x" * (2 * MAX_LINE - nul) + b"\n"
    journal = header() + line_with_nul + line("event", message="after")

    pieces = read_in_pieces(journal, cuts, dead=dead)

    assert pieces[:3] == read_whole(journal, dead=dead)[:3]


@pytest.mark.requirement("RDR-022", "RDR-024")
def test_nul_bytes_are_waited_for_while_the_journal_is_live_and_a_hole_when_it_is_dead() -> None:
    start, record = header(), line("event", message="after")
    zeros = bytes(30)

    live = read(START, start + zeros + b"\n" + record, checker())
    filled = read(live.state, record + record, checker())
    dead = read(live.state, zeros + b"\n" + record, checker(), dead=True)

    assert live.waiting
    assert live.state.offset == len(start)
    assert verdicts(filled) == ["accepted", "accepted"]
    assert not dead.waiting
    assert verdicts(dead) == ["hole", "accepted"]


@pytest.mark.requirement("RDR-022")
def test_zeros_of_more_than_a_line_are_waited_for_as_well() -> None:
    zeros = bytes(2 * MAX_LINE)

    reading = read(START, header() + zeros, checker())

    assert reading.waiting
    assert reading.state.overlong is None
    assert reading.state.offset == len(header())


@pytest.mark.requirement("RDR-021", "RDR-023", "FRM-003")
def test_a_record_without_an_lf_is_pending_until_the_journal_is_dead() -> None:
    journal = header() + line("event", message="last")[:-1]

    live = read_whole(journal, dead=False)
    dead = read_whole(journal)

    assert verdicts(live) == ["accepted"]
    assert verdicts(dead) == ["accepted", "accepted"]
    assert requirements(dead) == ["FRM-002"]


@pytest.mark.requirement("RDR-025")
def test_what_follows_an_end_is_judged_as_dead_whether_or_not_it_came_at_once() -> None:
    start = header() + line("end", records=1)
    rest = b"\0\0\n" + line("event", message="late") + b"{"

    at_once = read_whole(start + rest, dead=False)
    later = read_in_pieces(start + rest, [len(start)], dead=False)

    assert verdicts(at_once) == ["accepted", "accepted", "hole", "accepted", "torn"]
    assert later[:3] == at_once[:3]


@pytest.mark.requirement("SEQ-006", "SEQ-007", "WRT-013")
def test_the_64th_last_record_is_a_replay_and_the_65th_last_is_not() -> None:
    numbered = events(range(1, 66))
    start = header(numbered=True) + b"".join(numbered)

    replay = read_whole(start + numbered[1])
    too_late = read_whole(start + numbered[0])

    assert verdicts(replay)[-1] == "skipped"
    assert too_late.entries[-1].requirement == "SEQ-007"


@pytest.mark.requirement("SEQ-006")
def test_replays_are_recognised_across_calls_and_mixed_with_records_that_took_the_long_way() -> None:
    odd = [b" " + record for record in events(range(1, 40))]
    even = events(range(40, 60))
    state = read(START, header(numbered=True) + b"".join(odd), checker()).state
    stored = ReaderState.from_json(orjson.loads(orjson.dumps(state.to_json())))

    reading = read(stored, b"".join(even) + odd[5] + even[3], checker(), keep_accepted=False)

    assert verdicts(reading) == ["skipped", "skipped"]


@pytest.mark.requirement("SEQ-005", "SEQ-010", "RDR-030")
def test_a_gap_is_reported_with_the_numbers_on_both_sides() -> None:
    reading = read_whole(header(numbered=True) + b"".join(events((1, 5, 6))))

    assert verdicts(reading) == ["accepted"] * 4
    assert [(finding.requirement, finding.line) for finding in reading.findings] == [("SEQ-002", 3)]
    assert "seq 1 is followed by 5" in reading.findings[0].message


@pytest.mark.requirement("REC-034", "REC-115")
def test_an_entry_tells_the_default_step() -> None:
    tensor = line("tensor", metric="t", array=[1])
    metrics = [line("metrics", values={"a": value}) for value in (1, 2)]
    odd = line("metrics", values={"a": 3}, step=70, colour="unknown members take the long way")

    reading = read_whole(header() + metrics[0] + tensor + odd + metrics[1] + tensor)

    assert [(entry.record["kind"], entry.index) for entry in reading.entries[1:] if entry.record] == [
        ("metrics", 0),
        ("tensor", 0),
        ("metrics", 1),
        ("metrics", 2),
        ("tensor", 1),
    ]


@pytest.mark.parametrize(
    ("first", "stopped", "requirement"),
    [
        (line("event", message="no header"), "JRN-024", "JRN-010"),
        (header(journal="short"), "JRN-024", "JRN-013"),
        (header(version="2.0", journal=7), "RDR-012", "RDR-012"),
        (header(requires=["compressed"]), "RDR-012", "RDR-012"),
    ],
    ids=["no header", "header invalid", "major version", "feature"],
)
@pytest.mark.requirement("JRN-024", "RDR-012")
def test_a_journal_is_left_alone_for_its_first_record(first: bytes, stopped: str, requirement: str) -> None:
    reading = read_whole(first + line("event", message="later"))
    again = read(reading.state, line("event", message="later"), checker())

    assert reading.state.stopped == stopped
    assert reading.state.left_alone
    assert requirements(reading) == [requirement]
    assert accepted(reading) == []
    assert again[:3] == ([], [], reading.state)


@pytest.mark.requirement("JRN-022", "JRN-023")
def test_nothing_is_accepted_after_a_second_header_and_all_of_it_is_accounted_for() -> None:
    late = events((1, 2))
    journal = header(numbered=True) + late[0] + header(numbered=True, run="other") + late[0] + b"\n" + late[1]

    reading = read_whole(journal)

    assert verdicts(reading) == ["accepted", "accepted", "dead", "dead", "separator", "dead"]
    assert requirements(reading) == ["JRN-022", "JRN-023", "JRN-023"]
    assert not reading.state.left_alone
    assert reading.state.accounting(len(journal))["pending"] == 0


@pytest.mark.requirement("JRN-022")
def test_a_header_is_a_replay_although_it_has_no_checksum_of_its_own() -> None:
    start = header(numbered=True, sealed=True)

    reading = read_whole(start + b"\n" + start + events([1], sealed=True)[0])

    assert verdicts(reading) == ["accepted", "separator", "skipped", "accepted"]


def test_the_state_says_what_a_sender_has_to_know() -> None:
    journal = header(cwd="/work", continues={"journal": "journal-0"}) + line("run") + line("end", records=2)

    state = read_whole(journal).state

    assert state.header is not None
    assert (state.header.journal, state.header.run, state.header.cwd) == ("journal-1", "run-1", "/work")
    assert state.header.continues == {"journal": "journal-0"}
    assert state.bore_run
    assert state.ended
    assert state.records == 3


@pytest.mark.requirement("JRN-004")
def test_what_looks_like_a_token_is_a_warning() -> None:
    token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl"

    reading = read_whole(header() + line("event", message=f"using {token}"))

    assert [(finding.requirement, finding.severity) for finding in reading.findings] == [("JRN-004", "warning")]
    assert token not in reading.findings[0].message


@pytest.mark.requirement("FRM-030")
def test_a_checksum_that_is_not_the_last_member_does_not_count() -> None:
    inner = seal(b'{"kind":"event","seq":1,"at":"2026-03-01T09:00:01Z"')
    moved = inner[:-1] + b',"message":"x"}\n'

    reading = read_whole(header(numbered=True, sealed=True) + moved)

    assert requirements(reading) == ["FRM-030"]


@pytest.mark.parametrize(("version", "severity"), [("1.0", "error"), ("1.7", "warning")])
@pytest.mark.requirement("RDR-010")
def test_an_unknown_kind_is_parked_and_an_error_unless_the_journal_is_of_a_newer_minor(
    version: str, severity: str
) -> None:
    reading = read_whole(header(version=version) + line("profile") + line("event", message="m"))

    assert verdicts(reading) == ["accepted", "parked", "accepted"]
    assert [(finding.requirement, finding.severity) for finding in reading.findings] == [("RDR-010", severity)]


@pytest.mark.parametrize("number", range(1, 40))
def test_ordinary_and_other_lines_may_alternate(number: int) -> None:
    parts = [b"\n" + event if place % number else b" " + event for place, event in enumerate(events(range(1, 80)))]

    reading = read_whole(header(numbered=True) + b"".join(parts))

    assert reading.state.records == 80
    assert reading.state.last_seq == 79
    assert {finding.severity for finding in reading.findings} <= {"warning"}

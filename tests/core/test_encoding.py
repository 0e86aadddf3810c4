"""Records as bytes; the values of metrics are in tests/journal/test_writer_values.py."""

import json
from zlib import crc32

import pytest

from simvue.core.encoding import (
    MAX_LINE,
    MAX_VALUES,
    RecordTooLong,
    encode_header,
    encode_metrics,
    encode_record,
    encode_values,
    halves,
)

AT = b"2026-03-01T09:00:00.000001Z"


@pytest.mark.requirement("FRM-030", "FRM-031")
def test_the_checksum_covers_everything_before_it():
    line = encode_record("event", 7, b"2026-03-01T09:00:07.125Z", {"message": "solver converged"})

    assert line == (
        b'{"kind":"event","seq":7,"at":"2026-03-01T09:00:07.125Z","message":"solver converged","crc":"638f791c"}\n'
    )


@pytest.mark.requirement("JRN-018", "JRN-017")
def test_a_header_declares_numbers_and_checksums_and_has_none_of_its_own():
    header = json.loads(encode_header(AT, {"run": "key"}))

    assert header == {"kind": "header", "seq": 0, "at": AT.decode(), "run": "key", "crc": "crc32"}


def test_a_record_without_members_is_whole():
    line = encode_record("heartbeat", 1, AT, {})

    body = b'{"kind":"heartbeat","seq":1,"at":"2026-03-01T09:00:00.000001Z"'
    assert line == body + b',"crc":"%08x"}\n' % crc32(body)


def test_metrics_are_written_the_same_by_both_ways():
    values = encode_values({"a": 0.5, "b": 2}, set())

    fast = encode_metrics(3, b"2026-03-01T09:00:00.", 1, values, 2, 1.5)

    slow = encode_record("metrics", 3, AT, {"values": {"a": 0.5, "b": 2}, "step": 2, "time": 1.5})
    assert {**json.loads(fast), "crc": ""} == {**json.loads(slow), "crc": ""}


@pytest.mark.requirement("WRT-041", "FRM-010")
def test_the_longest_line_is_written_and_a_longer_one_refused():
    room = MAX_LINE - len(encode_record("event", 1, AT, {"message": ""}))

    assert len(encode_record("event", 1, AT, {"message": "x" * room})) == MAX_LINE
    with pytest.raises(RecordTooLong, match="1048577 bytes"):
        encode_record("event", 1, AT, {"message": "x" * (room + 1)})


@pytest.mark.requirement("WRT-041", "FRM-010")
def test_the_longest_values_leave_room_for_the_rest_of_their_line():
    line = encode_metrics(2**53 - 1, b"9999-12-31T23:59:59.", 999999, b"x" * MAX_VALUES, 2**53 - 1, 1e15)

    assert len(line) <= MAX_LINE


@pytest.mark.requirement("FRM-024")
def test_control_characters_are_escaped():
    line = encode_record("event", 1, AT, {"message": "a\nb\tc\x01\u2028"})

    assert line.count(b"\n") == 1
    assert json.loads(line)["message"] == "a\nb\tc\x01\u2028"


def test_a_message_is_cut_at_the_end_of_a_line_near_its_middle():
    message = "first line\nsecond line\nthird line\n"

    parts = [part["message"] for _, part in halves("event", {"message": message, "log_level": "info"})]

    assert parts == ["first line\n", "second line\nthird line\n"]


def test_what_has_no_parts_is_not_cut():
    assert halves("metadata", {"values": {"one": "x"}}) == []
    assert halves("artifact", {"name": "x"}) == []

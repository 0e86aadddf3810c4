"""The short way accepts nothing that the full judgement would not, and takes what it is meant for."""

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simvue.core.framing import seal
from simvue.core.grammar import first_problem
from simvue.core.ordinary import Names, accept_run
from simvue.core.records import Problem, advice, record_problem
from simvue.core.text import decode, suspicion_of
from simvue.journal.schemas import checker

ORDINARY = [
    b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":{"a":1}}',
    b'{"kind":"metrics","at":"2026-03-01T09:00:01.123456Z","values":{"a/b":-1.5e3,"c":"NaN"},"step":7,"time":-1}',
    b'{"kind":"event","at":"2026-03-01T09:00:01Z","message":"time step halved"}',
    b'{"kind":"event","at":"2026-03-01T09:00:01Z","message":"m","log_level":"error"}',
]
IN_DOUBT = {
    "a name twice": b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":{"a":1,"a":2}}',
    "a member twice": b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","at":"2026-03-01T09:00:01Z","values":{"a":1}}',
    "a name twice, with a blank": b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":{"a" :1,"a":2}}',
    "a name twice, escaped": b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":{"a":1,"\\u0061":2}}',
    "a quote in a name": b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":{"a\\"":1}}',
    "a truth value": b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":{"a":true}}',
    "a number as text": b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":{"a":"1"}}',
    "no values": b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":{}}',
    "values in an array": b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":[1]}',
    "values a text": b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":"abc"}',
    "an unknown member": b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":{"a":1},"b":1}',
    "step a truth value": b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":{"a":1},"step":true}',
    "step null": b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":{"a":1},"step":null}',
    "step too large": b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":{"a":1},"step":9007199254740992}',
    "step below 0": b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":{"a":1},"step":-1}',
    "time a text": b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":{"a":1},"time":"1"}',
    "time a truth value": b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":{"a":1},"time":false}',
    "a day that does not exist": b'{"kind":"metrics","at":"2026-02-30T09:00:01Z","values":{"a":1}}',
    "year 0": b'{"kind":"metrics","at":"0000-02-01T09:00:01Z","values":{"a":1}}',
    "at null": b'{"kind":"metrics","at":null,"values":{"a":1}}',
    "seq undeclared": b'{"kind":"metrics","seq":1,"at":"2026-03-01T09:00:01Z","values":{"a":1}}',
    "blanks at the end": b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":{"a":1}} ',
    "cut": b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":{"a":1}',
    "a name that a server can refuse": '{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":{"ä":1}}'.encode(),
    "another kind": b'{"kind":"heartbeat","at":"2026-03-01T09:00:01Z"}',
    "a message that is none": b'{"kind":"event","at":"2026-03-01T09:00:01Z","message":1}',
    "an unknown level": b'{"kind":"event","at":"2026-03-01T09:00:01Z","message":"m","log_level":"fatal"}',
    "a level in an array": b'{"kind":"event","at":"2026-03-01T09:00:01Z","message":"m","log_level":[]}',
    "NaN": b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":{"a":NaN}}',
}


def is_taken(line: bytes, *, last_seq: int | None = None, checksummed: bool = False) -> bool:
    run = accept_run(
        [line],
        0,
        last_seq=last_seq,
        checksummed=checksummed,
        suspicious=suspicion_of(line),
        names=Names(),
        keep=True,
    )
    return run.stop == 1


@pytest.mark.parametrize("line", ORDINARY)
def test_an_ordinary_line_takes_the_short_way(line: bytes) -> None:
    assert is_taken(line)
    assert is_taken(seal(line[:-1]), checksummed=True)


@pytest.mark.parametrize("line", IN_DOUBT.values(), ids=IN_DOUBT)
def test_a_line_in_doubt_does_not(line: bytes) -> None:
    assert not is_taken(line)


@pytest.mark.parametrize("seq", [b"6", b"8", b"7.0", b"true", b'"7"', b"null"])
def test_only_the_number_that_comes_next_takes_the_short_way(seq: bytes) -> None:
    line = b'{"kind":"event","seq":7,"at":"2026-03-01T09:00:01Z","message":"m"}'

    assert is_taken(line, last_seq=6)
    assert not is_taken(line.replace(b":7,", b":" + seq + b","), last_seq=6)


@pytest.mark.parametrize("digits", [b"00000000", b"638F791C", b"638f791", b"6_8f791c", b"0x638f79"])
def test_a_wrong_checksum_is_in_doubt(digits: bytes) -> None:
    line = b'{"kind":"event","seq":7,"at":"2026-03-01T09:00:07.125Z","message":"solver converged","crc":"638f791c"}'

    assert is_taken(line, last_seq=6, checksummed=True)
    assert not is_taken(line.replace(b"638f791c", digits), last_seq=6, checksummed=True)


_fragments = st.sampled_from(
    [
        *(b'"', b":", b",", b"{", b"}", b"[", b"]", b" ", b"\t", b"\\", b"\\u0000", b"\\u0022", b"1", b"0", b"-1.5"),
        *(b"true", b"null", b'"NaN"', b'"a"', b'"a":1', b'"step":2', b'"time":0.5', b'"values":{"b":2}', b"1e999"),
        *(b"9" * 45, b'"crc":"x"', b'"at":"2026-03-01T09:00:01Z"', b'"kind":"event"', b'"seq":1', b"\xff", b"\xc3\xa4"),
    ]
)


@st.composite
def almost_ordinary(draw: st.DrawFn) -> bytes:
    """An ordinary line with stretches of it replaced by what is not so ordinary."""
    line = draw(st.sampled_from(ORDINARY))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(line)))
        end = draw(st.integers(start, min(start + 12, len(line))))
        line = line[:start] + draw(_fragments) + line[end:]
    return line


@given(almost_ordinary())
@settings(max_examples=3000)
def test_what_takes_the_short_way_passes_the_full_judgement_without_advice(line: bytes) -> None:
    if not is_taken(line):
        return

    record = decode(line)

    assert not isinstance(record, Problem)
    assert first_problem(line) is None
    assert record_problem(record["kind"], record, checker()) is None
    assert list(advice(record["kind"], record)) == []
    assert "seq" not in record


@given(st.dictionaries(st.text('ab/ ä\\"', max_size=70), st.one_of(st.floats(), st.text("NaInfity-", max_size=9))))
def test_values_of_any_kind_pass_both_ways_or_the_full_one_alone(values: dict[str, float | str]) -> None:
    line = orjson.dumps({"kind": "metrics", "at": "2026-03-01T09:00:01Z", "values": values})

    if is_taken(line):
        assert record_problem("metrics", orjson.loads(line), checker()) is None

"""Strict text: orjson and what it lets pass, held against a slower reading by the book."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simvue.core.framing import MAX_LINE
from simvue.core.grammar import Problem, first_problem
from simvue.core.text import decode, suspicion_of

_texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))
_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**62), 2**62), st.floats(allow_nan=False, allow_infinity=False))
    | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=12,
)
_pieces = st.sampled_from(
    [
        *("{", "}", "[", "]", ",", ":", " ", "\t", "\r", '"', "\\", '"a"', '"a":', '"b":1', '"a":1', "\\u0061", "\\\\"),
        *(
            '" :',
            '"\\":"',
            '"a\\\\":',
            "\\u0000",
            "\\ud800",
            "\\udc00",
            "1",
            "0",
            "-",
            "e5",
            ".5",
            "NaN",
            "true",
            "1e999",
        ),
        *("\x01", "é", "\x7f", "x" * 50, "9" * 41, "[" * 33, '{"a":' * 20, "]" * 33, "null", "+1", "01"),
    ]
)


def refused_by_the_book(text: str) -> bool:
    """Whether the standard library, asked to be as strict as it can, finds something wrong."""

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in members}) < len(members):
            raise ValueError("a name twice")
        return dict(members)

    def number(token: str) -> float:
        if len(token) > 40 or float(token) in (float("inf"), float("-inf")):
            raise ValueError("a number too long or too large")
        return float(token)

    def deep(value: Any, depth: int = 1) -> bool:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
        return inner is not None and (depth > 32 or any(deep(element, depth + 1) for element in inner))

    def refuse(token: str) -> None:
        raise ValueError(token)

    try:
        value = json.loads(text, object_pairs_hook=pairs, parse_int=number, parse_float=number, parse_constant=refuse)
        json.dumps(value, ensure_ascii=False).encode()  # lone surrogates
    except (ValueError, RecursionError):
        return True
    return not isinstance(value, dict) or deep(value) or "\\u0000" in json.dumps(value)


@given(st.dictionaries(_texts, _values, max_size=5), st.booleans())
def test_what_a_json_library_writes_is_read_back(record: dict[str, Any], spaced: bool) -> None:
    line = json.dumps(record, ensure_ascii=spaced, separators=(" , ", " : ") if spaced else (",", ":")).encode()

    decoded = decode(line.strip())

    assert decoded == record
    assert first_problem(line) is None


@given(st.lists(_pieces, max_size=14).map("".join))
@settings(max_examples=3000)
@pytest.mark.requirement("FRM-001", "FRM-021", "FRM-022", "FRM-023", "FRM-024", "FRM-025", "FRM-026", "FRM-029")
def test_decoder_grammar_and_standard_library_agree_on_what_is_a_record(inner: str) -> None:
    for text in ("{" + inner + "}", '{"k":' + inner + "}", inner):
        line = text.strip(" \t\r").encode()
        refused = refused_by_the_book(text.strip(" \t\r"))

        assert isinstance(decode(line), Problem) == refused
        assert (first_problem(line) is not None) == refused


@pytest.mark.parametrize(
    "record", ['{"a\\\\":1,"b":2,"b":3}', '{"a":"\\":","b":1,"b":2}', '{"a" :1,"a":2}', '{"a"\t:1,"a":2}']
)
@pytest.mark.requirement("FRM-021")
def test_no_colon_or_quote_hides_a_name_that_is_there_twice(record: str) -> None:
    decoded = decode(record.encode())

    assert isinstance(decoded, Problem)
    assert decoded.requirement == "FRM-021"


@pytest.mark.parametrize(
    "line",
    [
        b"[" * (MAX_LINE - 1),
        b'{"a":' * (MAX_LINE // 5),
        b'{"a":[' + b"[" * 40 + b"]" * 40 + b"]}",
        b'{"a":' + b"1" * (MAX_LINE - 10) + b"}",
        b'{"a":"' + b"x" * (MAX_LINE - 10),
        b'{"a":"' + b"\\n" * (MAX_LINE // 2 - 20) + b'\\u0000"}',
        b'{"a":[' + b"1," * (MAX_LINE // 2 - 20) + b'1],"b":1,"b":2}',
        b'{"a":[' + b"[]," * (MAX_LINE // 3 - 20) + b'1],"b":1,"b":2}',
        b"\xff" * (MAX_LINE - 1),
    ],
    ids=["brackets", "braces", "deep", "digits", "unterminated", "escapes", "numbers", "arrays", "no text"],
)
@pytest.mark.requirement("FRM-025", "FRM-027", "FRM-011")
def test_a_hostile_line_is_refused_in_bounded_time(line: bytes) -> None:
    began = time.process_time()

    decoded = decode(line)

    assert isinstance(decoded, Problem)
    assert time.process_time() - began < 10  # a guard against quadratic time, not a measurement


@pytest.mark.parametrize(
    ("data", "suspicious"),
    [
        (b'{"a":"plain \\n text"}', False),
        (b'{"a":' + b"1" * 40 + b"}", False),
        (b'{"a":' + b"1" * 41 + b"}", True),
        (b'{"a":"' + b"-" * 60 + b'"}', True),
        (b'{"a":"\\u0000"}', True),
    ],
)
def test_only_what_orjson_lets_pass_is_suspicious(data: bytes, suspicious: bool) -> None:
    assert suspicion_of(data) is suspicious


def test_a_line_that_only_looks_suspicious_is_a_record() -> None:
    assert decode(b'{"a":"' + b"-" * 60 + b'","b":"\\\\u0000"}') == {"a": "-" * 60, "b": "\\u0000"}

"""What keeps a line from being one object, by requirement; where a line breaks several, all of them."""

import pytest

from simvue_conformance.judge.text import parse

BROKEN = {
    b'\xef\xbb\xbf{"a":1}': "FRM-005",
    b'{"a":"\xff"}': "FRM-020",
    b'{"a":"\xed\xa0\x80"}': "FRM-020",
    b"[1]": "FRM-001",
    b"5": "FRM-001",
    b'{"a":1': "FRM-001",
    b"{a:1}": "FRM-001",
    b'{"a":.true.}': "FRM-001",
    b'{"a":nano}': "FRM-001",
    b'{"a":1\x0b}': "FRM-026",
    b'{"a":1"b":2}': "FRM-001",
    b'{"a":"\t"}': "FRM-024",
    b'{"a":1,"a":2}': "FRM-021",
    b'{"a":1,"\\u0061":2}': "FRM-021",
    b'{"a":[{"b":1,"b":2}]}': "FRM-021",
    b'{"\\ud800":1}': "FRM-022",
    b'{"a":"\\udc00\\ud800"}': "FRM-022",
    b'{"a":"\\u0000"}': "FRM-023",
    b'{"a":' + b"[" * 32 + b"]" * 32 + b"}": "FRM-025",
    b'{"a":' * 100_000: "FRM-025",
    b'{"a":NaN}': "FRM-026",
    b'{"a":-inf}': "FRM-026",
    b'{"a":0,5}': "FRM-026",
    b'{"a":1.}': "FRM-026",
    b'{"a":' + b"1" * 41 + b"}": "FRM-027",
    b'{"a":-1e400}': "FRM-028",
    b'{"a":1} {"a":1}': "FRM-029",
}


@pytest.mark.parametrize(("body", "requirement"), BROKEN.items(), ids=lambda value: str(value)[:40])
@pytest.mark.requirement("RDR-003")
def test_a_line_that_is_no_object_names_what_it_breaks(body: bytes, requirement: str) -> None:
    value, breaches = parse(body)

    assert value is None
    assert breaches[0].requirement == requirement


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"a":{"b":1},"c":{"b":1}}',
        b'{"a":"\\ud83d\\ude00"}',
        b'{"a":"\\\\u0000 \\\\ud800"}',
        b'{"a":' + b"[" * 31 + b"]" * 31 + b"}",
        b'{"a":' + b"1" * 40 + b"}",
        b'{"a":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}',
        '{"a":"\u2028\x7f"}'.encode(),
    ],
)
def test_a_whole_object_breaks_nothing(body: bytes) -> None:
    value, breaches = parse(body)

    assert value is not None
    assert breaches == []


def test_a_line_that_breaks_several_requirements_says_so() -> None:
    _, breaches = parse(b'{"a":1,"a":NaN,"b":1e999}')

    assert {breach.requirement for breach in breaches} == {"FRM-021", "FRM-026", "FRM-028"}


def test_a_line_that_goes_on_after_its_object_says_what_else_it_breaks() -> None:
    _, breaches = parse(b'{"":"\\u0000","":3}}')

    assert breaches[0].requirement == "FRM-029"
    assert {breach.requirement for breach in breaches} == {"FRM-021", "FRM-023", "FRM-029"}

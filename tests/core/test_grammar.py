"""Which requirement a broken line breaks, one mistake at a time."""

import pytest

from simvue.core.text import decode

MISTAKES = {
    '{"a":1': "FRM-001",
    '{"a":"x': "FRM-001",
    "[1]": "FRM-001",
    "7": "FRM-001",
    "hello": "FRM-001",
    "{'a':1}": "FRM-001",
    '{"a":1,}': "FRM-001",
    '{"a":T}': "FRM-001",
    '{"a":.true.}': "FRM-001",
    '{"a" 1}': "FRM-001",
    '{"a":[1}': "FRM-001",
    '{"a":"\\q"}': "FRM-001",
    '\ufeff{"a":1}': "FRM-005",
    '{"a":1,"a":2}': "FRM-021",
    '{"a":{"b":1,"\\u0062":2}}': "FRM-021",
    '{"a":"\\ud800"}': "FRM-022",
    '{"a":"\\ud800\\n"}': "FRM-022",
    '{"a":"\\udc00\\ud800"}': "FRM-022",
    '{"\\u0000":1}': "FRM-023",
    '{"a":"\t"}': "FRM-024",
    '{"a":' * 33 + "1" + "}" * 33: "FRM-025",
    '{"a":.5}': "FRM-026",
    '{"a":5.}': "FRM-026",
    '{"a":+1}': "FRM-026",
    '{"a":01}': "FRM-026",
    '{"a":-}': "FRM-026",
    '{"a":1.0+100}': "FRM-026",
    '{"a":0,5}': "FRM-026",
    '{"a":0,5,"b":1}': "FRM-026",
    '{"a":NaN}': "FRM-026",
    '{"a":-Infinity}': "FRM-026",
    '{"a":nan}': "FRM-026",
    '{"a":***}': "FRM-026",
    '{"a":1.' + "0" * 39 + "}": "FRM-027",
    '{"a":1e999}': "FRM-028",
    '{"a":1} x': "FRM-029",
    '{"a":1}{"b":1}': "FRM-029",
}


@pytest.mark.parametrize(("text", "requirement"), MISTAKES.items(), ids=list(map(ascii, MISTAKES)))
def test_a_mistake_is_told_by_its_requirement(text: str, requirement: str) -> None:
    problem = decode(text.encode())

    assert not isinstance(problem, dict)
    assert problem.requirement == requirement


@pytest.mark.requirement("FRM-020")
@pytest.mark.parametrize("raw", [b'{"a":"\xe4"}', b'{"a":"\xc0\x80"}', b'{"a":"\xed\xa0\x80"}', b"\xff\xfe"])
def test_what_is_not_utf_8_is_told(raw: bytes) -> None:
    problem = decode(raw)

    assert not isinstance(problem, dict)
    assert problem.requirement == "FRM-020"


def test_a_message_shows_no_more_than_the_beginning_of_what_is_wrong() -> None:
    problem = decode(b'{"a":' + b"z" * 5000 + b"}")

    assert not isinstance(problem, dict)
    assert len(problem.message) < 100

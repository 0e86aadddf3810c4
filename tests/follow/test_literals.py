"""The text that is looked for first is in everything that the expression matches."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simvue.follow.literals import required_text
from tests.follow.test_patterns import found

PATTERNS = {
    r"Residual: (?P<value>\S+)": "Residual: ",
    r"^Time = (\S+)": "Time = ",
    r"\bstep\s+(\d+) of": "step",
    r"Solving for (?P<name>\w+), Initial residual = (\S+)": ", Initial residual = ",
    r"abcd?e": "abc",
    r"abcd*": "abc",
    r"abcd{2}xyzw": "xyzw",
    r"abcd+xyz": "abcd",
    r"a{b}cde": "b}cde",
    r"x\.\(y\)z": "x.(y)z",
    r"(?:WARN|ERROR): (\d)": None,
    r"WARNING|ERROR": None,
    r"(?i)warning": None,
    r"(?:abcdef)?gh": None,
    r"[abc]def[^]xyz]ghij": "ghij",
    r"[]\]a|b]abc": "abc",
    r"(?!never)always": "always",
    r"\x41bcdef": None,
    r"(a)bcd\1": None,
    r"a.b^c$": None,
    "(?#a(b)abc": None,
    "(?x) abc def": None,
    "abc\ndefg": "defg",
    r"abc|": None,
    r"(a|b)cde(f|g)": "cde",
    r"abcd*?efghi??jk": "efgh",
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_longest_sure_text_is_found(pattern):
    assert required_text(re.compile(pattern)) == PATTERNS[pattern]


@given(st.data(), st.sampled_from([pattern for pattern, text in PATTERNS.items() if text]))
def test_it_is_in_all_that_matches(data, pattern):
    text = data.draw(st.from_regex(pattern))

    assert required_text(re.compile(pattern)) in text


LINES = st.lists(
    st.sampled_from(["Residual: 1", "Residual:", "Time = 2", "xTime = 3", "", "é", "Residual: Residual: 4"])
)


@given(LINES, st.booleans())
def test_what_is_found_is_what_would_be_found_line_by_line(lines, has_end):
    text = "\n".join(lines) + "\n" * has_end
    patterns = {"metrics": [r"r=Residual: (\S+)"], "step": r"^Time = (\d)", "events": ["Time"]}

    quick = found(text, **patterns)
    slow = found(text, **{**patterns, "until": ["never|ever"]})

    assert quick == slow

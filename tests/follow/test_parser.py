"""What is found does not depend on how the bytes came."""

from hypothesis import given, settings
from hypothesis import strategies as st

from simvue.follow.found import Tally
from simvue.follow.parser import Parser
from simvue.follow.rules import Rules
from tests.follow.test_patterns import found

OPTIONS = {
    "metrics": [r"r=res (?P<value>\S+)", r"(?P<name>\w+)=(?P<value>[^\s,]+)"],
    "step": r"it (\d+)",
    "events": ["WARN"],
    "metadata": [r"mesh=mesh (.*)"],
    "fail_on": ["FATAL"],
}
STRUCTURED = {"csv": {"format": "csv"}, "json": {"format": "json"}, "namelist": {"format": "namelist"}}
TEXT = st.lists(
    st.sampled_from(
        [
            "res 1.0D-3",
            "it 4",
            "a=2,b=3",
            "WARN é",
            "mesh fine",
            "FATAL",
            "1,2,3",
            "a,b",
            '{"a": 1}',
            "&run a=1,",
            "b=2 /",
        ]
        + ["\n"] * 8
        + ["\r\n", "\0", " ", "*****"]
    ),
    max_size=40,
).map("".join)


def in_pieces(data, cuts, options):
    tally = Tally()
    parser = Parser(Rules.of(**options), tally)
    ends = sorted({min(cut, len(data)) for cut in cuts})
    results = []
    for start, end in zip([0, *ends], [*ends, len(data)], strict=True):
        results += parser.feed(data[start:end])
    return results + parser.finish(), tally


@settings(max_examples=150)
@given(TEXT, st.lists(st.integers(0, 300)), st.sampled_from(["", *STRUCTURED]))
def test_the_findings_do_not_depend_on_the_pieces(text, cuts, format):  # noqa: A002
    options = STRUCTURED[format] if format else OPTIONS
    data = text.encode()

    assert in_pieces(data, cuts, options) == in_pieces(data, [], options)
    assert in_pieces(data, range(len(data)), options) == in_pieces(data, [], options)


def test_patterns_and_a_format_are_looked_for_in_the_same_log():
    results, _ = found("a,b\n1,2\nWARN x\n3,4\n", format="csv", events=["WARN"])

    assert [type(one).__name__ for one in results] == ["Values", "Event", "Values"]


def test_other_content_begins_with_line_one_and_no_step():
    parser = Parser(Rules.of(metrics=[r"r=r (\S+)"], step=r"it (\d+)"), Tally())
    parser.feed(b"it 7\nr 1\nr 2")

    (left,) = parser.restart()
    (first,) = parser.feed(b"r 3\n")

    assert (left.values, left.place.step) == ({"r": 2.0}, 7)
    assert (first.line, first.place.step) == (1, None)


def test_bytes_that_are_no_utf8_are_replaced():
    tally = Tally()
    parser = Parser(Rules.of(events=["r"]), tally)

    (event,) = parser.feed(b"r \xff\xfe caf\xc3\xa9\n")

    assert event.message == "r \ufffd\ufffd café"
    assert (tally.bytes, tally.lines) == (11, 1)


def test_lines_that_are_too_long_are_counted():
    tally = Tally()
    parser = Parser(Rules.of(metrics=[r"r=r (\S+)"]), tally, longest_line=8)

    results = [*parser.feed(b"r 1" + b"x" * 20), *parser.feed(b"\nr 2\n" + b"y" * 9 + b"\n")]

    assert ([one.values for one in results], tally.cut, tally.lines) == ([{"r": 2.0}], 2, 3)

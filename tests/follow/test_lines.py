"""Bytes become the same lines however they are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simvue.errors import ConfigurationError
from simvue.follow.lines import Lines, checked_encoding

BYTES = st.lists(
    st.sampled_from([b"a", b"bc", b"\n", b"\r", b"\r\n", b"\0", b"\xff", "é".encode(), b"\xef\xbb\xbf", b"x" * 9]),
    max_size=30,
).map(b"".join)


def lines(pieces, **options):
    """Return all lines, the last one with or without its end."""
    splitter = Lines(**options)
    found = [line for piece in pieces for line in splitter.feed(piece)]
    last = splitter.finish()
    return found + ([] if last is None else [last]), splitter.cut


@given(BYTES, st.lists(st.integers(0, 60)), st.integers(1, 12))
def test_the_lines_do_not_depend_on_the_pieces(data, cuts, longest):
    ends = sorted({min(cut, len(data)) for cut in cuts})
    pieces = [data[start:end] for start, end in zip([0, *ends], [*ends, len(data)], strict=True)]

    assert lines(pieces, longest=longest) == lines([data], longest=longest)


@given(BYTES)
def test_the_lines_are_those_of_python_with_universal_line_ends(data):
    clean = data.replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf")
    expected = clean.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    without_last = expected if expected[-1] else expected[:-1]

    found, cut = lines([data.replace(b"\0", b"")])
    assert (found, cut) == (without_last, 0)


def test_a_half_written_line_waits_for_its_end():
    splitter = Lines()

    assert splitter.feed(b"one\ntw") == ["one"]
    assert splitter.feed(b"o") == []
    assert splitter.feed(b"\n") == ["two"]


def test_a_line_without_end_takes_bounded_memory_and_is_counted():
    splitter = Lines(longest=10)
    for _ in range(1000):
        assert splitter.feed(b"x" * 1000) == []

    assert len(splitter._held) == 10
    assert splitter.feed(b"\nnext\n") == ["x" * 10, "next"]
    assert splitter.cut == 1


def test_other_content_begins_afresh():
    splitter = Lines()
    splitter.feed(b"half")

    splitter.restart()

    assert splitter.feed(b"\xef\xbb\xbfwhole\n") == ["whole"]


def test_another_encoding_is_decoded():
    assert lines(["Größe\n".encode("latin-1")], encoding="latin-1")[0] == ["Größe"]


@pytest.mark.parametrize("name", ["utf-16", "nonsense", "rot13", "cp037", ""])
def test_an_encoding_without_plain_line_ends_is_refused(name):
    with pytest.raises(ConfigurationError, match="encoding"):
        checked_encoding(name)

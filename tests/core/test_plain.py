"""Values of a program as values of JSON."""

import datetime as dt
import enum
import json
from pathlib import PurePosixPath

import pytest

from simvue.core.plain import plain, plain_object, text
from simvue.errors import WriterError
from tests.names import named


class Scheme(enum.Enum):
    EXPLICIT = "explicit"


class Array:
    """As arrays of other libraries do, it gives itself as lists."""

    def tolist(self):
        return [1.5, float("nan")]


class Mirror:
    def tolist(self):
        return self


@pytest.mark.requirement("REC-015", "REC-045", "WRT-030", "FRM-028")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (2**64 - 1, 2**64 - 1),
        (2**64, "18446744073709551616"),
        (float("inf"), "Infinity"),
        ((1, [2]), [1, [2]]),
        ({"a": {"b": 1}}, {"a": {"b": 1}}),
        ({1: "x"}, {"1": "x"}),
        (frozenset({1}), [1]),
        (Scheme.EXPLICIT, "explicit"),
        (PurePosixPath("/a/b"), "/a/b"),
        (dt.date(2026, 3, 1), "2026-03-01"),
        (Array(), [1.5, "NaN"]),
    ],
    ids=named,
)
def test_a_value_becomes_what_json_has_for_it(value, expected):
    assert plain(value, "value") == expected


@pytest.mark.requirement("FRM-020", "FRM-022", "FRM-023")
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plain", "plain"),
        ("nul\0", "nul\ufffd"),
        ("lone \udcff", "lone \ufffd"),
        ("pair \ud83d\ude00", "pair \U0001f600"),
        ("\x01\u2028", "\x01\u2028"),
    ],
    ids=ascii,
)
def test_text_keeps_all_that_utf_8_has(given, kept):
    assert text(given) == kept
    assert json.loads(json.dumps(kept)) == kept


@pytest.mark.requirement("WRT-041", "REC-007", "FRM-021", "FRM-025")
@pytest.mark.parametrize(
    "metadata",
    [
        ["a list"],
        {"": 1},
        {"é" * 126: 1},
        {1: "x", "1": "y"},
        {"a": object()},
        {"a": b"bytes"},
        {"a": {"b": {1j}}},
        {"a": Mirror()},
        {"type": Array},
    ],
    ids=named,
)
def test_what_json_cannot_hold_is_refused_by_name(metadata):
    with pytest.raises(WriterError, match="metadata"):
        plain_object(metadata, "metadata")


@pytest.mark.requirement("FRM-025")
def test_nesting_ends_where_the_specification_ends_it():
    def nested(levels: int) -> object:
        return {"a": nested(levels - 1)} if levels else 1

    assert plain_object(nested(31), "metadata")
    with pytest.raises(WriterError, match="FRM-025"):
        plain_object(nested(32), "metadata")


@pytest.mark.requirement("FRM-025")
def test_a_value_that_holds_itself_is_refused():
    knot: list[object] = []
    knot.append(knot)

    with pytest.raises(WriterError, match="FRM-025"):
        plain(knot, "value")

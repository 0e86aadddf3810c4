"""The file of known failures."""

import pytest

from simvue_conformance.known import KnownError, parse

IDENTIFIERS = {"FRM-001", "WRT-030"}


def test_lines_of_an_id_and_a_reason():
    text = "# ours\n\nFRM-001   the compiler   cuts lines  # until 2027\n  WRT-030 no NaN here\n"
    assert parse(text, IDENTIFIERS) == {"FRM-001": "the compiler   cuts lines", "WRT-030": "no NaN here"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FRM-001\n", "line 1: FRM-001 needs a reason"),
        ("FRM-001 #hidden\n", "line 1: FRM-001 needs a reason"),
        ("\nFRM-1 x\n", "line 2: FRM-1 is no requirement of this role"),
        ("FRM-001 x\nFRM-001 y\n", "line 2: FRM-001 stands there twice"),
    ],
)
def test_lines_that_cannot_be_used_are_named(text, message):
    with pytest.raises(KnownError, match=message):
        parse(text, IDENTIFIERS)

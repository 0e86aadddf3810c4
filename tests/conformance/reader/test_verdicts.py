"""The lines of a reader, taken apart, and what is said of lines that are none."""

import re

import pytest

from simvue_conformance.reader.verdicts import Entry, Finding, FormError, parse
from tests.conformance.reader.programs import PROJECT

PRINTED = b"""journal\ta.jsonl
entry\taccepted\t0\t135\t-
entry\tdead\t135\t27\tFRM-001
finding\tFRM-001\t2\terror
finding\tJRN-022\t-\terror
total\taccepted\t135
total\tdead\t27
total\ttorn\t0
valid\tfalse
projection\t{"run":{}}
"""


def test_every_line_is_taken_apart() -> None:
    (found,) = parse(PRINTED, ["a.jsonl"])

    assert found.entries == (Entry("accepted", 0, 135, None), Entry("dead", 135, 27, "FRM-001"))
    assert found.findings == (Finding("FRM-001", 2, "error"), Finding("JRN-022", None, "error"))
    assert found.totals == {"accepted": 135, "dead": 27}
    assert (found.valid, found.projection) == (False, {"run": {}})


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"journal\ta.jsonl", b"journal\tb.jsonl", "in the order of the arguments"),
        (b"entry\taccepted", b"entry\tgood", "one of the verdicts"),
        (b"\t135\t-\n", b"\t0\t-\n", "no bytes has no entry"),
        (b"\t135\t-\n", b"\t0x87\t-\n", "decimal digits"),
        (b"\t27\tFRM-001", b"\t27\t-", "the requirement of a dead letter"),
        (b"\t27\tFRM-001", b"\t27", "an entry, finding, total"),
        (b"\t2\terror", b"\t2\tfatal", "the severity"),
        (b"total\tdead", b"total\taccepted", "an entry, finding, total"),
        (b"valid\tfalse\n", b"", "whether a.jsonl is valid"),
        (b'{"run":{}}', b"[]", "one JSON object"),
        (b'{"run":{}}\n', b'{"run":{}}', "has no LF"),
        (b'{"run":{}}\n', b'{"run":{}}\nthat is all\n', "nothing after"),
        (b'projection\t{"run":{}}\n', b"", "without its projection"),
        (b"FRM-001", b"\xff", "not UTF-8 at byte"),
        (PRINTED, b"", "nothing more was printed"),
    ],
)
def test_what_has_another_form_is_refused_with_what_to_print(old: bytes, new: bytes, said: str) -> None:
    with pytest.raises(FormError, match=re.escape(said)):
        parse(PRINTED.replace(old, new, 1), ["a.jsonl"])


def test_the_form_is_that_of_the_page() -> None:
    page = (PROJECT / "conformance" / "READER-CLI.md").read_text(encoding="utf-8")
    example = page.partition("```text\n")[2].partition("```")[0]

    (found,) = parse(example.encode(), ["half.jsonl"])

    assert found.totals == {"accepted": 197, "dead": 27}

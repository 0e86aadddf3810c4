"""For the mistakes that programs really make, the message says what to change."""

import pytest

import simvue_spec
from simvue.core import hints
from tests.core.journals import header, read_whole


def metrics(value: bytes) -> bytes:
    return b'{"kind":"metrics","at":"2026-03-01T09:00:01Z","values":{"a":' + value + b"}}\n"


WHOLE = metrics(b"1")
ADVICE = {
    "C prints nan": (metrics(b"nan"), "FRM-026", '"NaN"'),
    "C prints -inf": (metrics(b"-inf"), "FRM-026", '"-Infinity"'),
    "Python prints NaN": (metrics(b"NaN"), "FRM-026", '"NaN"'),
    "Fortran F0.4": (metrics(b".5000"), "FRM-026", "ES24.16E3"),
    "Fortran ES16.8": (metrics(b"1.00000000+100"), "FRM-026", "ES24.16E3"),
    "Fortran D": (metrics(b"1.0D+00"), "FRM-026", "not D"),
    "Fortran I3": (metrics(b"***"), "FRM-026", "too narrow"),
    "Fortran SP": (metrics(b"+1.0"), "FRM-026", "SS"),
    "Fortran F3.0": (metrics(b"5."), "FRM-026", "after the point"),
    "Fortran T": (metrics(b"T"), "FRM-001", "true"),
    "Fortran .true.": (metrics(b".true."), "FRM-001", "true"),
    "locale": (metrics(b"0,5"), "FRM-026", "LC_NUMERIC"),
    "hexadecimal": (metrics(b"0x1p3"), "FRM-026", "decimal"),
    "leading zeros": (metrics(b"007"), "FRM-026", "leading zeros"),
    "None": (metrics(b"None"), "FRM-001", "null"),
    "boolean": (metrics(b"true"), "REC-031", "1 or 0"),
    "quoted number": (metrics(b'"1.5"'), "REC-031", "without quotes"),
    "overflow": (metrics(b"1e999"), "FRM-028", "Infinity"),
    "too many digits": (metrics(b"1." + b"1" * 60), "FRM-027", "%.17g"),
    "CRLF": (WHOLE[:-1] + b"\r\n", "FRM-006", "LF alone"),
    "single quotes": (WHOLE.replace(b'"', b"'"), "FRM-001", "double quotes"),
    "trailing comma": (metrics(b"1,"), "FRM-001", "comma"),
    "tab in a string": (metrics(b'"\t"'), "FRM-024", "\\t"),
    "glued inside": (WHOLE[:40] + WHOLE, "FRM-001", "WRT-010"),
    "glued after": (WHOLE[:-1] + WHOLE, "FRM-029", "LF"),
    "cut": (WHOLE[:40] + b"\n", "FRM-001", "WRT-010"),
    "Latin-1": (metrics(b'"\xe4"'), "FRM-020", "UTF-8"),
    "gzip": (b"\x1f\x8b\x08\x01\n", "FRM-020", "compressed"),
    "comment": (b"# heat\n", "FRM-001", "comments"),
    "printed text": (b"step 1 done\n", "FRM-001", "nothing else"),
    "NUL": (b"\0" * 8 + b"\n", "RDR-024", "never written"),
    "UTF-16": ("{}".encode("utf-16")[:-1] + b"\0\n", "RDR-024", "UTF-16"),
    "no LF": (WHOLE[:-1], "FRM-002", "LF"),
    "no time zone": (WHOLE.replace(b'Z"', b'"'), "REC-002", "date -u"),
}


@pytest.mark.parametrize(("content", "requirement", "words"), ADVICE.values(), ids=ADVICE)
def test_a_mistake_gets_the_remedy_for_it(content: bytes, requirement: str, words: str) -> None:
    finding = read_whole(header() + content).findings[0]

    assert finding.requirement == requirement
    what, _, remedy = finding.message.partition("; ")
    assert what
    assert words in remedy


def test_a_byte_order_mark_is_told_from_other_text() -> None:
    finding = read_whole(b"\xef\xbb\xbf" + header()).findings[0]

    assert finding.requirement == "FRM-005"
    assert "without a byte order mark" in finding.message


def test_remedies_are_given_for_requirements_that_exist() -> None:
    assert simvue_spec.requirements().keys() >= hints.REQUIREMENTS

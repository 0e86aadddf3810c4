"""Values: what a program logs is what a reader gets, bit for bit."""

import json
import math
import struct
import sys
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simvue.core.encoding import encode_values
from simvue.errors import WriterError
from tests.journal import journals
from tests.names import named

NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
NAMES = st.text("abcXYZ019_/.:=><+()%- ", min_size=1, max_size=250)


def bits(value: float) -> bytes:
    return struct.pack("<d", math.nan if math.isnan(value) else value)


def read_back(values: bytes) -> dict[str, bytes]:
    return {name: bits(float(NOT_FINITE.get(value, value))) for name, value in json.loads(values).items()}


@pytest.mark.requirement("WRT-030", "WRT-031", "REC-031", "FRM-026", "FRM-028")
@given(st.dictionaries(NAMES, st.floats(), min_size=1, max_size=20))
def test_every_double_is_read_back_as_it_was(values):
    encoded = encode_values(values, set(values))

    assert read_back(encoded) == {name: bits(value) for name, value in values.items()}


@pytest.mark.requirement("WRT-031", "FRM-027", "FRM-028", "REC-030")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(
    st.lists(st.dictionaries(NAMES, st.floats() | st.integers(-(2**70), 2**70), min_size=1), min_size=1, max_size=20)
)
def test_a_journal_of_any_numbers_is_faultless(tmp_path_factory, logged):
    cache = tmp_path_factory.mktemp("cache")
    writer = journals.writer(cache)
    for values in logged:
        writer.append_metrics(values)
    writer.end("completed")

    found = [record["values"] for record in journals.whole(journals.only(cache)) if record["kind"] == "metrics"]

    assert [read_back(json.dumps(values).encode()) for values in found] == [
        {name: bits(float(value)) for name, value in values.items()} for values in logged
    ]


class Scalar:
    """A number of another library, such as an array of one element."""

    def __init__(self, value):
        self.value = value

    def item(self):
        return self.value


@pytest.mark.requirement("REC-031", "REC-008")
@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, b"1"),
        (False, b"0"),
        (7, b"7"),
        (2**53 - 1, b"9007199254740991"),
        (2**53, b"9007199254740992.0"),
        (-(2**60), b"-1.152921504606847e+18"),
        (-0.0, b"-0.0"),
        (5e-324, b"5e-324"),
        (sys.float_info.max, b"1.7976931348623157e+308"),
        (Decimal("0.1"), b"0.1"),
        (Fraction(1, 4), b"0.25"),
        (Scalar(0.5), b"0.5"),
        (Scalar(True), b"1"),
        (Scalar(math.inf), b'"Infinity"'),
        (math.nan, b'"NaN"'),
        (-math.inf, b'"-Infinity"'),
    ],
    ids=named,
)
def test_a_number_of_any_type_is_written_as_json_has_it(value, written):
    assert encode_values({"a": value}, set()) == b'{"a":' + written + b"}"


@pytest.mark.requirement("WRT-041", "REC-007", "REC-030", "REC-031", "REC-036")
@pytest.mark.parametrize(
    "metrics",
    [
        {},
        [],
        None,
        "a",
        {"": 1.0},
        {"x" * 251: 1.0},
        {"tab\there": 1.0},
        {"naïve": 1.0},
        {'quote"': 1.0},
        {1: 1.0},
        {None: 1.0},
        {"a": "1.0"},
        {"a": None},
        {"a": b"1"},
        {"a": [1.0]},
        {"a": 1j},
        {"a": 10**400},
        {"a": object()},
        {"a": Scalar(Scalar(1.0))},
        {"good": 1.0, "bad": None},
    ],
    ids=named,
)
@pytest.mark.parametrize("known", [set(), {"a", "good", "bad", "", "x" * 251}], ids=["new", "known"])
def test_what_no_metric_can_be_is_refused(metrics, known):
    if set(metrics or ()) & {"", "x" * 251}:
        known = set()

    with pytest.raises(WriterError):
        encode_values(metrics, known)


@pytest.mark.requirement("WRT-032")
def test_the_same_bytes_are_written_under_every_locale(tmp_path):
    code = """
    import locale, sys
    for name in sys.argv[1:]:
        try:
            locale.setlocale(locale.LC_ALL, name)
        except locale.Error:
            pass
    from simvue.core.encoding import encode_metrics, encode_record, encode_values
    print(locale.localeconv()["decimal_point"], file=sys.stderr)
    values = encode_values({"a": 1234567.5, "b": 1e-7}, set())
    print(encode_metrics(1000000, b"2026-03-01T09:00:00.", 5, values, 1234567, 1234.5))
    print(encode_record("metadata", 1000, b"2026-03-01T09:00:00Z", {"values": {"a": 1234.5}}))
    """

    plain = journals.run(code)
    german = journals.run(code, "de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", LC_ALL="de_DE.UTF-8")

    assert plain.stdout == german.stdout
    assert b'"time":1234.500000' in plain.stdout.encode()


@pytest.mark.requirement("WRT-032")
def test_numbers_do_not_follow_a_decimal_comma(tmp_path):
    """The system's locales may be missing, so the C library is given one of our own (localedef, Debian: libc-bin)."""
    source = tmp_path / "comma"
    made = journals.subprocess.run(
        ["localedef", "-c", "-i", "de_DE", "-f", "UTF-8", str(source)], capture_output=True, text=True, check=False
    )
    if made.returncode > 1:
        pytest.fail(f"no locale with a decimal comma can be made: {made.stderr}")
    code = """
    import locale
    locale.setlocale(locale.LC_ALL, "comma")
    assert locale.localeconv()["decimal_point"] == ","
    from simvue.core.encoding import encode_metrics, encode_values
    print(encode_metrics(1, b"2026-03-01T09:00:00.", 5, encode_values({"a": 1.5}, set()), 1, 1234.5))
    """

    result = journals.run(code, LOCPATH=str(tmp_path))

    assert '"a":1.5' in result.stdout, result.stderr
    assert '"time":1234.500000' in result.stdout

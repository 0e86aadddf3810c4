"""What goes in comes out: any bytes as text, any double, under any locale."""

import math
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.writers.c.journals import (
    OK,
    SOURCES,
    bits,
    build,
    drive,
    event,
    metrics,
    needs_gcc,
    ran,
    records,
    text,
    validate,
    values,
)

pytestmark = needs_gcc
HOSTILE = [
    b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\xf0\x9f\x98", b"\xf4\x90\x80\x80", b"\xc0\x80", b"\xe2\x80\xa8",
    b'"\\/\b\f\n\r\t\x01\x1f\x7f', b"\\u0000", b"\\ud800", b"%s%n", b'"}\n{"kind":"end"}', "𝕳é\ufffd\ufeff".encode(),
]  # fmt: skip
any_bytes = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=40).map(lambda said: said.encode("utf-8", "surrogatepass")),
    st.lists(st.sampled_from(HOSTILE), max_size=4).map(b"".join),
).map(lambda said: said.replace(b"\0", b""))
numbers = st.one_of(st.floats(), st.floats(width=32), st.integers(-(2**60), 2**60).map(float))

COMMA = """
#include <locale.h>
#include <stdio.h>
int main(void) { return setlocale(LC_ALL, "") == NULL || printf("%g", 0.5) < 0; }
"""


def as_text(given_bytes: bytes) -> str:
    return given_bytes.decode("utf-8", "replace")


def as_json(number: float):
    """Return a double as a reader gets it."""
    if math.isnan(number):
        return "NaN"
    return number if abs(number) != float("inf") else "Infinity" if number > 0 else "-Infinity"


def is_same(said, number: float) -> bool:
    wanted = as_json(number)
    return said == wanted if isinstance(wanted, str) else type(said) is float and bits(said) == bits(number)


def are_names(names: list[bytes]) -> bool:
    said = [as_text(name) for name in names]
    return len(set(said)) == len(said) and all(0 < len(each.encode()) <= 250 for each in said)


@pytest.mark.requirement("FRM-020", "FRM-022", "FRM-023", "FRM-024", "FRM-026", "FRM-027", "WRT-030", "WRT-031")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    messages=st.lists(any_bytes, max_size=12),
    series=st.lists(st.dictionaries(any_bytes, numbers, min_size=1, max_size=12), max_size=6),
    integers=st.lists(st.integers(-(2**63), 2**63 - 1), max_size=4),
)
def test_any_text_and_any_double_come_back(driver, tmp_path_factory, messages, series, integers):
    cache = tmp_path_factory.mktemp("place") / "cache"
    series = [each for each in series if are_names(list(each))]
    facts = {str(number): integer for number, integer in enumerate(integers)}
    calls = [event(message) for message in messages]
    for number, each in enumerate(series):
        pairs = " ".join(f"{text(name)} {bits(value)}" for name, value in each.items())
        calls.append(f"metrics {len(each)} {pairs} {number} {bits(0.5)}")

    outcome = drive(driver, cache, [*calls, f"metadata {values(facts)}", "close - -"])

    assert set(outcome.statuses) == {OK}
    found = records(outcome.path)
    assert [record["message"] for record in found if record["kind"] == "event"] == [as_text(said) for said in messages]
    came = [record["values"] for record in found if record["kind"] == "metrics"]
    assert len(came) == len(series)
    for said, meant in zip(came, series, strict=True):
        assert list(said) == [as_text(name) for name in meant]
        assert all(is_same(value, number) for value, number in zip(said.values(), meant.values(), strict=True))
    assert found[-2]["values"] == facts


@pytest.mark.requirement("WRT-031")
def test_millions_of_doubles_and_texts_are_written_as_json_has_them(tmp_path):
    """The checks of the fuzzer on random input, around every power of two, with sanitizers."""
    options = ("-std=c99", "-O2", "-DROUNDS=100000", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    program = build(SOURCES / "fuzz.c", tmp_path / "rounds", *options)

    result = ran([program])

    assert (result.returncode, result.stderr) == (0, "")


def a_comma_locale(place: Path) -> None:
    """Make the locale de_DE.UTF-8 in a directory of our own; nothing is installed."""
    if shutil.which("localedef") is None or not Path("/usr/share/i18n/locales/de_DE").exists():
        pytest.skip("no sources of locales here: the package locales has them")
    place.mkdir()
    subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", str(place / "de_DE.UTF-8")], check=True)


@pytest.mark.requirement("WRT-032")
def test_a_locale_with_a_decimal_comma_changes_no_byte(driver, cache, tmp_path):
    a_comma_locale(tmp_path / "locales")
    calls = [metrics({"a": 0.1, "b": 1234567.5, "c": -2.5e-9}, 3, 0.25), event("é"), "close - -"]
    german = {"LOCPATH": str(tmp_path / "locales"), "LC_ALL": "de_DE.UTF-8"}
    probe = tmp_path / "probe.c"
    probe.write_text(COMMA)
    program = build(probe, tmp_path / "probe")

    outcome = drive(driver, cache, calls, "locale=de_DE.UTF-8", **german)

    assert ran([program], env=german).stdout == "0,5"
    lines = outcome.path.read_bytes()
    assert b'"values":{"a":0.1,"b":1234567.5,"c":-2.5e-9},"step":3,"time":0.25' in lines
    validate(outcome.path)

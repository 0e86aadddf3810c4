"""Numbers are taken as Fortran, C and others print them; what is none is None."""

from math import inf, isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simvue.follow.numerals import is_overflow, number, whole_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5", 1.5),
        ("1.0D-3", 1e-3),
        ("-2.5d+02", -250.0),
        ("1.0Q1", 10.0),
        ("1.0+100", 1e100),
        ("-.5-200", -0.5e-200),
        ("1.D0", 1.0),
        ("0.01,", 0.01),
        ("(3.0)", 3.0),
        ("'4'", 4.0),
        ("1.0D-3;", 1e-3),
        ("+Infinity", inf),
        ("-inf", -inf),
        ("1.#INF00", inf),
        ("-1.#INF", -inf),
    ],
)
def test_a_number_is_taken(text, value):
    assert number(text) == value


@pytest.mark.parametrize("text", ["NaN", "nan", "-NaN", "NAN(ind)", "1.#QNAN", "nan,"])
def test_what_is_no_number_but_a_nan_is_one(text):
    assert isnan(number(text))


@pytest.mark.parametrize("text", ["*****", "", "abc", "1_000", "1_0,", "0,5", "1.2.3", "--1", "1+", "0x10", ",", "1e"])
def test_other_text_is_none(text):
    assert number(text) is None


def test_stars_are_an_overflow():
    assert [is_overflow(text) for text in ("*****", "*,", "", "1", "abc")] == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("text", "step"),
    [("7", 7), ("1.0E+02", 100), ("007:", 7), ("-1", None), ("1.5", None), ("nan", None), ("inf", None)],
)
def test_a_step_is_a_whole_number(text, step):
    assert whole_number(text) == step


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_doubles_survive_in_every_notation(value):
    digits = f"{value:.17e}"
    mantissa, _, exponent = digits.partition("e")

    assert number(digits) == value
    assert number(f"{mantissa}D{exponent}") == value
    assert number(f"{mantissa}{exponent}") == value


@given(st.text())
def test_no_text_raises(text):
    number(text)
    whole_number(text)

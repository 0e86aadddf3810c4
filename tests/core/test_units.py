"""Units in terms of the base units of the SI."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simvue.core.units import parse_unit, written


@pytest.mark.parametrize(
    ("text", "base", "factor"),
    [
        ("m", "m", 1),
        ("cm", "m", 0.01),
        ("kg", "kg", 1),
        ("µm", "m", 1e-6),
        ("kJ", "J", 1000),
        ("kg*m**2/s**2", "J", 1),
        ("W/m**2", "kg/s**3", 1),
        ("W m^-2", "kg/s**3", 1),
        ("W/m2", "kg/s**3", 1),
        ("m s-1", "m/s", 1),
        ("J/kg/K", "m**2/(K*s**2)", 1),
        ("J/(kg*K)", "m**2/(K*s**2)", 1),
        ("m**(2)", "m**2", 1),
        ("km/h", "m/s", 1 / 3.6),
        ("kW h", "J", 3.6e6),
        ("bar", "Pa", 1e5),
        ("mbar", "Pa", 100),
        ("Å", "m", 1e-10),
        ("angstrom", "m", 1e-10),
        ("kilometres", "m", 1000),
        ("seconds", "s", 1),
        ("ms", "s", 1e-3),
        ("min", "s", 60),
        ("deg", "rad", math.pi / 180),
        ("%", "dimensionless", 0.01),
        ("percent", "dimensionless", 0.01),
        ("m/m", "dimensionless", 1),
        ("1/s", "Hz", 1),
        ("1/m", "1/m", 1),
        ("dam", "m", 10),
        ("mmol/L", "mol/m**3", 1),
        ("MeV", "J", 1.602176634e-13),
    ],
)
def test_a_unit_is_told_in_base_units(text, base, factor):
    unit = parse_unit(text)

    assert unit is not None
    assert written(unit.powers) == base
    assert unit.factor == pytest.approx(factor, rel=1e-12)
    assert not unit.is_shifted


@pytest.mark.parametrize("text", ["degC", "°C", "celsius", "degF"])
def test_a_scale_with_a_zero_of_its_own_is_told_as_one(text):
    unit = parse_unit(text)

    assert unit is not None
    assert unit.is_shifted
    assert written(unit.powers) == "K"


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "bogus", "cells", "m/", "/s", "(m", "m)", "m**", "m**x", "m**99", "2", "m$", "degC/m", "kkg"),
        *("x" * 101, "(" * 49 + "m" + ")" * 49),
    ],
)
def test_what_is_no_known_unit_is_none(text):
    assert parse_unit(text) is None


@given(st.text(alphabet="mskgKJ*/^()-12 °%µ.", max_size=30) | st.text(max_size=120))
def test_any_text_is_a_unit_or_none(text):
    unit = parse_unit(text)

    assert unit is None or parse_unit(written(unit.powers)).powers == unit.powers

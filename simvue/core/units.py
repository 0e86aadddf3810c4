"""Units of metrics in terms of the base units of the SI.

A table of the units that simulations use, their prefixes, products and powers; a unit that it does not know
stays without a conversion. Nothing here depends on what else is installed, so a run says the same everywhere.
Tests: tests/core/test_units.py.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Unit", "parse_unit", "written"]

Powers = Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """`factor` base units to the `powers` given, for one of this unit.

    `is_shifted` says that its zero lies elsewhere, as that of degrees Celsius, so that no factor alone converts it.
    """

    factor: float
    powers: Powers
    is_shifted: bool = False


def _unit(factor: float, is_shifted: bool = False, /, **powers: int) -> Unit:  # noqa: FBT001, FBT002 - names are taken
    return Unit(factor=factor, powers=powers, is_shifted=is_shifted)


_NAMED = {  # the first with the powers that are wanted names them
    "N": _unit(1, kg=1, m=1, s=-2),
    "Pa": _unit(1, kg=1, m=-1, s=-2),
    "J": _unit(1, kg=1, m=2, s=-2),
    "W": _unit(1, kg=1, m=2, s=-3),
    "Hz": _unit(1, s=-1),
    "C": _unit(1, A=1, s=1),
    "V": _unit(1, kg=1, m=2, s=-3, A=-1),
    "T": _unit(1, kg=1, s=-2, A=-1),
    "Wb": _unit(1, kg=1, m=2, s=-2, A=-1),
    "F": _unit(1, kg=-1, m=-2, s=4, A=2),
    "ohm": _unit(1, kg=1, m=2, s=-3, A=-2),
    "S": _unit(1, kg=-1, m=-2, s=3, A=2),
    "H": _unit(1, kg=1, m=2, s=-2, A=-2),
}
_PREFIXED = {  # take the prefixes of the SI
    **_NAMED,
    **{name: _unit(1, **{name: 1}) for name in ("m", "s", "A", "K", "mol", "cd", "rad")},
    "g": _unit(1e-3, kg=1),
    "L": _unit(1e-3, m=3),
    "l": _unit(1e-3, m=3),
    "t": _unit(1e3, kg=1),
    "eV": _unit(1.602176634e-19, kg=1, m=2, s=-2),
    "bar": _unit(1e5, kg=1, m=-1, s=-2),
    "cal": _unit(4.184, kg=1, m=2, s=-2),
    "G": _unit(1e-4, kg=1, s=-2, A=-1),
    "pc": _unit(3.0856775814913673e16, m=1),
    "Bq": _unit(1, s=-1),
    "Gy": _unit(1, m=2, s=-2),
    "Sv": _unit(1, m=2, s=-2),
}
_PREFIXED["Ω"] = _PREFIXED["Ω"] = _PREFIXED["ohm"]  # the letter and the sign
_PLAIN = {
    "min": _unit(60, s=1),
    "hr": _unit(3600, s=1),
    "h": _unit(3600, s=1),
    "day": _unit(86400, s=1),
    "d": _unit(86400, s=1),
    "yr": _unit(31557600, s=1),
    "deg": _unit(0.017453292519943295, rad=1),
    "°": _unit(0.017453292519943295, rad=1),
    "angstrom": _unit(1e-10, m=1),
    "Å": _unit(1e-10, m=1),
    "\u212b": _unit(1e-10, m=1),  # the sign
    "inch": _unit(0.0254, m=1),
    "ft": _unit(0.3048, m=1),
    "mile": _unit(1609.344, m=1),
    "furlong": _unit(201.168, m=1),
    "AU": _unit(149597870700, m=1),
    "ly": _unit(9460730472580800, m=1),
    "lb": _unit(0.45359237, kg=1),
    "amu": _unit(1.66053906660e-27, kg=1),
    "u": _unit(1.66053906660e-27, kg=1),
    "atm": _unit(101325, kg=1, m=-1, s=-2),
    "Torr": _unit(101325 / 760, kg=1, m=-1, s=-2),
    "mmHg": _unit(133.322387415, kg=1, m=-1, s=-2),
    "psi": _unit(6894.757293168, kg=1, m=-1, s=-2),
    "erg": _unit(1e-7, kg=1, m=2, s=-2),
    "dyn": _unit(1e-5, kg=1, m=1, s=-2),
    "degC": _unit(1, True, K=1),
    "°C": _unit(1, True, K=1),
    "degF": _unit(5 / 9, True, K=1),
    "°F": _unit(5 / 9, True, K=1),
    "%": _unit(0.01),
    "ppm": _unit(1e-6),
    "dimensionless": _unit(1),
    "1": _unit(1),
}
_NAMES = {
    "m": ("metre", "meter"),
    "s": ("second", "sec"),
    "g": ("gram", "gramme"),
    "K": ("kelvin",),
    "A": ("ampere", "amp"),
    "mol": ("mole",),
    "cd": ("candela",),
    "rad": ("radian",),
    "N": ("newton",),
    "Pa": ("pascal",),
    "J": ("joule",),
    "W": ("watt",),
    "Hz": ("hertz",),
    "C": ("coulomb",),
    "V": ("volt",),
    "T": ("tesla",),
    "Wb": ("weber",),
    "F": ("farad",),
    "S": ("siemens",),
    "H": ("henry",),
    "L": ("litre", "liter"),
    "t": ("tonne",),
    "eV": ("electronvolt",),
    "cal": ("calorie",),
    "G": ("gauss",),
    "pc": ("parsec",),
    "min": ("minute",),
    "h": ("hour",),
    "yr": ("year",),
    "deg": ("degree",),
    "angstrom": ("Angstrom",),
    "degC": ("celsius", "Celsius"),
    "degF": ("fahrenheit",),
    "%": ("percent",),
    "ft": ("foot", "feet"),
    "lb": ("pound",),
    "atm": ("atmosphere",),
    "Torr": ("torr",),
    "dyn": ("dyne",),
}
_WORDS = {word: symbol for symbol, words in _NAMES.items() for word in words}
_SYMBOLS = {"Q": 30, "R": 27, "Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1}
_SYMBOLS |= {"d": -1, "c": -2, "m": -3, "u": -6, "µ": -6, "μ": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21}
_SYLLABLES = {"tera": 12, "giga": 9, "mega": 6, "kilo": 3, "hecto": 2, "deca": 1, "deci": -1, "centi": -2}
_SYLLABLES |= {"milli": -3, "micro": -6, "nano": -9, "pico": -12, "femto": -15}

_TOKEN = re.compile(r"\s*(\*\*|\^|[*/·()]|-?\d+|[^\W\d]+|[%°][CF]?)")
_NUMBER = re.compile(r"-?\d+")
_LONGEST = 100
_GREATEST_POWER = 30
_DEEPEST = 10


def parse_unit(text: str) -> Unit | None:
    """Return the unit that a text such as `kg*m**2/s**2`, `km/h` or `W m^-2` stands for; None if it is not known."""
    if len(text) > _LONGEST:
        return None
    tokens = []
    rest = text.strip()
    while rest:
        found = _TOKEN.match(rest)
        if found is None:
            return None
        tokens.append(found[1])
        rest = rest[found.end() :].strip()
    tokens.reverse()
    try:
        unit = _product(tokens, 0)
    except (KeyError, IndexError, ValueError, OverflowError, ZeroDivisionError):
        return None
    return None if tokens else unit


def written(powers: Powers) -> str:
    """Return base units as text: `J`, `m/s`, `m**2/(K*s**2)`, or `dimensionless`."""
    for name, unit in _NAMED.items():
        if unit.powers == powers:
            return name
    above, below = (
        [_power(name, sign * powers[name]) for name in sorted(powers) if sign * powers[name] > 0] for sign in (1, -1)
    )
    if not above and not below:
        return "dimensionless"
    divisor = f"({'*'.join(below)})" if len(below) > 1 else "".join(below)
    return ("*".join(above) or "1") + (f"/{divisor}" if divisor else "")


def _power(name: str, power: int) -> str:
    return name if power == 1 else f"{name}**{power}"


def _product(tokens: list[str], depth: int) -> Unit:
    """Take factors from the end of the tokens, which are in reverse, up to a closing parenthesis."""
    if depth > _DEEPEST:
        raise ValueError
    unit = _factor(tokens, depth)
    while tokens and tokens[-1] != ")":
        operator = tokens.pop() if tokens[-1] in ("*", "/", "·") else "*"
        unit = _times(unit, _factor(tokens, depth), -1 if operator == "/" else 1)
    return unit


def _factor(tokens: list[str], depth: int) -> Unit:
    name = tokens.pop()
    if name == "(":
        unit = _product(tokens, depth + 1)
        if tokens.pop() != ")":
            raise ValueError
    else:
        unit = _named(name)
    if not tokens or (tokens[-1] not in ("**", "^") and not _NUMBER.fullmatch(tokens[-1])):
        return unit
    if not _NUMBER.fullmatch(tokens[-1]):  # else the power stands at the unit, as in `m2`
        tokens.pop()
    is_bracketed = tokens[-1] == "("
    if is_bracketed:
        tokens.pop()
    power = int(tokens.pop())
    if abs(power) > _GREATEST_POWER or (is_bracketed and tokens.pop() != ")"):
        raise ValueError
    return _times(_unit(1), unit, power)


def _times(left: Unit, right: Unit, power: int) -> Unit:
    names = {*left.powers, *right.powers}
    powers = {name: left.powers.get(name, 0) + power * right.powers.get(name, 0) for name in names}
    if left.is_shifted or right.is_shifted:
        raise ValueError  # a product of temperatures on a scale means nothing
    return Unit(factor=left.factor * right.factor**power, powers={name: p for name, p in powers.items() if p})


def _named(name: str) -> Unit:
    """Return one unit by its symbol or its name in English, with a prefix or without; raises KeyError."""
    for candidate in (name, name.removesuffix("s")):
        symbol = _WORDS.get(candidate, name)
        if symbol in _PLAIN or symbol in _PREFIXED:
            return _PLAIN.get(symbol) or _PREFIXED[symbol]
        for syllable, power in _SYLLABLES.items():
            symbol = _WORDS.get(candidate.removeprefix(syllable), "")
            if candidate.startswith(syllable) and symbol in _PREFIXED:
                return _scaled(_PREFIXED[symbol], power)
    for prefix, power in _SYMBOLS.items():
        if name.startswith(prefix) and name.removeprefix(prefix) in _PREFIXED:
            return _scaled(_PREFIXED[name.removeprefix(prefix)], power)
    raise KeyError(name)


def _scaled(unit: Unit, power: int) -> Unit:
    factor = unit.factor * 10**power if power >= 0 else unit.factor / 10**-power
    return Unit(factor=factor, powers=unit.powers)

"""Numbers as programs print them: also with Fortran's exponents, and what is not finite in its many spellings.

Pure. What becomes of text that is no number is left to the caller. Tests: tests/follow/test_numerals.py.
"""

import re

__all__ = ["is_overflow", "number", "whole_number"]

_FORTRAN = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:[dDqQ]([+-]?\d+)|([+-]\d+))")
_NOT_FINITE = re.compile(r"([+-]?)(?:(nan)\(\w*|1\.#(qnan|snan|ind|inf)0*)", re.IGNORECASE)
_AROUND = "\"'()[]{}<>,;: \t"
_LARGEST_STEP = 2**53 - 1


def number(text: str) -> float | None:
    """Return the number that a text stands for, or None.

    It takes `1.5`, `1.0D-3`, `1.0+100` (Fortran leaves out the letter of a long exponent), `NaN`, `-inf`,
    `1.#QNAN`, and passes over brackets, quotes, commas and colons around it. `*****`, which Fortran prints
    when a field is too narrow, is None.
    """
    try:
        value = float(text)
    except ValueError:
        return _unusual(text.strip(_AROUND))
    return None if "_" in text else value  # Python alone takes 1_000


def whole_number(text: str) -> int | None:
    """Return a step: a whole number, 0 or more, also written `1.0E+02`; None for anything else."""
    value = number(text)
    if value is None or not 0 <= value <= _LARGEST_STEP or value != int(value):
        return None
    return int(value)


def is_overflow(text: str) -> bool:
    """Whether a text is what Fortran prints for a number that its field cannot hold."""
    return text.strip(_AROUND).strip("*") == "" and "*" in text


def _unusual(text: str) -> float | None:
    try:
        if "_" not in text:
            return float(text)
    except ValueError:
        pass
    if match := _FORTRAN.fullmatch(text):
        return float(f"{match[1]}e{match[2] or match[3]}")
    if match := _NOT_FINITE.fullmatch(text):
        return float(f"{match[1]}inf") if (match[3] or "").lower() == "inf" else float("nan")
    return None

"""Values of a program as values of JSON that mean one thing to every reader.

It turns numbers of any library, paths, dates and containers into plain ones and cleans text. It knows no
record; what a method's arguments may be is in `simvue.core.arguments`.
Tests: tests/core/test_plain.py.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from math import isfinite, isnan
from typing import Any, TypeGuard

from simvue.errors import WriterError

__all__ = ["ArrayFound", "Json", "is_array", "metric_name", "metric_number", "plain", "plain_object", "text"]

Json = None | bool | int | float | str | list[Any] | dict[str, Any]
"""A value that JSON has, containers holding such values."""

_DEEPEST = 32
_LONGEST_NAME = 250
_LARGEST_INTEGER = 2**53 - 1
_METRIC_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/.:=><+()%- ")


class ArrayFound(WriterError):  # noqa: N818 - the event, and the caller may record the array as a tensor
    """A metric's value has axes, where one number is wanted."""


def text(value: str) -> str:
    """Return text that a record can hold: U+FFFD for each NUL and each half of a pair (FRM-022, FRM-023)."""
    plain_text = str.__str__(value)
    try:
        plain_text.encode()
    except UnicodeEncodeError:  # a pair in two halves is joined, a lone half is replaced
        plain_text = plain_text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return plain_text.replace("\0", "\ufffd")


def metric_name(name: object) -> str:
    """Return the name of a metric (REC-007, REC-036); raises WriterError."""
    if isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME and _METRIC_CHARACTERS.issuperset(name):
        return str.__str__(name)
    raise WriterError(
        f"{_shown(name)} cannot name a metric; use 1 to {_LONGEST_NAME} letters, digits, blanks and "
        "_ / . : = > < + ( ) % - [REC-036]"
    )


def metric_number(name: object, value: object) -> int | float | str:
    """Return the value of a metric as JSON has it (REC-031); booleans become 1 and 0.

    Numbers of other libraries, also arrays without axes, are taken as the double they stand for.

    Raises:
        ArrayFound: The value is an array.
        WriterError: The value is not one number.
    """
    if isinstance(value, int):
        if -_LARGEST_INTEGER <= value <= _LARGEST_INTEGER:
            return int(value)
    elif isinstance(value, float):
        return _finite(float(value))
    elif is_array(value):
        raise ArrayFound(_not_a_number(name, value))
    elif hasattr(value, "item"):
        return metric_number(name, _unwrapped(name, value))
    elif isinstance(value, str | bytes) or not hasattr(value, "__float__"):
        raise WriterError(_not_a_number(name, value))
    try:
        return _finite(float(value))
    except (TypeError, ValueError, OverflowError) as error:
        raise WriterError(_not_a_number(name, value)) from error


def is_array(value: object) -> TypeGuard[Any]:
    """Whether a value of any library has axes: numpy's `ndarray` does, its single numbers do not."""
    axes = getattr(value, "ndim", 0)
    return isinstance(axes, int) and axes > 0 and hasattr(value, "tolist")


def _unwrapped(name: object, value: Any) -> object:
    try:
        number: object = value.item()
    except (TypeError, ValueError, RuntimeError) as error:  # an array of several elements
        raise WriterError(_not_a_number(name, value)) from error
    if hasattr(number, "item"):  # or it would be unwrapped for ever
        raise WriterError(_not_a_number(name, value))
    return number


def plain_object(value: object, what: str, depth: int = 2) -> dict[str, Json]:
    """Return a mapping as a JSON object (REC-045), nested `depth` deep in its record.

    Raises:
        WriterError: It is no mapping, a key is no text of 1 to 250 bytes, or something in it has no JSON.
    """
    if not isinstance(value, Mapping):
        raise WriterError(f"{what} has to be a mapping of names to values, not {_shown(value)}")
    members: dict[str, Json] = {}
    for key, item in value.items():
        name = text(key) if isinstance(key, str) else str(key)
        if not 0 < len(name.encode()) <= _LONGEST_NAME:
            raise WriterError(f"{_shown(key)} in {what}: a key takes 1 to {_LONGEST_NAME} bytes [REC-007]")
        if name in members:
            raise WriterError(f"{what} has two keys that are written {name!r} [FRM-021]")
        members[name] = plain(item, f"{what}[{name!r}]", depth + 1)
    return members


def plain(value: object, what: str, depth: int = 3) -> Json:
    """Return a value as JSON has it; what is not finite becomes a string, as in metrics (WRT-030).

    Raises:
        WriterError: No JSON value stands for it, or it is nested too deeply (FRM-025).
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return plain(value.value, what, depth)
    if isinstance(value, str):
        return text(value)
    if isinstance(value, int):  # the encoder takes 64 bits, a reader 40 characters (FRM-027)
        return int(value) if -(2**63) <= value < 2**64 else str(int(value))
    if isinstance(value, float):
        return _finite(float(value))
    if depth > _DEEPEST:
        raise WriterError(f"{what} is nested deeper than {_DEEPEST} [FRM-025]")
    if isinstance(value, Mapping):
        return plain_object(value, what, depth)
    if isinstance(value, list | tuple | AbstractSet):
        return [plain(item, f"{what}[{index}]", depth + 1) for index, item in enumerate(value)]
    return _converted(value, what, depth)


def _converted(value: object, what: str, depth: int) -> Json:
    """Convert by the method that a type of another library offers for this."""
    for method in ("tolist", "isoformat", "__fspath__", "model_dump"):
        convert = getattr(value, method, None)
        if callable(convert) and not isinstance(value, type):
            return plain(convert(), what, depth + 1)  # one deeper: a conversion to itself has to end
    raise WriterError(f"{what} is {_shown(value)}, which JSON cannot hold; convert it, or save it as a file")


def _finite(value: float) -> float | str:
    if isfinite(value):
        return value
    if isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _not_a_number(name: object, value: object) -> str:
    return f"the metric {_shown(name)} is {_shown(value)}, and a metric is one number [REC-031]"


def _shown(value: object) -> str:
    shown = f"{value!r:.60}" if isinstance(value, str | int | float) else f"a {type(value).__qualname__}"
    return shown.encode("ascii", "backslashreplace").decode()

"""The attributes of objects on a server, each declared in one line of its class.

A `Field` reads what the object holds or fetches, and stages what is assigned; when anything is sent is decided
in ``base``. Tests: ``tests/api/test_base.py``.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, Self, TypeVar, overload

from simvue.models import checked, simvue_timestamp

__all__ = ["Field", "Holder", "moment", "one_of", "seconds", "sent_moment", "shaped", "text_or_none", "texts", "whole"]

T = TypeVar("T")


class Holder(Protocol):
    """What a field needs of the object it belongs to."""

    def _get_attribute(self, attribute: str) -> Any: ...

    def _stage(self, key: str, value: object) -> None: ...


class Field(Generic[T]):
    """An attribute: `key` is its name on the server, unless that is the attribute's own.

    `decode` makes a value of Python of what the server sent. An attribute with an `encode` can be assigned: that
    function checks the value and returns what is sent.
    """

    def __init__(
        self,
        key: str = "",
        *,
        decode: Callable[[Any], T] | None = None,
        encode: Callable[[Any], Any] | None = None,
    ) -> None:
        self._key = key
        self._decode = decode
        self.fset = encode
        """What makes it assignable, under the name that properties have for it; None if it is not."""

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name
        self._key = self._key or name

    @overload
    def __get__(self, thing: None, _owner: type) -> Self: ...
    @overload
    def __get__(self, thing: Holder, _owner: type) -> T: ...
    def __get__(self, thing: Holder | None, _owner: type) -> Self | T:
        if thing is None:
            return self
        try:
            value = thing._get_attribute(self._key)  # noqa: SLF001 - they are one
        except KeyError:
            raise AttributeError(f"{self._name!r} of this {type(thing).__name__} is not known") from None
        decoded: T = value if self._decode is None or value is None else self._decode(value)
        return decoded

    def __set__(self, thing: Holder, value: T) -> None:
        if self.fset is None:
            raise AttributeError(f"{self._name!r} of a {type(thing).__name__} cannot be set")
        thing._stage(self._key, self.fset(value))  # noqa: SLF001 - they are one


def moment(text: str) -> datetime:
    """Return a time of the server, which is in UTC, with its zone."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def sent_moment(value: datetime | str | None) -> str | None:
    """Return a time as the server reads it; see `simvue.models.simvue_timestamp`."""
    return None if value is None else simvue_timestamp(value)


def shaped(pattern: str, what: str) -> Callable[[Any], Any]:
    """Return a check that a text has the form of a pattern."""
    return lambda value: checked(value, pattern, what)


def one_of(*words: str) -> Callable[[Any], Any]:
    """Return a check that a value is one of these words."""

    def check(value: Any) -> Any:
        if value not in words:
            raise ValueError(f"{value!r} is none of {', '.join(words)}")
        return value

    return check


def text_or_none(value: Any) -> str | None:
    """Check a text that may be missing."""
    if value is not None and not isinstance(value, str):
        raise ValueError(f"a text is needed, not {value!r}")
    return value


def texts(values: Any) -> list[str]:
    """Return a list of texts; a single text is a mistake, not a list of letters."""
    if isinstance(values, str) or not all(isinstance(value, str) for value in values):
        raise ValueError(f"a list of texts is needed, not {values!r}")
    return list(values)


def whole(least: int) -> Callable[[Any], Any]:
    """Return a check that a value is a whole number of at least this."""

    def check(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"{value!r} is no whole number of at least {least}")
        return value

    return check


def seconds(value: Any) -> Any:
    """Check a duration in whole seconds; None is none."""
    return None if value is None else whole(0)(value)

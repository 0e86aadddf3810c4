"""The formats of the wire: JSON, MessagePack, time stamps, and the flags and lists of query strings.

Instants are whole microseconds since 1970 in UTC everywhere inside the server. What a value means is left to
`validation`. Tests: tests/conformance/server/test_wire.py.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import ormsgpack

__all__ = [
    "decode_body",
    "format_instant",
    "format_runtime",
    "from_json",
    "is_false",
    "is_true",
    "parse_instant",
    "query_integer",
    "query_list",
    "to_json",
]

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the wire carries UTC without a zone, and so do we
MICROSECOND = timedelta(microseconds=1)


def to_json(value: object) -> bytes:
    """Encode as JSON; NaN and the infinities are written bare, as Python clients read and write them."""
    return json.dumps(value, separators=(",", ":")).encode()


def from_json(text: str | bytes) -> object:
    """Decode JSON, raising ValueError for anything that is not one JSON value."""
    try:
        value: object = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def decode_body(body: bytes, content_type: str) -> object:
    """Decode a batch: JSON if the content type says so, otherwise MessagePack. Raises ValueError."""
    if content_type.startswith("application/json"):
        return from_json(body)
    value: object = ormsgpack.unpackb(body)
    return value


def parse_instant(text: object) -> int:
    """Read a date-time as microseconds since 1970; one without a zone is UTC. Raises ValueError."""
    if not isinstance(text, str) or len(text) < 19 or text[10] not in "T ":
        raise ValueError("must be a date-time like 2024-01-02T03:04:05.678901")
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        try:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
        except OverflowError as error:
            raise ValueError("must be between the years 1 and 9999 in UTC") from error
    return (moment - EPOCH) // MICROSECOND


def format_instant(instant: int | None) -> str | None:
    """Write an instant with six decimals and no zone, which is all that published clients parse."""
    if instant is None:
        return None
    return (EPOCH + timedelta(microseconds=instant)).isoformat(timespec="microseconds")


def format_runtime(microseconds: int | None) -> str | None:
    """Write a duration as HH:MM:SS.ffffff."""
    if microseconds is None:
        return None
    seconds, rest = divmod(max(microseconds, 0), 1_000_000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:06d}"


def is_true(query: Mapping[str, str], name: str) -> bool:
    """Tell whether a flag is set, spelled as Python or as JSON spells it."""
    return query.get(name, "").lower() in {"true", "1", "yes"}


def is_false(query: Mapping[str, str], name: str) -> bool:
    """Tell whether a flag is given and not set."""
    return bool(query.get(name, "")) and not is_true(query, name)


def query_integer(query: Mapping[str, str], name: str) -> int | None:
    """Read a whole number that is not negative; absent or empty is None. Raises ValueError."""
    text = query.get(name, "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise ValueError(f"{name} must be a whole number that is not negative")
    return int(text)


def query_list(query: Mapping[str, str], name: str) -> list[str] | None:
    """Read a JSON list of strings; absent or empty is None. Raises ValueError."""
    text = query.get(name, "")
    if not text:
        return None
    value = from_json(text)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{name} must be a JSON list of strings")
    return value

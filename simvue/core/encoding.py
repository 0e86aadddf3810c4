"""Records as bytes: one line each, numbered, dated and sealed with a checksum.

It lays out what it is given and enforces the length of a line. What a value may be is decided in
`simvue.core.plain` and `simvue.core.arguments`, when a record is written in `simvue.journal.writer`.
Tests: tests/core/test_encoding.py, tests/journal/test_writer_values.py.
"""

from collections.abc import Mapping
from zlib import crc32

import orjson
from orjson import Fragment

from simvue.core.plain import Json, metric_name, metric_number
from simvue.errors import WriterError

__all__ = [
    "MAX_LINE",
    "MAX_VALUES",
    "Fragment",
    "RecordTooLong",
    "encode_header",
    "encode_metrics",
    "encode_record",
    "encode_values",
    "halves",
    "renumbered",
]

MAX_LINE = 1 << 20
"""The longest line of a journal in bytes, its LF included (FRM-010)."""

MAX_VALUES = MAX_LINE - 512
"""The most bytes that the values of a metrics record may take, so that the rest of its line has room."""

_LARGEST_INTEGER = 2**53 - 1
_NUMBER = b',"seq":'
_MOST_NAMES = 10_000
_METRICS = b'{"kind":"metrics","seq":%d,"at":"%b%06dZ","values":%b,"step":%d,"time":%.6f'


class RecordTooLong(WriterError):  # noqa: N818 - the event, and the caller may split the record
    """A record would be longer than a line may be (FRM-010, WRT-041)."""

    def __init__(self, kind: str, size: int) -> None:
        super().__init__(kind, size)
        self.kind, self.size = kind, size

    def __str__(self) -> str:
        return (
            f"this {self.kind} record would take {self.size} bytes, and {MAX_LINE} are allowed; "
            "record less at once, or save it as a file [WRT-041]"
        )


def encode_header(at: bytes, members: Mapping[str, Json]) -> bytes:
    """Return the line of a header (JRN-010), which declares numbers and checksums for all that follow it."""
    line = _body("header", 0, at, {**members, "crc": "crc32"}) + b"}\n"
    if len(line) > MAX_LINE:
        raise RecordTooLong("header", len(line))
    return line


def encode_record(kind: str, sequence: int, at: bytes, members: Mapping[str, Json]) -> bytes:
    """Return the line of a record of any kind but header; `at` is its RFC 3339 date-time (REC-002).

    Raises:
        RecordTooLong: The line would be longer than `MAX_LINE`.
    """
    line = _sealed(_body(kind, sequence, at, members))
    if len(line) > MAX_LINE:
        raise RecordTooLong(kind, len(line))
    return line


def encode_metrics(sequence: int, second: bytes, microsecond: int, values: bytes, step: int, seconds: float) -> bytes:
    """Return the line of a metrics record, fast: a simulation waits for it.

    `at` comes as its second up to the point, and its microsecond; `values` from `encode_values`, `MAX_VALUES`
    bytes at most; `seconds` is the member `time`, written to the microsecond.
    """
    body = _METRICS % (sequence, second, microsecond, values, step, seconds)
    return body + b',"crc":"%08x"}\n' % crc32(body)


def encode_values(metrics: Mapping[str, object], known: set[str]) -> bytes:
    """Return the values of a metrics record as JSON; not finite ones as strings (WRT-030).

    Args:
        metrics: Values by name; anything that stands for one number.
        known: Names already found good, added to here: most calls bring the names of the call before.

    Raises:
        WriterError: A name or a value that no metrics record can hold, or no value at all.
    """
    if type(metrics) is dict and metrics and known.issuperset(metrics):
        for value in metrics.values():
            if (type(value) is not float or value - value) and not (  # which of NaN and infinity is NaN: true
                type(value) is int and -_LARGEST_INTEGER <= value <= _LARGEST_INTEGER
            ):
                break
        else:
            return orjson.dumps(metrics)
    return _checked_values(metrics, known)


def renumbered(line: bytes, sequence: int) -> bytes:
    """Return the line of a record as it is in another journal, where it has another number and so another checksum."""
    start = line.index(_NUMBER) + len(_NUMBER)
    return _sealed(line[:start] + b"%d" % sequence + line[line.index(b",", start) : line.rindex(b',"crc":"')])


def halves(kind: str, members: Mapping[str, Json]) -> list[tuple[str, dict[str, Json]]]:
    """Return records that say the same in two parts, for one that is too long; none if it has no parts.

    A message is cut, at the end of a line if there is one in the middle; metadata is merged member by member, and
    metrics of one step may come in several records.
    """
    if kind == "run" and members.get("metadata"):
        rest = {name: value for name, value in members.items() if name != "metadata"}
        return [("run", rest), ("metadata", {"values": members["metadata"]})]
    message, values = members.get("message"), members.get("values")
    if kind == "event" and isinstance(message, str):
        middle = message.rfind("\n", len(message) // 4, len(message) // 2) + 1 or len(message) // 2
        return [(kind, {**members, "message": part}) for part in (message[:middle], message[middle:])]
    if kind in ("metadata", "metrics") and isinstance(values, dict) and len(values) > 1:
        names = list(values)
        parts = (names[: len(names) // 2], names[len(names) // 2 :])
        return [(kind, {**members, "values": {name: values[name] for name in part}}) for part in parts]
    return []


def _checked_values(metrics: Mapping[str, object], known: set[str]) -> bytes:
    if not isinstance(metrics, Mapping) or not metrics:
        raise WriterError(f"metrics are a mapping of one or more names to numbers, not {metrics!r}")
    values = {metric_name(name): metric_number(name, value) for name, value in metrics.items()}
    if len(known) > _MOST_NAMES:
        known.clear()
    known.update(values)
    return orjson.dumps(values)


def _body(kind: str, sequence: int, at: bytes, members: Mapping[str, Json]) -> bytes:
    start = b'{"kind":"%b","seq":%d,"at":"%b"' % (kind.encode(), sequence, at)
    return start + b"," + orjson.dumps(members)[1:-1] if members else start


def _sealed(body: bytes) -> bytes:
    return body + b',"crc":"%08x"}\n' % crc32(body)

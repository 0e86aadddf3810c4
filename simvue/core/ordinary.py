"""The short way for ordinary lines: accept at once what plainly breaks nothing, leave the rest to `reading`.

Nearly all bytes of a journal are `metrics` and `event` records from a library. This path accepts a subset of
what the full judgement accepts, and never refuses: any doubt ends the run of lines, and the full judgement
has the next word. Tests: tests/core/test_ordinary.py holds the two against each other.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple
from zlib import crc32

import orjson

from simvue.core.records import METRIC_NAME

__all__ = ["Run", "accept_run", "is_ordinary"]

_METRICS = b'{"kind":"metrics","'
_EVENT = b'{"kind":"event","'
_METRICS_MEMBERS = frozenset(("kind", "seq", "at", "values", "step", "time", "crc"))
_EVENT_MEMBERS = frozenset(("kind", "seq", "at", "message", "log_level", "crc"))
_LEVELS = ("debug", "info", "warning", "error", "critical")
_NUMBERS = frozenset((int, float))
_MAX_STEP = 9_007_199_254_740_991
_SEAL_LENGTH = len(',"crc":"00000000"}')
# Every day up to the 28th exists, and no year 0000 begins like this: no look at a calendar is needed.
_AT = re.compile(
    r"[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(?:\.[0-9]{1,9})?Z"
).fullmatch
_SHORT_NAME = 62  # characters, of at most 4 bytes each
_MAX_NAMES = 4096  # names remembered at once; a journal with more of them is slower, not bigger in memory


class Run(NamedTuple):
    """Lines accepted one after another: up to `stop`, with their records where they were asked for."""

    stop: int
    metrics: int
    records: list[dict[str, Any]]


def is_ordinary(data: bytes) -> bool:
    """Whether lines of `data` may be told to be innocent one by one: no blank stands where it could hide a name.

    With no blank before a colon, the raw members of a flat record are counted by their `":`.
    """
    return not (b"\t" in data or b"\r" in data or b'" :' in data or b"  :" in data or b"eyJ" in data)


def accept_run(
    lines: Sequence[bytes],
    start: int,
    *,
    last_seq: int | None,
    checksummed: bool,
    names: set[str],
    keep: bool,
) -> Run:
    """Accept ordinary lines from `start` on, and stop at the first in doubt.

    `last_seq` is the number before the first line, None where the journal declares no numbers. `names` are
    metrics' names known to be good, added to in place. Every line is free of NUL, short enough, and of a
    stretch that `is_ordinary` and that holds no suspicion (`text.suspicion_of`).
    """
    loads = orjson.loads
    records: list[dict[str, Any]] = []
    metrics = 0
    expected = 0 if last_seq is None else last_seq
    place = start
    for place in range(start, len(lines)):  # noqa: B007 - where it stopped is the result
        line = lines[place]
        is_metrics = line.startswith(_METRICS)
        if not (is_metrics or line.startswith(_EVENT)) or not line.endswith(b"}"):
            break
        try:
            record = loads(line)
        except (ValueError, RecursionError, MemoryError):
            break
        at = record.get("at")
        if type(at) is not str or _AT(at) is None:
            break
        if last_seq is None:
            if "seq" in record:
                break
        else:
            expected += 1
            seq = record.get("seq")
            if seq != expected or type(seq) is not int:
                break
        if checksummed and line[-_SEAL_LENGTH:] != b',"crc":"%08x"}' % crc32(line[:-_SEAL_LENGTH]):
            break
        if not (_is_plain_metrics(line, record, names) if is_metrics else _is_plain_event(line, record)):
            break
        metrics += is_metrics
        if keep:
            records.append(record)
    else:
        place = len(lines)
    return Run(place, metrics, records)


def _is_plain_metrics(line: bytes, record: dict[str, Any], names: set[str]) -> bool:
    values = record.get("values")
    if type(values) is not dict or not values:
        return False
    if not (_METRICS_MEMBERS.issuperset(record) and _NUMBERS.issuperset(map(type, values.values()))):
        return False
    if type(record.get("crc", "")) is not str:
        return False
    step = record.get("step", 0)
    if type(step) is not int or not 0 <= step <= _MAX_STEP or type(record.get("time", 0)) not in _NUMBERS:
        return False
    # FRM-021: as many names in the bytes as in the object, so none is named twice.
    if line.count(b'":') != len(record) + len(values):
        return False
    return names.issuperset(values) or _learn(values, names)


def _learn(values: dict[str, Any], names: set[str]) -> bool:
    """Add the names of metrics that need no further look, and say whether all of them are such."""
    if not all(0 < len(name) <= _SHORT_NAME and METRIC_NAME.fullmatch(name) for name in values):
        return False
    if len(names) + len(values) <= _MAX_NAMES:
        names.update(values)
    return True


def _is_plain_event(line: bytes, record: dict[str, Any]) -> bool:
    return (
        _EVENT_MEMBERS.issuperset(record)
        and type(record.get("message")) is str
        and record.get("log_level", "info") in _LEVELS
        and type(record.get("crc", "")) is str
        and line.count(b'":') == len(record)
    )

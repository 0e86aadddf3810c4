"""The short way for ordinary lines: accept at once what plainly breaks nothing, leave the rest to `judging`.

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
from simvue.core.sequence import MAX_SEQ
from simvue.core.text import suspicion_of

__all__ = ["Names", "Run", "accept_run"]

_METRICS = b'{"kind":"metrics","'
_EVENT = b'{"kind":"event","'
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")
_TOKEN = b"eyJ"  # what may begin a token deserves a closer look (JRN-004)
_LEVELS = ("debug", "info", "warning", "error", "critical")
_MAX_STEP = 9_007_199_254_740_991
_SEAL = b',"crc":"'
_SEAL_LENGTH = len(',"crc":"00000000"}')
_LAST_BRACE = ord("}")
# Every day up to the 28th exists, and no year 0000 begins like this: no look at a calendar is needed.
_is_plain_time = re.compile(
    r"[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(?:\.[0-9]{1,9})?Z"
).fullmatch
_IN_DOUBT = -1000  # fewer than any number of quotes
_SHORT_NAME = 62  # characters, of at most 4 bytes each
_MAX_NAMES = 4096  # names remembered at once: a journal with more of them is slower, not bigger in memory


class Names(set[str]):
    """Names of metrics that need no further look; it learns new ones."""

    def learn(self, name: str) -> bool:
        """Say whether a name breaks nothing, and remember it if so."""
        if not 0 < len(name) <= _SHORT_NAME or METRIC_NAME.fullmatch(name) is None or "eyJ" in name:
            return False
        if len(self) < _MAX_NAMES:
            self.add(name)
        return True


class Run(NamedTuple):
    """Lines accepted one after another: up to `stop`, with their records where they were asked for."""

    stop: int
    metrics: int
    records: list[dict[str, Any]]


def accept_run(  # noqa: C901 - one loop on the path of every line: calls cost more than they clarify
    lines: Sequence[bytes],
    start: int,
    *,
    last_seq: int | None,
    checksummed: bool,
    suspicious: bool,
    names: Names,
    keep: bool,
) -> Run:
    """Accept ordinary lines from `start` on, and stop at the first in doubt.

    `last_seq` is the number before the first line, None where the journal declares no numbers. Every line is
    free of NUL and short enough; `suspicious` is what `text.suspicion_of` says of all of them together.

    That no member is named twice (FRM-021) shows in the number of quotes: each name and each string has two,
    so the raw bytes have more of them than the decoded record needs if a member is hidden or a quote escaped.
    """
    loads = orjson.loads
    records: list[dict[str, Any]] = []
    metrics = accepted = 0
    envelope = 2 + (last_seq is not None) + checksummed  # kind and at
    left = len(lines) - start if last_seq is None else MAX_SEQ - last_seq  # SEQ-001
    for place in range(start, min(len(lines), start + left)):
        line = lines[place]
        is_metrics = line[:19] == _METRICS
        if not (is_metrics or line[:17] == _EVENT) or line[-1] != _LAST_BRACE:
            break
        if suspicious and suspicion_of(line):
            break
        try:
            record = loads(line)
            if _is_plain_time(record["at"]) is None:
                break
            if last_seq is not None:
                seq = record["seq"]
                if seq != last_seq + accepted + 1 or type(seq) is not int:
                    break
            if checksummed and (
                crc32(line[:-_SEAL_LENGTH]).to_bytes(4, "big").hex() != record["crc"]
                or line[-_SEAL_LENGTH:-10] != _SEAL
            ):
                break
            own = _in_metrics(record, envelope, names) if is_metrics else _in_event(record, envelope, line)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, MemoryError):
            break  # the full judgement names what is wrong
        if line.count(b'"') != 2 * (own + len(record) + 2 + checksummed):
            break
        accepted += 1
        metrics += is_metrics
        if keep:
            records.append(record)
    return Run(start + accepted, metrics, records)


def _in_metrics(record: dict[str, Any], envelope: int, names: Names) -> int:
    """Return how many names and strings `values` has if all members are in order, else `_IN_DOUBT`."""
    values = record["values"]
    left = len(record) - envelope - 1
    step = record.get("step")
    if step is not None:
        left -= 1
        if type(step) is not int or not 0 <= step <= _MAX_STEP:
            return _IN_DOUBT
    time = record.get("time")
    if time is not None:
        left -= 1
        if type(time) is not float and type(time) is not int:
            return _IN_DOUBT
    if left or not values:
        return _IN_DOUBT
    quoted = len(values)
    for name, value in values.items():
        if type(value) is not float and type(value) is not int:
            if value not in _NOT_FINITE:
                return _IN_DOUBT
            quoted += 1
        if name not in names and not names.learn(name):
            return _IN_DOUBT
    return quoted


def _in_event(record: dict[str, Any], envelope: int, line: bytes) -> int:
    """Return how many strings an event has beside its envelope if all members are in order."""
    left = len(record) - envelope - 1
    if type(record["message"]) is not str or _TOKEN in line:
        return _IN_DOUBT
    if left and (left != 1 or record["log_level"] not in _LEVELS):
        return _IN_DOUBT
    return 1 + left

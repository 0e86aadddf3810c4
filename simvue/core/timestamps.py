"""The member `at`: whether it names a real instant, and what that instant is elsewhere.

Instants are whole nanoseconds, so that nine fraction digits survive; floats appear only in a difference.
Reading a clock is left to the shells. Tests: tests/core/test_timestamps.py.
"""

import re
from datetime import UTC, datetime, timedelta

__all__ = ["instant", "is_timestamp", "names_real_time", "seconds_between", "server_form"]

_TIMESTAMP = re.compile(
    r"([0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60))"
    r"(?:\.([0-9]{1,9}))?(?:Z|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
)
_NANOSECONDS = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EDGES = ("0001", "9999")
"""The years in which an offset can make a time that has no name in UTC."""


def is_timestamp(at: str) -> bool:
    """Whether `at` has the form of REC-002; the time it names may still not exist (see `names_real_time`)."""
    return _TIMESTAMP.fullmatch(at) is not None


def names_real_time(at: str) -> bool:
    """Whether `at`, of the form of REC-002, names a time that exists: its day, year and second (REC-003)."""
    try:
        datetime.fromisoformat(at[:19])
        if at[:4] in _EDGES and at[-1] != "Z":  # its offset can carry it out of the years that have a name in UTC
            _EPOCH + timedelta(microseconds=instant(at) // 1000)
    except (ValueError, OverflowError):
        return False
    return True


def instant(at: str) -> int:
    """Return the nanoseconds from 1970-01-01T00:00:00Z to `at`; raise `ValueError` where it is no time stamp."""
    found = _TIMESTAMP.fullmatch(at)
    if found is None:
        raise ValueError(f"not a time stamp of REC-002: {at[:40]!r}")
    local, fraction, sign, hours, minutes = found.groups()
    since = datetime.fromisoformat(local).replace(tzinfo=UTC) - _EPOCH
    seconds = since.days * 86_400 + since.seconds
    if sign:
        offset = int(hours) * 3600 + int(minutes) * 60
        seconds += offset if sign == "-" else -offset
    return seconds * _NANOSECONDS + int((fraction or "").ljust(9, "0"))


def seconds_between(earlier: str, later: str) -> float:
    """Return the seconds from one `at` to another, negative where the second one is before (REC-035)."""
    return (instant(later) - instant(earlier)) / _NANOSECONDS


def server_form(at: str) -> str:
    """Return `at` in UTC as `YYYY-MM-DDTHH:MM:SS.ffffff` without a zone, further digits cut.

    Raise `ValueError` or `OverflowError` for what REC-003 excludes.
    """
    if at[-1:] == "Z" and len(at) > 19:  # no arithmetic: what libraries write, and nearly everybody else
        return at[:26] if len(at) == 27 else f"{at[:19]}.{at[20:-1]:0<6.6}"
    moment = _EPOCH + timedelta(microseconds=instant(at) // 1000)
    return moment.isoformat(timespec="microseconds")[:26]

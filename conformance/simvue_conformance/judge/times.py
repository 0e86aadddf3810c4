"""Times as records have them, exact to the nanosecond.

Tests: tests/conformance/judge/test_members.py.
"""

from datetime import datetime, timedelta
from typing import Final

__all__ = ["nanoseconds", "seconds_between"]

_EPOCH: Final = datetime(1, 1, 1)  # noqa: DTZ001 - everything here is in UTC, and the first year has no earlier zone


def nanoseconds(at: str) -> int | None:
    """Return the nanoseconds from year 1 to `at`, which has the form of REC-002; None where there is no such time."""
    zone = "Z" if at.endswith("Z") else at[-6:]
    local, _, fraction = at.removesuffix(zone).partition(".")
    offset = timedelta() if zone == "Z" else timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    try:
        moment = datetime.strptime(local, "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 - the zone is applied below
        moment = moment + offset if zone.startswith("-") else moment - offset
    except (ValueError, OverflowError):
        return None
    whole = (moment - _EPOCH) // timedelta(seconds=1)
    return whole * 10**9 + int(fraction.ljust(9, "0"))


def seconds_between(start: str, end: str) -> float:
    """Return the seconds from one valid `at` to another (REC-035)."""
    first, last = nanoseconds(start), nanoseconds(end)
    if first is None or last is None:
        raise ValueError(f"no time: {start if first is None else end}")
    return (last - first) / 10**9

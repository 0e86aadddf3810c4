"""What a run would record, shown without one: so that patterns can be tried. Tests: tests/follow/test_cli.py."""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from math import isfinite

from simvue.follow.found import Event, Facts, Found, Place, Tally, Values
from simvue.follow.rules import Rules
from simvue.follow.streams import Streams
from simvue.follow.tail import PipeTail

__all__ = ["preview", "printable"]

_FIRST = 10


def preview(rules: Rules, logs: Sequence[str], show: Callable[[str], object]) -> Tally:
    """Read logs as they are now, and show the first ten of each kind of what is found in them.

    Args:
        rules: What to look for.
        logs: Paths; `-` is standard input, read to its end.
        show: Takes a line of text.

    Returns:
        The sums; `values`, `events` and `metadata` are what would be recorded.
    """
    pipes = [PipeTail("stdin", sys.stdin.fileno())] if "-" in logs else []
    streams = Streams(rules, [log for log in logs if log != "-"], pipes)
    shown: Counter[str] = Counter()

    def take(found: list[Found], prefix: str, path: str) -> None:
        for one in found:
            kind = _counted(one, streams.tally)
            shown[kind] += 1
            if shown[kind] <= _FIRST:
                show(f"{path}:{one.line}: {_described(one, prefix)}")

    while not all(pipe.is_over for pipe in pipes):
        if not streams.read(take):
            pipes[0].wait()
    streams.read(take, final=True)
    streams.close()
    for kind, count in shown.items():
        if count > _FIRST:
            show(f"and {count - _FIRST} more of {kind}")
    return streams.tally


def _counted(one: Found, tally: Tally) -> str:
    if isinstance(one, Values):
        tally.values += len(one.values)
        return "metrics"
    if isinstance(one, Event):
        tally.events += 1
        return "events"
    if isinstance(one, Facts):
        tally.metadata += len(one.values)
        return "metadata"
    return "ends"


def _described(one: Found, prefix: str) -> str:
    if isinstance(one, Values):
        values = ", ".join(f"{prefix}{name} = {value!r}" for name, value in one.values.items())
        return f"metric {values}{_where(one.place)}"
    if isinstance(one, Event):
        return f"event {'' if one.level is None else f'({one.level}) '}{printable(one.message)}"
    if isinstance(one, Facts):
        return f"metadata {', '.join(f'{name} = {value!r}' for name, value in one.values.items())}"
    return f"{'failed' if one.has_failed else 'complete'}: {printable(one.message)}"


def _where(place: Place) -> str:
    parts = []
    if place.step is not None:
        parts.append(f"step {place.step}")
    if place.time is not None and isfinite(place.time):
        parts.append(f"time {place.time!r}")
    if place.timestamp is not None:
        parts.append(f"at {place.timestamp.isoformat()}")
    return f" ({', '.join(parts)})" if parts else ""


def printable(text: str) -> str:
    """Return the beginning of a text as a terminal shows it; what it might obey is escaped."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text[:200])

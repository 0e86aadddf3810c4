"""What the journals below a directory say of metrics, and how it fits what a server holds.

A line counts once it is whole; whether it is right is the business of the role `writer`. Tests:
tests/conformance/online/test_recorded.py.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from simvue_conformance.results import Failure

__all__ = ["Points", "accounted", "beyond", "examples", "journals", "number_of_records", "recorded", "steps"]

Points = Counter[tuple[str, int, str]]
"""Metric, step and the value as Python writes the double."""

SHOWN = 3


def journals(directory: Path) -> list[Path]:
    """Return the journals below a directory, wherever they lie by now: a program may be moving them."""
    files = [Path(folder, name) for folder, _, names in os.walk(directory) for name in names]
    return sorted(path for path in files if path.suffix == ".jsonl" and _is_journal(path))


def _is_journal(path: Path) -> bool:
    return any(record.get("format") == "simvue-journal" for record in _records(path, most=1))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # put away in this moment, or no file
        return b""


def _records(path: Path, most: int | None = None) -> Iterator[Mapping[str, Any]]:
    for line in _content(path).split(b"\n")[:-1][:most]:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record


def recorded(directory: Path) -> Points:
    """Return the points of all journals below a directory."""
    points: Points = Counter()
    for path in journals(directory):
        for record in _records(path):
            if record.get("kind") == "metrics":
                points.update(_of_record(record))
    return points


def number_of_records(directory: Path) -> int:
    """Return how many lines all journals below a directory have, headers and ends among them."""
    return sum(_content(path).count(b"\n") for path in journals(directory))


def _of_record(record: Mapping[str, Any]) -> Iterator[tuple[str, int, str]]:
    values = record.get("values")
    for name, value in values.items() if isinstance(values, dict) else ():
        with suppress(TypeError, ValueError):  # no number: no point
            yield name, int(record.get("step", -1)), repr(float(value))


def steps(values: Mapping[int, float], metric: str = "x") -> Points:
    """Return the points of a metric with these values by step, each once."""
    return Counter((metric, step, repr(float(value))) for step, value in values.items())


def examples(points: Points) -> str:
    """Say how many points there are, and which are the first."""
    listed = sorted(points, key=lambda point: (point[0], point[1]))
    shown = ", ".join(f"{name}={value} at step {step}" for name, step, value in listed[:SHOWN])
    return f"{points.total()} points ({shown}{', …' if len(listed) > SHOWN else ''})"


def accounted(server: Points, journal: Points, expected: Points, lost: str) -> Iterator[Failure]:
    """Yield what is wrong once a sender has finished.

    Args:
        server: what the server holds.
        journal: what the journals say, delivered ones among them.
        expected: what the program has recorded by the word of its scenario.
        lost: the requirement that is broken where what was recorded is nowhere.
    """
    if missing := journal - server:
        yield Failure(
            "PTH-004",
            f"after the sender, the server lacks {examples(missing)} that a journal has: leave to the sender, in the "
            "journal and by the state of its cache, whatever was not delivered",
        )
    if doubled := Counter({point: count for point, count in (server - journal).items() if point in journal}):
        yield Failure(
            "PTH-002",
            f"the server holds {examples(doubled)} more than once: send a request in doubt again with the key and the "
            "body that it had",
        )
    yield from beyond(server, journal)
    if nowhere := expected - (server | journal):
        yield Failure(lost, f"neither a journal nor the server has {examples(nowhere)} that the program recorded")


def beyond(server: Points, journal: Points) -> Iterator[Failure]:
    """Yield what the server has and no journal: it was sent before it was appended."""
    if unwritten := Counter({point: count for point, count in server.items() if point not in journal}):
        yield Failure(
            "PTH-001",
            f"the server holds {examples(unwritten)} that no journal has: append a record to the journal before it "
            "is sent",
        )

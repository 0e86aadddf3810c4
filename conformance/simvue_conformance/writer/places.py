"""The scenarios as places. Tests: tests/conformance/writer/."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from simvue_conformance.context import Context
from simvue_conformance.results import Failure, Place
from simvue_conformance.writer import disk, kinds, lengthy, parallel, several, values
from simvue_conformance.writer.session import Session

__all__ = ["places"]

Scenario = Callable[[Session, Path], Iterator[Failure]]

SCENARIOS: dict[str, tuple[Scenario, str]] = {
    "minimal": (kinds.minimal, "three values of a metric; the cache, and the file's name"),
    "full": (kinds.full, "a record of each kind, and a file put aside"),
    "text": (values.text, "events of any bytes"),
    "numbers": (values.numbers, "doubles, under a locale with a decimal comma too"),
    "non-finite": (values.non_finite, "NaN and the infinities"),
    "many": (lengthy.many, "ten thousand records, watched"),
    "rotation": (several.rotation, "one run in three journals"),
    "restart": (several.restart, "a program that dies, and the one that goes on"),
    "ranks": (several.ranks, "two ranks of one run"),
    "crowd": (several.crowd, "eight processes at once"),
    "full-disk": (disk.full_disk, "the journal cannot grow for a while"),
    "killed": (lengthy.killed, "killed at any step"),
    "threads": (parallel.threads, "four threads, one journal"),
    "fork": (parallel.fork, "a forked child"),
}
CLAIMED = {"threads", "fork"}
"""Scenarios that only a program with the feature of the same name is called with."""


def places(context: Context) -> tuple[Place, ...]:
    """Return the scenarios that a program with these claims is called with."""
    session = Session(context)
    return tuple(
        Place(name=name, title=title, observe=partial(scenario, session))
        for name, (scenario, title) in SCENARIOS.items()
        if name not in CLAIMED - context.features
    )

"""The places of the role, by the names of the frozen list. Tests: tests/conformance/online/test_online.py."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from simvue_conformance.context import Context
from simvue_conformance.online.deaths import observe_beside, observe_killed
from simvue_conformance.online.doors import observe_no_cache, observe_refused
from simvue_conformance.online.outages import (
    observe_failing,
    observe_lost_answers,
    observe_restarted,
    observe_slow,
    observe_unreachable,
)
from simvue_conformance.online.pairs import PAIRS, observe_pair, observe_two_caches
from simvue_conformance.results import Failure, Place

__all__ = ["places"]

Look = Callable[[Context, Path], Iterable[Failure]]

_MISFORTUNES: tuple[tuple[str, str, Look], ...] = (
    ("failing", "a server that fails now and then: each record once, in one run", observe_failing),
    ("unreachable", "a server that is gone before the end: what is left is said, and finished", observe_unreachable),
    ("restarted", "a server that is killed in the middle and starts again", observe_restarted),
    ("lost-answers", "answers that get lost: the sender repeats the same requests", observe_lost_answers),
    ("beside", "a sender beside the live program leaves its journal alone", observe_beside),
    ("killed", "the program is killed: exactly what it recorded arrives", observe_killed),
    ("slow", "a slow server: recording does not wait", observe_slow),
    ("two-caches", "begun offline, continued online: one run", observe_two_caches),
    ("refused", "a token that the server refuses is an error at once", observe_refused),
    ("no-cache", "a cache that cannot be written: sent from memory, and said", observe_no_cache),
)


def _pairs(context: Context) -> Iterator[Place]:
    for pair in PAIRS:
        if pair.feature is None or pair.feature in context.features:
            yield Place(name=pair.name, title=pair.title, observe=partial(observe_pair, context, pair))


def places(context: Context) -> tuple[Place, ...]:
    """Return what is looked at for this program: the misfortunes, which mostly wait, before the pairs."""
    misfortunes = (Place(name=name, title=title, observe=partial(look, context)) for name, title, look in _MISFORTUNES)
    return (*misfortunes, *_pairs(context))

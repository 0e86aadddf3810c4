"""What a cache remembers of runs, and from which of two caches a run is created: from the main one, or its online one.

A run key may be used offline and online, one after the other or at once. Then there are journals of it in two caches,
each with a lease and a state of its own, and still one run on the server: who claims the key first creates it, and the
other takes what that one knows. A claim is a file that is created exclusively, and stays.
Tests: tests/delivery/test_homes.py.
"""

from typing import Any

import orjson

from simvue.core.ledger import merge
from simvue.core.steps import Facts
from simvue.delivery.layout import Layout
from simvue.delivery.state import load
from simvue.delivery.world import World

__all__ = ["carried", "claim", "facts_in", "other_home", "recalled", "remember", "remembered", "take"]

_ONLINE, _MAIN = b"online\n", b"main\n"
_LOCAL = ("told", "aborted", "alone_since")
"""Facts about a cache, not about the run on the server."""


def recalled(world: World, path: str) -> dict[str, Any]:
    """Return the object in a file, an empty one if there is none. Raises ValueError where it is damaged."""
    try:
        found: dict[str, Any] = orjson.loads(world.read(path))
    except FileNotFoundError:
        return {}
    return found


def remembered(world: World, layout: Layout, key: str) -> Facts:
    """Return what is known of a run whose journals in the cache were all put away, or in the cache above."""
    facts = recalled(world, layout.run(key))
    if not facts and layout.above is not None:
        facts = carried(recalled(world, layout.above.run(key)))
    return facts


def remember(world: World, layout: Layout, key: str, facts: Facts) -> None:
    """Remember facts of a run besides those that are known."""
    path = layout.run(key)
    world.makedirs(path.rpartition("/")[0])
    world.replace(path, orjson.dumps(merge(recalled(world, path), facts)) + b"\n")


def claim(world: World, layout: Layout, key: str) -> bool:
    """Whether a run is created from this cache: because nobody has claimed it yet, or this cache did."""
    path, mine = _path(layout, key), _mark(layout)
    try:
        return world.read(path) == mine
    except FileNotFoundError:
        world.makedirs(path.rpartition("/")[0])
    # False may be a lost answer; what the file says settles it.
    return world.create(path, mine) or world.read(path) == mine


def take(world: World, layout: Layout, key: str) -> None:
    """Claim a run whose other cache has been removed."""
    world.replace(_path(layout, key), _mark(layout))


def other_home(layout: Layout, key: str) -> Layout:
    """Return the other cache that may hold journals of a run."""
    return layout.above or layout.below(key)


def facts_in(world: World, layout: Layout, key: str) -> Facts | None:
    """Return what another cache knows of a run, None if nothing; its lease is not needed, since facts only add up."""
    run = load(world, layout)[0].runs.get(key)
    facts = carried(recalled(world, layout.run(key)))
    if run is None:
        return facts or None
    return facts | carried(run.facts)


def carried(facts: Facts) -> Facts:
    """Return what of the facts about a run another cache may take."""
    return {name: value for name, value in facts.items() if name not in _LOCAL}


def _path(layout: Layout, key: str) -> str:
    return (layout.above or layout).home(key)


def _mark(layout: Layout) -> bytes:
    return _ONLINE if layout.above else _MAIN

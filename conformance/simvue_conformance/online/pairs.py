"""The same scenario twice: online, and offline with a sender after it; the two servers have to hold the same.

Tests: tests/conformance/online/test_online.py.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from simvue_conformance.context import Context
from simvue_conformance.holdings import Artifact, Event, Holding, Point, Series, differences, holdings
from simvue_conformance.online.inputs import provide
from simvue_conformance.online.recorded import journals
from simvue_conformance.online.stage import Server, Stage, changes, ended, key, serving_here
from simvue_conformance.results import Failure

__all__ = ["PAIRS", "Pair", "observe_pair", "observe_two_caches"]

OWN_TIMES = frozenset({"started", "endtime"})
MAY_END_AT_ONCE = frozenset({"restart-1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Scenarios that make one run.

    Attributes:
        name: of the place, and of the run's key.
        title: what is recorded.
        steps: the calls, one after the other; those of one tuple at the same time.
        timed: metrics whose times the scenario gives, so that they are compared.
        requirement: that is broken where the two servers differ.
        feature: that a program has to claim to be asked this.
    """

    name: str
    title: str
    steps: tuple[tuple[str, ...], ...]
    timed: frozenset[str] = frozenset()
    requirement: str = "ONL-001"
    feature: str | None = None


def _one(name: str, title: str, *timed: str) -> Pair:
    return Pair(name=name, title=title, steps=((name,),), timed=frozenset(timed))


def _claimed(name: str, title: str, requirement: str) -> Pair:
    return replace(_one(name, title), requirement=requirement, feature=name)


PAIRS = (
    _one("minimal", "three metrics, online and offline"),
    _one("full", "a record of every kind, online and offline", "a", "b"),
    _one("text", "bytes of all sorts as events, online and offline"),
    _one("numbers", "decimal numbers, online and offline", "y"),
    _one("non-finite", "NaN and the infinities, online and offline"),
    _one("many", "10,000 records, online and offline"),
    _one("rotation", "three journals of one run, online and offline"),
    Pair(
        name="restart", title="a program that dies and starts again, both ways", steps=(("restart-1",), ("restart-2",))
    ),
    Pair(
        name="ranks",
        title="two processes of one run, both ways",
        steps=(("rank-0", "rank-1"),),
        timed=frozenset({"rank0", "rank1"}),
    ),
    Pair(name="crowd", title="eight processes of one run, both ways", steps=(("crowd",) * 8,), timed=frozenset({"x"})),
    _claimed("threads", "four threads, online and offline", "ONL-010"),
    _claimed("fork", "a forked child, online and offline", "ONL-011"),
)


def _executed(stage: Stage, pair: Pair, server: Server | None) -> Iterator[Failure]:
    mode = "offline" if server is None else "online"
    for at_once in pair.steps:
        for scenario, finished in zip(at_once, stage.run_at_once(at_once, server), strict=True):
            failures = list(ended(finished, scenario, mode))
            if scenario not in MAY_END_AT_ONCE:
                yield from failures


def observe_pair(context: Context, pair: Pair, directory: Path) -> Iterator[Failure]:
    """Run the scenarios of a pair online, and offline with the sender; compare what two servers hold."""
    online, offline = Stage(context, directory / "online"), Stage(context, directory / "offline")
    for stage in (online, offline):
        provide(stage.cache, context.seed)
    with serving_here() as one, serving_here() as other:
        yield from _executed(online, pair, one)
        yield from _named(changes(one))
        yield from online.send(one)
        yield from _folded(online.cache, pair)
        yield from _executed(offline, pair, None)
        yield from offline.send(other)
        here = {name: _plain(holding, pair, online.cache) for name, holding in holdings(one).items()}
        there = {name: _plain(holding, pair, offline.cache) for name, holding in holdings(other).items()}
    for words in differences(here, there):
        yield Failure(pair.requirement, f"online, {words}: record the same in both modes")


def _named(requests: list[dict[str, object]]) -> Iterator[Failure]:
    """Yield the failure of requests without a key (DLV-013)."""
    bare = [str(one["path"]) for one in requests if not one["idempotency_key"]]
    if bare:
        yield Failure(
            "PTH-002",
            f"{len(bare)} of {len(requests)} requests had no Idempotency-Key, the first to {bare[0]}: give each "
            "the key of DLV-013",
        )


def _folded(cache: Path, pair: Pair) -> Iterator[Failure]:
    """Yield what is left of the small cache although everything ended in order, or has not come up."""
    if MAY_END_AT_ONCE.intersection(*pair.steps[0:1]):
        return  # its journal has no end, and is live for a day
    left = sorted(str(path.relative_to(cache)) for path in cache.glob("online/*"))
    if left:
        yield Failure(
            "PTH-009", f"after the sender there is still {left[0]}: end each journal, so that the small cache goes"
        )
        return
    if not any(cache.glob("delivered/*")):
        lies = ", ".join(str(path.relative_to(cache)) for path in journals(cache)) or "nowhere"
        yield Failure(
            "PTH-009",
            f"the cache above has neither receipts nor delivered journals in delivered/ (journals: {lies}): carry up "
            "what was put away in the small cache",
        )


def _plain(holding: Holding, pair: Pair, cache: Path) -> Holding:
    """Return a holding without what differs from one execution to the next."""
    return replace(
        holding,
        details={name: value for name, value in holding.details.items() if name not in OWN_TIMES},
        metrics={name: _axes(along, is_timed=name in pair.timed) for name, along in holding.metrics.items()},
        events=_without_times(holding.events),
        artifacts=_without_directory(holding.artifacts, cache),
    )


def _axes(along: Series, *, is_timed: bool) -> dict[str, Counter[Point]]:
    return {axis: along[axis] for axis in (("step", "time") if is_timed else ("step",))}


def _without_times(events: Counter[Event]) -> Counter[Event]:
    plain: Counter[Event] = Counter()
    for event, count in events.items():
        plain[event._replace(timestamp="")] += count
    return plain


def _without_directory(artifacts: Counter[Artifact], cache: Path) -> Counter[Artifact]:
    return Counter({one._replace(path=one.path.replace(str(cache), "")): count for one, count in artifacts.items()})


def observe_two_caches(context: Context, directory: Path) -> Iterator[Failure]:
    """Begin a run offline and go on with it online: one run (PTH-008)."""
    stage = Stage(context, directory / "cache")
    with serving_here() as server:
        list(ended(stage.run("restart-1", None), "restart-1", "offline"))  # its end is none
        yield from ended(stage.run("restart-2", server), "restart-2")
        yield from stage.send(server)
        runs = holdings(server)
    if list(runs) != [key("restart")]:
        yield Failure(
            "PTH-008",
            f"one run key, begun offline and continued online, has become the runs {', '.join(runs) or '(none)'}: "
            "claim the key in sender/homes of the cache above before the run is created",
        )
        return
    there = {int(point.place) for along in runs[key("restart")].metrics.values() for point in along["step"]}
    if there != set(range(10)):
        yield Failure(
            "PTH-004", f"of the steps 0 to 9 the server has {sorted(there)}: leave all journals to the sender"
        )

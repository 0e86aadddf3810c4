"""Runs the places of a role, several at once, and makes the report.

What is done in a place is left to the roles, what the program is asked to keep to the frozen lists. Tests:
tests/conformance/test_runner.py.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from pathlib import Path

from simvue_conformance.context import Context
from simvue_conformance.program import end_all
from simvue_conformance.requirements import VERSION, required
from simvue_conformance.results import NotTestable, Observation, Place, Report, Requirement, Verdict, conclude

__all__ = ["judge_program"]

Progress = Callable[[Place, Sequence[Observation]], None]


def _look(place: Place, asked: Sequence[Requirement], workspace: Path) -> Iterator[Observation]:
    """Run a place; what it has not failed when it turns out not to be testable is not testable there."""
    directory = workspace / place.name.replace("/", "-")
    directory.mkdir()
    broken = set()
    verdict: Verdict = "passed"
    reason = ""
    try:
        for failure in place.observe(directory):
            broken.add(failure.requirement)
            yield Observation(
                requirement=failure.requirement,
                place=failure.place or place.name,
                verdict="failed",
                detail=failure.detail,
            )
    except NotTestable as problem:
        verdict, reason = "not testable", str(problem)
    except OSError as problem:
        verdict, reason = "not testable", f"the suite cannot look at this: {problem}; make that possible, and repeat it"
    for requirement in asked:
        if requirement.id not in broken:
            yield Observation(requirement=requirement.id, place=place.name, verdict=verdict, detail=reason)


def judge_program(
    role: str,
    places: Sequence[Place],
    context: Context,
    known: Mapping[str, str],
    *,
    is_partial: bool = False,
    jobs: int = 2,
    keep: Path | None = None,
    progress: Progress | None = None,
) -> Report:
    """Look at the program in every place.

    Args:
        role: the role whose frozen list is asked.
        places: those to look at.
        context: the program and its claims.
        known: IDs that are known to fail, with reasons.
        is_partial: the places are not all of the role's: ask only what these look at. Otherwise a requirement that
            none of them looks at comes out as not testable.
        jobs: how many places are looked at at once.
        keep: an empty directory for what the program wrote; a temporary one if none is given.
        progress: called with each place and its observations, in the order in which they end.
    """
    asked = required(role, context.features)
    if is_partial:
        names = {place.name for place in places}
        asked = {name: requirement for name, requirement in asked.items() if names & set(requirement.places)}
    started, clock = datetime.now(UTC), time.monotonic()
    workspace = Path(tempfile.mkdtemp(prefix="simvue-conformance-")) if keep is None else keep
    observations: list[Observation] = []
    try:
        with ThreadPoolExecutor(jobs) as pool:
            try:
                futures: dict[Future[list[Observation]], Place] = {}
                for place in places:
                    here = [requirement for requirement in asked.values() if place.name in requirement.places]
                    futures[pool.submit(lambda *at: list(_look(*at)), place, here, workspace)] = place
                for future in as_completed(futures):
                    observations += future.result()
                    if progress is not None:
                        progress(futures[future], future.result())
            except (KeyboardInterrupt, SystemExit):  # do not wait for what is left
                pool.shutdown(wait=False, cancel_futures=True)
                end_all()
                raise
    finally:
        if keep is None:
            shutil.rmtree(workspace, ignore_errors=True)
    order = {place.name: number for number, place in enumerate(places)}
    observations.sort(key=lambda observation: order.get(observation.place, len(order)))
    return Report(
        role=role,
        version=VERSION,
        command=context.program.command,
        features=tuple(sorted(context.features)),
        started=started.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - clock, 1),
        is_partial=is_partial,
        outcomes=conclude(asked, observations, known, is_partial=is_partial),
    )

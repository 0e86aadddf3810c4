"""What was seen of a program under test, and what follows from it for each requirement.

Pure: places report failures, `conclude` makes a report of them. Running the places is left to `runner`, showing the
report to `reports`. Tests: tests/conformance/test_results.py.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

__all__ = [
    "Failure",
    "NotTestable",
    "Observation",
    "Outcome",
    "Place",
    "Report",
    "Requirement",
    "Status",
    "Verdict",
    "conclude",
]

Verdict = Literal["passed", "failed", "not testable"]
Status = Literal["passed", "warned", "failed", "not testable", "known to fail", "passed unexpectedly"]


class NotTestable(Exception):  # noqa: N818 - it is a verdict
    """A place could not be looked at; the text says why, and what would make it possible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One row of a frozen list: a requirement that binds the role, and the places that look at it."""

    id: str
    level: str
    text: str
    places: tuple[str, ...]
    feature: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A requirement that was seen broken.

    Attributes:
        requirement: its ID.
        detail: what was seen, and what to do instead, in a line or two.
        place: where, if that says more than the name of the place that found it (a vector of many).
    """

    requirement: str
    detail: str
    place: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A scenario, a scene or a set of vectors: something that is run once and looks at several requirements.

    Attributes:
        name: as the frozen list names it.
        title: what happens there, in a few words.
        observe: given an empty directory of its own, runs the program under test and returns every failure. Each other
            requirement that the frozen list has for this place has then passed here. Raises NotTestable.
    """

    name: str
    title: str
    observe: Callable[[Path], Iterable[Failure]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One verdict on one requirement, and where it was reached."""

    requirement: str
    place: str
    verdict: Verdict
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A requirement with everything that was seen of it."""

    requirement: Requirement
    status: Status
    observations: tuple[Observation, ...]
    reason: str = ""

    @property
    def is_error(self) -> bool:
        """Whether the program does not conform because of this one."""
        return self.status in {"failed", "not testable", "passed unexpectedly"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The judgement on one program in one role; `is_partial` if only some of the places were looked at."""

    role: str
    version: str
    command: tuple[str, ...]
    features: tuple[str, ...]
    started: str
    seconds: float
    is_partial: bool = False
    outcomes: tuple[Outcome, ...] = field(default=())

    @property
    def conforms(self) -> bool:
        """Whether every requirement of the role passed, but for those that are known to fail."""
        return not any(outcome.is_error for outcome in self.outcomes)

    def count(self, status: Status) -> int:
        """The number of requirements with this status."""
        return sum(outcome.status == status for outcome in self.outcomes)


def _status(
    requirement: Requirement, observations: Sequence[Observation], *, is_known: bool, is_partial: bool
) -> Status:
    verdicts = {observation.verdict for observation in observations}
    if "failed" in verdicts:
        if is_known:
            return "known to fail"
        return "warned" if requirement.level == "SHOULD" else "failed"
    if is_known:  # where it fails may be what could not be looked at, or was left out
        is_whole = not is_partial or {observation.place for observation in observations} >= set(requirement.places)
        return "passed unexpectedly" if verdicts == {"passed"} and is_whole else "known to fail"
    return "passed" if "passed" in verdicts else "not testable"


def conclude(
    required: Mapping[str, Requirement],
    observations: Iterable[Observation],
    known: Mapping[str, str],
    *,
    is_partial: bool = False,
) -> tuple[Outcome, ...]:
    """Give each requirement its status.

    A requirement has passed when it was seen kept in one place or more and broken in none. One that was looked at
    nowhere is not testable, which is an error: what was not looked at is not green. A failure of a requirement that
    the list does not ask for, such as a checksum that nobody claimed, counts as well.

    Args:
        required: the frozen list, by ID, in its order.
        observations: everything that was seen.
        known: IDs that are known to fail, each with its reason.
        is_partial: some places were left out; what these look at as well cannot pass unexpectedly.
    """
    seen: dict[str, list[Observation]] = {identifier: [] for identifier in required}
    for observation in observations:
        if observation.requirement in required or observation.verdict == "failed":
            seen.setdefault(observation.requirement, []).append(observation)
    outcomes = []
    for identifier, found in seen.items():
        requirement = required.get(identifier) or Requirement(id=identifier, level="MUST", text="", places=())
        status = _status(requirement, found, is_known=identifier in known, is_partial=is_partial)
        outcomes.append(
            Outcome(
                requirement=requirement,
                status=status,
                observations=tuple(found),
                reason=known.get(identifier, ""),
            )
        )
    return tuple(outcomes)

"""A report for people: a line for each place while it lasts, then what is wrong and what to do.

Tests: tests/conformance/reports/test_terminal.py.
"""

import shlex
import textwrap
from collections.abc import Iterator, Sequence

import click

from simvue_conformance.results import Observation, Outcome, Place, Report, Status

__all__ = ["conclusion", "place_line"]

SHOWN = 4  # observations of one requirement; the JSON report has all
MANY = 18  # requirements that the same obstacle hid
WIDTH = 110
COLOURS: dict[Status, str] = {
    "passed": "green",
    "warned": "yellow",
    "failed": "red",
    "not testable": "magenta",
    "known to fail": "yellow",
    "passed unexpectedly": "red",
}
ROLES = {"writer": "a writer", "reader": "a reader", "sender": "a sender", "online": "an online client"}
INDENT = " " * 22


def _printable(text: str) -> str:
    """Text of a program under test, without the control characters that would act on the terminal."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


def place_line(place: Place, observations: Sequence[Observation]) -> str:
    """Say what one place found."""
    failed = len({seen.requirement for seen in observations if seen.verdict == "failed"})
    if failed:
        sign, colour, rest = "broken", "red", f": {failed} requirement{'s' * (failed > 1)}"
    elif any(seen.verdict == "not testable" for seen in observations):
        sign, colour, rest = "not testable", "magenta", ""
    else:
        sign, colour, rest = "kept", "green", ""
    return f"  {click.style(f'{sign:>12}', fg=colour)}  {place.name:<16} {place.title}{rest}"


def _wrapped(text: str, bullet: str = "") -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=f"{INDENT}{bullet}",
        subsequent_indent=INDENT + " " * len(bullet),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _status(status: Status, identifiers: str) -> str:
    return f"{click.style(f'{status:>19}', fg=COLOURS[status])}  {click.style(identifiers, bold=True)}"


def _outcome(outcome: Outcome) -> Iterator[str]:
    yield _status(outcome.status, outcome.requirement.id)
    if outcome.requirement.text:
        yield _wrapped(outcome.requirement.text)
    if outcome.reason:
        yield _wrapped(f"Listed as known to fail: {_printable(outcome.reason)}")
    seen = [observation for observation in outcome.observations if observation.verdict == "failed"]
    for observation in seen[:SHOWN]:
        yield _wrapped(f"{observation.place}: {_printable(observation.detail)}", "- ")
    if len(seen) > SHOWN:
        yield f"{INDENT}- and {len(seen) - SHOWN} more; --report FILE.json has all"
    if outcome.status == "passed unexpectedly":
        yield _wrapped("It passes now: remove it from the file of known failures.", "- ")


def _not_testable(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """One block for all that the same obstacles hid."""
    hidden: dict[tuple[str, ...], list[str]] = {}
    for outcome in outcomes:
        met = dict.fromkeys(f"{seen.place}: {_printable(seen.detail)}" for seen in outcome.observations)
        hidden.setdefault(tuple(met), []).append(outcome.requirement.id)
    for obstacles, identifiers in hidden.items():
        more = [f"and {len(identifiers) - MANY} more"] if len(identifiers) > MANY else []
        first, *rest = textwrap.wrap(", ".join(identifiers[:MANY] + more), WIDTH - len(INDENT))
        yield _status("not testable", first)
        yield from (INDENT + click.style(line, bold=True) for line in rest)
        for obstacle in obstacles or ["No place that was looked at shows it."]:
            yield _wrapped(obstacle, "- ")


def conclusion(report: Report) -> Iterator[str]:
    """Yield the lines that follow the places: everything but what passed, then the sum."""
    lines = [
        line
        for outcome in report.outcomes
        if outcome.status not in {"passed", "not testable"}
        for line in _outcome(outcome)
    ]
    lines += _not_testable([outcome for outcome in report.outcomes if outcome.status == "not testable"])
    if lines:
        yield from [*lines, ""]
    counts = ", ".join(f"{report.count(status)} {status}" for status in COLOURS if report.count(status))
    yield f"{len(report.outcomes)} requirements: {counts or 'none'} ({report.seconds:g} s)"
    verdict = click.style("conforms", fg="green") if report.conforms else click.style("does not conform", fg="red")
    subject = f"{shlex.join(report.command)} {verdict}"
    known = report.count("known to fail")
    but = f", but for {known} requirement{'s' * (known > 1)} known to fail" if known and report.conforms else ""
    if report.is_partial:
        yield f"{subject}, as far as it was looked at{but}: --only left out the rest"
    else:
        yield f"{subject} as {ROLES[report.role]} to version {report.version}{but}"

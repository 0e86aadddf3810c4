"""Regular expressions that say what a line of a log means, as users write them.

Pure. The order in which they are tried is in `simvue.follow.parser`. Tests: tests/follow/test_patterns.py.
"""

import re
import warnings
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, get_args

from simvue.errors import ConfigurationError
from simvue.follow.found import Level, Tally
from simvue.follow.numerals import number
from simvue.follow.selection import metric_name

__all__ = [
    "PLACES",
    "ContextRule",
    "EventRule",
    "FactRule",
    "Match",
    "MetricRule",
    "PlaceTexts",
    "Rule",
    "StopRule",
    "context",
    "event",
    "fact",
    "metric",
    "stop",
]

Match: TypeAlias = re.Match[str]
PLACES = ("step", "time", "timestamp")
_LEVELS: dict[str, Level] = {level: level for level in get_args(Level)}
_RESERVED = {*PLACES, "name", "value"}
_PREFIX = re.compile(r"([A-Za-z0-9_/.:%{}-]+)=(.+)", re.DOTALL)
_FIELD = re.compile(r"\{(\w+)\}")


class PlaceTexts(NamedTuple):
    """The texts that say where values belong."""

    step: str | None
    time: str | None
    timestamp: str | None


@dataclass(frozen=True, slots=True)
class MetricRule:
    """Finds values: that of one metric, or one for each named group."""

    regex: re.Pattern[str]
    template: str | None
    groups: tuple[str, ...]
    places: tuple[str, ...]

    def read(self, match: Match, line: int, tally: Tally) -> tuple[dict[str, float], PlaceTexts | None]:
        """Return values by name, and the texts that place them if the expression has any."""
        texts: list[tuple[str, str | None]]
        if self.template is None:
            texts = [(group, match[group]) for group in self.groups]
        else:
            value = match["value"] if "value" in self.regex.groupindex else match[1]
            texts = [(self._filled(match) if "{" in self.template else self.template, value)]
        values = {}
        for name, text in texts:
            if text is None:  # a group that took no part
                continue
            value_or_none = number(text)
            if value_or_none is None:
                tally.skip(text, line)
            else:
                values[metric_name(name)] = value_or_none
        if not self.places:
            return values, None
        found = (match[place] if place in self.places else None for place in PLACES)
        return values, PlaceTexts(*found)

    def _filled(self, match: Match) -> str:
        return _FIELD.sub(lambda part: match[part[1]] or "", self.template or "")


@dataclass(frozen=True, slots=True)
class ContextRule:
    """Finds the step, the time or the timestamp of what follows in the log."""

    regex: re.Pattern[str]
    place: str

    def read(self, match: Match) -> str | None:
        """Return the text of the place."""
        return match["value"] if "value" in self.regex.groupindex else match[1]


@dataclass(frozen=True, slots=True)
class EventRule:
    """Finds events; the message is the group `message`, or the line."""

    regex: re.Pattern[str]
    level: Level | None

    def read(self, match: Match) -> str:
        """Return the message."""
        message = match["message"] if "message" in self.regex.groupindex else None
        return (match.string if message is None else message).strip()


@dataclass(frozen=True, slots=True)
class FactRule:
    """Finds metadata: one fact, or one for each named group."""

    regex: re.Pattern[str]
    name: str | None

    def read(self, match: Match) -> dict[str, float | str]:
        """Return facts by name; what looks like a number is one."""
        if self.name is None:
            texts = match.groupdict()
        else:
            texts = {self.name: match["value"] if "value" in self.regex.groupindex else match[1]}
        return {name: _typed(text) for name, text in texts.items() if text is not None}


@dataclass(frozen=True, slots=True)
class StopRule:
    """Finds the line that ends the following."""

    regex: re.Pattern[str]
    has_failed: bool


Rule: TypeAlias = MetricRule | ContextRule | EventRule | FactRule | StopRule


def metric(text: str) -> MetricRule:
    r"""Return the rule for a metric.

    `NAME=REGEX` has a group `value`, or one group without a name; NAME may hold `{group}` for what another group
    matched. Without `NAME=`, each named group is a metric; the groups `name` and `value` together are one
    metric. The groups `step`, `time` and `timestamp` say where the values belong.

    Raises:
        ConfigurationError: The expression is wrong, or has no group for a value.
    """
    prefixed = _PREFIX.fullmatch(text)
    whole = _try(text)
    if whole is not None:
        groups = tuple(group for group in whole.groupindex if group not in _RESERVED)
        is_named_by_group = {"name", "value"} <= whole.groupindex.keys()
        if is_named_by_group and not (prefixed and "{" in prefixed[1]):
            return MetricRule(whole, "{name}", (), _places(whole))
        if groups and "value" not in whole.groupindex:
            return MetricRule(whole, None, groups, _places(whole))
    if prefixed is None:
        regex = _compiled(text, text, "metric")
        hint = "name it: NAME=REGEX" if regex.groups else r"put a group round the number, as in res=Residual: (\S+)"
        raise ConfigurationError(f"metric {text!r}: it is not said what the metric is; {hint}")
    name, regex = prefixed[1], _compiled(prefixed[2], text, "metric")
    _require_value(regex, text, "metric")
    for group in _FIELD.findall(name):
        if group not in regex.groupindex:
            raise ConfigurationError(f"metric {text!r}: the name has {{{group}}}, and the expression no such group")
    return MetricRule(regex, name if "{" in name else metric_name(name), (), _places(regex))


def context(text: str, place: str) -> ContextRule:
    """Return the rule for the step, the time or the timestamp of the lines that follow."""
    regex = _compiled(text, text, place)
    if place in regex.groupindex and "value" not in regex.groupindex:
        regex = re.compile(text.replace(f"(?P<{place}>", "(?P<value>", 1))
    _require_value(regex, text, place)
    return ContextRule(regex, place)


def event(text: str) -> EventRule:
    """Return the rule for an event: `REGEX`, or `LEVEL=REGEX` with a level such as warning."""
    level, sign, rest = text.partition("=")
    if sign and level in _LEVELS:
        return EventRule(_compiled(rest, text, "event"), _LEVELS[level])
    return EventRule(_compiled(text, text, "event"), None)


def fact(text: str) -> FactRule:
    """Return the rule for metadata: `NAME=REGEX` with a group, or an expression whose named groups are facts."""
    whole = _try(text)
    if whole is not None and whole.groupindex and "value" not in whole.groupindex:
        return FactRule(whole, None)
    prefixed = _PREFIX.fullmatch(text)
    if prefixed is None:
        _compiled(text, text, "metadata")
        raise ConfigurationError(rf"metadata {text!r}: it has no name; write NAME=REGEX, as in nx=Mesh: (\d+)")
    regex = _compiled(prefixed[2], text, "metadata")
    _require_value(regex, text, "metadata")
    return FactRule(regex, prefixed[1])


def stop(text: str, *, has_failed: bool) -> StopRule:
    """Return the rule for a line that ends the following."""
    return StopRule(_compiled(text, text, "fail-on" if has_failed else "until"), has_failed)


def _places(regex: re.Pattern[str]) -> tuple[str, ...]:
    return tuple(place for place in PLACES if place in regex.groupindex)


def _require_value(regex: re.Pattern[str], text: str, what: str) -> None:
    if "value" in regex.groupindex or (regex.groups == 1 and not regex.groupindex):
        return
    unnamed = regex.groups - len(regex.groupindex)
    if unnamed == 1 and regex.groups > 1 and 1 not in regex.groupindex.values():
        return  # the first group is the one without a name
    problem = "no group for the value" if unnamed == 0 else "several groups, and none is named value"
    raise ConfigurationError(rf"{what} {text!r}: there is {problem}; write (?P<value>\S+) where it stands")


def _try(text: str) -> re.Pattern[str] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(text)
    except (re.error, OverflowError, RecursionError):
        return None


def _compiled(regex: str, text: str, what: str) -> re.Pattern[str]:
    """Return a compiled expression; `text` is all of what the user wrote."""
    if not regex:
        raise ConfigurationError(f"{what} {text!r}: the expression is empty, and would match every line")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about what a later Python will read otherwise
            return re.compile(regex)
    except re.error as error:
        position = (error.pos or 0) + len(text) - len(regex)
        pointer = f"\n  {text}\n  {' ' * position}^" if "\n" not in text else ""
        raise ConfigurationError(f"{what}: {error.msg} at position {position}{pointer}") from error
    except (OverflowError, RecursionError) as error:
        raise ConfigurationError(f"{what} {text!r}: {error}") from error


def _typed(text: str) -> float | str:
    value = number(text.strip())
    if value is None or not text.strip()[-1:].isalnum() or value in (float("inf"), -float("inf")) or value != value:  # noqa: PLR0124
        return text.strip()
    return int(value) if value == int(value) and text.strip().lstrip("+-").isdecimal() else value

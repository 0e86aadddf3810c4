"""Arguments of a run's methods as members of records: checked, and refused with what to write instead.

The names and choices are those of the published client. Turning values into JSON is left to
`simvue.core.plain`. Tests: tests/core/test_arguments.py.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard

from simvue.core.plain import Json, metric_number, plain_object, text
from simvue.errors import WriterError

__all__ = [
    "AGGREGATIONS",
    "NOTIFICATIONS",
    "STATUSES",
    "alert",
    "choice",
    "finite",
    "folder_path",
    "identifier",
    "labels",
    "metadata_of",
    "moment",
    "optional",
    "retention",
    "run_key",
    "run_name",
    "step_number",
    "timeout_seconds",
    "visibility_of",
]

STATUSES = ("completed", "failed", "terminated")
NOTIFICATIONS = ("none", "all", "error", "lost")
AGGREGATIONS = ("average", "sum", "at least one", "all")
_LEVEL_RULES = ("is above", "is below")
_RANGE_RULES = ("is inside range", "is outside range")

_LONGEST_NAME = 250
_LARGEST_INTEGER = 2**53 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_NAME_CHARACTERS = frozenset(_ALPHANUMERIC + "_/.:- ")
_KEY_CHARACTERS = frozenset(_ALPHANUMERIC + "._-")
_SECONDS = {"second": 1, "sec": 1, "minute": 60, "min": 60, "hour": 3600, "day": 86400, "week": 7 * 86400}
_SECONDS |= {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "year": 365 * 86400, "y": 365 * 86400}


def run_key(key: object) -> str:
    """Return a run key (JRN-015)."""
    if isinstance(key, str) and 0 < len(key) <= 64 and _KEY_CHARACTERS.issuperset(key):
        return key
    raise WriterError(f"run_key={key!r}: use 1 to 64 letters, digits and . _ - [JRN-015]")


def run_name(name: object, what: str = "name") -> str:
    """Return the name of a run, an alert or an artifact (REC-010, REC-011)."""
    if isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME and _NAME_CHARACTERS.issuperset(name):
        return name
    raise WriterError(f"{what}={name!r}: use 1 to {_LONGEST_NAME} letters, digits, blanks and _ / . : - [REC-011]")


def folder_path(path: object) -> str:
    """Return the path of a folder (REC-012)."""
    if isinstance(path, str) and path.startswith("/") and len(path) <= 4096:
        return text(path)
    raise WriterError(f"folder={path!r}: a folder is a path that begins with / [REC-012]")


def labels(tags: object) -> list[str]:
    """Return labels (REC-014)."""
    if isinstance(tags, str | bytes) or not isinstance(tags, Iterable):
        raise WriterError(f"tags={tags!r}: give a list of texts, such as tags=['mesh A'] [REC-014]")
    chosen = list(tags)
    for tag in chosen:
        if not isinstance(tag, str) or not 0 < len(tag) <= _LONGEST_NAME:
            raise WriterError(f"{tag!r} is no tag: use texts of 1 to {_LONGEST_NAME} characters [REC-014]")
    return [text(tag) for tag in chosen]


def choice(value: object, what: str, allowed: Iterable[str]) -> str:
    """Return a word of a closed list."""
    words = tuple(allowed)
    if value in words:
        return value
    raise WriterError(f"{what}={value!r}: use one of {', '.join(words)}")


def optional(value: object, what: str) -> str | None:
    """Return a text, or None."""
    if value is None or isinstance(value, str):
        return None if value is None else text(value)
    raise WriterError(f"{what}={value!r}: give a text or None")


def retention(period: object) -> int | None:
    """Return seconds (REC-018) from seconds, or from words such as `2 hours`; None is for ever."""
    if period is None:
        return None
    if isinstance(period, str):
        number, unit = period.strip(), "s"
        for position, character in enumerate(number):
            if character not in "0123456789. ":
                number, unit = number[:position], number[position:].strip().lower()
                break
        unit = unit if unit in _SECONDS else unit.removesuffix("s")
        try:
            period = round(float(number) * _SECONDS[unit])
        except (KeyError, ValueError, OverflowError):
            period = -1
    if isinstance(period, int) and not isinstance(period, bool) and 0 <= period <= _LARGEST_INTEGER:
        return period
    raise WriterError("retention_period: use seconds, or a text such as '30 mins', '2 hours', '5 days' [REC-018]")


def timeout_seconds(timeout: object) -> int | None:
    """Return the seconds of silence after which a run counts as lost (REC-019); None is never."""
    if timeout is None:
        return None
    if _is_integer(timeout) and 1 <= timeout <= _LARGEST_INTEGER:
        return timeout
    raise WriterError(f"timeout={timeout!r}: use whole seconds, 1 or more, or None for never [REC-019]")


def visibility_of(visibility: object) -> str | list[str] | None:
    """Return who sees a run (REC-020); None is the owner alone."""
    if visibility is None or visibility in ("public", "tenant"):
        return visibility
    if isinstance(visibility, list | tuple) and all(isinstance(user, str) for user in visibility):
        return [text(user) for user in visibility]
    raise WriterError(f"visibility={visibility!r}: use 'public', 'tenant' or a list of user names [REC-020]")


def step_number(step: object) -> int:
    """Return a step (REC-032), also from an integer of another library."""
    convert = getattr(step, "__index__", None)
    if convert is not None and not isinstance(step, bool) and 0 <= (number := int(convert())) <= _LARGEST_INTEGER:
        return number
    raise WriterError(f"step={step!r}: a step is a whole number, 0 or more [REC-032]")


def finite(what: str, value: object) -> float:
    """Return a finite number, also one of another library."""
    number = metric_number(what, value)
    if isinstance(number, str):
        raise WriterError(f"{what}={value!r}: use a finite number")
    return number


def moment(timestamp: object) -> int:
    """Return microseconds since 1970 for a datetime, or a text in ISO 8601; without an offset it is in UTC."""
    try:
        when = datetime.fromisoformat(timestamp) if isinstance(timestamp, str) else timestamp
        if isinstance(when, datetime):
            aware = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
            return (aware.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        pass
    raise WriterError(f"timestamp={timestamp!r}: give a datetime, or a text such as 2026-03-01T09:00:00.250")


def alert(
    name: object,
    source: str,
    details: Mapping[str, object],
    description: object,
    notification: object,
    trigger_abort: object,
    attach_to_run: object,
) -> dict[str, Json]:
    """Return the members of an alert's definition (REC-060 to REC-072)."""
    if not attach_to_run:
        raise WriterError("attach_to_run=False: a journal can only define alerts of its own run [REC-060]")
    members: dict[str, Any] = {"name": run_name(name), "source": source}
    members |= {key: _alert_detail(key, value) for key, value in details.items()}
    _check_rule(members)
    if description is not None:
        members["description"] = optional(description, "description")
    members["notification"] = choice(notification, "notification", ("none", "email"))
    members["abort"] = bool(trigger_abort)
    return members


def identifier(name: object) -> str:
    """Return the name or the server's identifier of an alert (REC-077)."""
    if isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME:
        return text(name)
    raise WriterError(f"{name!r} is no alert: give a text of 1 to {_LONGEST_NAME} characters [REC-077]")


def _alert_detail(key: str, value: object) -> Json:
    if key in ("window", "frequency"):
        if _is_integer(value) and 1 <= value <= _LARGEST_INTEGER:
            return value
        raise WriterError(f"{key}={value!r}: use a whole number, 1 or more [REC-069]")
    if key in ("threshold", "range_low", "range_high"):
        return finite(key, value)
    if key == "aggregation":
        return choice(value, key, AGGREGATIONS)
    if isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME:
        return text(value)
    raise WriterError(f"{key}={value!r}: give a text of 1 to {_LONGEST_NAME} characters [REC-064]")


def _check_rule(members: dict[str, Any]) -> None:
    if "threshold" in members:
        choice(members.get("rule"), "rule", _LEVEL_RULES)
    if "range_low" in members:
        choice(members.get("rule"), "rule", _RANGE_RULES)
        if not members["range_low"] < members["range_high"]:
            raise WriterError("range_low has to be below range_high [REC-068]")


def metadata_of(metadata: object, what: str = "metadata") -> dict[str, Json]:
    """Return metadata (REC-015, REC-045); none for None."""
    return {} if metadata is None else plain_object(metadata, what)


def _is_integer(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)

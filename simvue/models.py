"""The values that series are made of, and the patterns of names, as the published client calls them.

The classes check what they are given; what a journal may hold is decided in ``simvue.core``. `MetadataKeyString`,
`MetricKeyString` and `TagString` are annotations for models of pydantic, which is loaded only for them.
Tests: ``tests/api/test_models.py``.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, get_args

__all__ = [
    "DATETIME_FORMAT",
    "FOLDER_REGEX",
    "METRIC_KEY_REGEX",
    "NAME_REGEX",
    "OBJECT_ID",
    "EventSet",
    "GridMetricSet",
    "LogLevel",
    "MetricSet",
    "Model",
    "RunInput",
    "checked",
    "simvue_timestamp",
    "validate_timestamp",
]

FOLDER_REGEX = r"^/.*"
NAME_REGEX = r"^[a-zA-Z0-9\-\_\s\/\.:]+$"
METRIC_KEY_REGEX = r"^[a-zA-Z0-9\-\_\s\/\.:=><+\(\)%]+$"
OBJECT_ID = r"^[A-Za-z0-9]{22}$"
DATETIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%f"
_KEY_REGEX = r"^[\w\-\s\.]+$"

LogLevel = Literal["debug", "info", "warning", "error", "critical"]

_PYDANTIC_STRINGS = {"MetadataKeyString": _KEY_REGEX, "TagString": _KEY_REGEX, "MetricKeyString": METRIC_KEY_REGEX}


def __getattr__(name: str) -> Any:
    """Build an annotation that pydantic checks; where it is not installed, one that only documents."""
    if name not in _PYDANTIC_STRINGS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    pattern = _PYDANTIC_STRINGS[name]
    try:
        from pydantic import StringConstraints  # noqa: PLC0415 - not a dependency
    except ImportError:
        return Annotated[str, pattern]
    return Annotated[str, StringConstraints(pattern=pattern)]


def checked(value: str, pattern: str, what: str) -> str:
    """Return the value, which must have the form of one of the patterns.

    Raises:
        ValueError: it has another form, or is no text.
    """
    if not isinstance(value, str) or re.match(pattern, value) is None:
        raise ValueError(f"{value!r} cannot be {what}: it must match {pattern}")
    return value


def validate_timestamp(timestamp: str, *, raise_except: bool = True) -> bool:
    """Whether a text has the form of a Simvue time stamp, ``2026-01-31T12:00:00.000000``.

    Raises:
        ValueError: it has not; with `raise_except=False` the answer is just False.
    """
    try:
        datetime.strptime(timestamp, DATETIME_FORMAT)  # noqa: DTZ007 - the format has no zone: it is UTC
    except (TypeError, ValueError):
        if raise_except:
            raise ValueError(f"{timestamp!r} is no time stamp of the form {DATETIME_FORMAT}") from None
        return False
    return True


def simvue_timestamp(date_time: datetime | str | None = None) -> str:
    """Return a time as the server writes it: in UTC, without a zone, with six decimals; None is now.

    A time without a zone is taken to be in UTC already.

    Raises:
        ValueError: a text is no ISO 8601 time.
    """
    if isinstance(date_time, str):
        try:
            date_time = datetime.fromisoformat(date_time)
        except ValueError:
            raise ValueError(f"{date_time!r} is no time: write it like 2026-01-31T12:00:00.000000") from None
    moment = datetime.now(UTC) if date_time is None else date_time
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return moment.strftime(DATETIME_FORMAT)


@dataclass(kw_only=True)
class Model:
    """A value with named members that were checked when it was made."""

    def model_dump(self, *, exclude_none: bool = False, **_options: object) -> dict[str, Any]:
        """Return the members by name, under pydantic's name for it."""
        return {name: value for name, value in asdict(self).items() if value is not None or not exclude_none}

    @classmethod
    def model_validate(cls, members: Mapping[str, Any]) -> Any:
        """Return a value with these members; others are ignored.

        Raises:
            ValueError: a member is missing or cannot be used.
        """
        names = {one.name for one in fields(cls)}
        try:
            return cls(**{name: value for name, value in members.items() if name in names})
        except TypeError as error:
            raise ValueError(f"{cls.__name__}: {error}") from None


@dataclass(kw_only=True)
class _Point(Model):
    time: float
    timestamp: str | datetime | None
    step: int

    def __post_init__(self) -> None:
        self.time = _number(self.time, "time")
        self.timestamp = simvue_timestamp(self.timestamp)
        step = _number(self.step, "step")
        if not math.isfinite(step) or step != int(step) or step < 0:
            raise ValueError(f"step must be a whole number from 0 on, not {self.step!r}")
        self.step = int(step)


@dataclass(kw_only=True)
class MetricSet(_Point):
    """Values of metrics at one point: `time` in seconds since the run began, `timestamp` in UTC, `step` from 0."""

    values: dict[str, Any]

    def __post_init__(self) -> None:
        super().__post_init__()
        self.values = {name: _value(value, name) for name, value in self.values.items()}


@dataclass(kw_only=True)
class GridMetricSet(_Point):
    """Values of one metric on all points of a grid; `array` is a list of rows or an array of numpy."""

    array: Any
    grid: str
    metric: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if hasattr(self.array, "tolist"):
            self.array = self.array.tolist()


@dataclass(kw_only=True)
class EventSet(Model):
    """One event of a run."""

    message: str
    timestamp: str | datetime | None
    log_level: LogLevel | None = None

    def __post_init__(self) -> None:
        self.message = str(self.message)
        self.timestamp = simvue_timestamp(self.timestamp)
        if self.log_level is not None and self.log_level not in get_args(LogLevel):
            raise ValueError(f"log_level must be one of {', '.join(get_args(LogLevel))}, not {self.log_level!r}")


@dataclass(kw_only=True)
class RunInput(Model):
    """What a run is created with."""

    folder: str
    name: str | None = None
    metadata: dict[str, str | float | int | None] | None = None
    tags: list[str] | None = None
    description: str | None = None
    status: str | None = None
    ttl: int | None = field(default=None)

    def __post_init__(self) -> None:
        checked(self.folder, FOLDER_REGEX, "a folder")
        if self.name is not None:
            checked(self.name, NAME_REGEX, "a name")
        _all_checked(self.metadata or (), "a key of metadata")
        _all_checked(self.tags or (), "a tag")
        if self.ttl is not None and (isinstance(self.ttl, bool) or self.ttl < 1):
            raise ValueError(f"ttl must be a number of seconds above 0, not {self.ttl!r}")


def _all_checked(names: Iterable[str], what: str) -> None:
    for name in names:
        checked(name, _KEY_REGEX, what)


def _number(value: Any, what: str) -> float:
    """Return a number, also one that is given as text or as a scalar of numpy."""
    try:
        return value if isinstance(value, float) else float(value) if isinstance(value, str) else value + 0.0
    except (TypeError, ValueError):
        raise ValueError(f"{what} must be a number, not {value!r}") from None


def _value(value: Any, name: str) -> Any:
    if isinstance(value, bool | int | float):
        return value
    return value.item() if hasattr(value, "item") else _number(value, name)

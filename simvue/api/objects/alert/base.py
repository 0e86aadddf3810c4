"""What all kinds of alerts have in common. Tests: ``tests/api/test_alert.py``."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, ClassVar, Literal

from simvue.api.objects.arguments import Sort
from simvue.api.objects.base import SimvueObject
from simvue.api.objects.fields import Field, moment, one_of, shaped, text_or_none, whole
from simvue.models import NAME_REGEX
from simvue.server.api import Api, path_of

__all__ = ["AlertBase", "AlertSort", "Definition", "RulePart", "number_above_zero"]

number_above_zero = whole(1)


class AlertSort(Sort):
    """A column to sort alerts by."""

    columns = ("name", "created")


class RulePart:
    """One part of an alert's rule: a property of `Definition` that can be assigned if it has a check."""

    def __init__(self, check: Callable[[Any], Any] | None = None) -> None:
        self.fset = check

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, rule: "Definition | None", _owner: type) -> Any:
        return self if rule is None else rule.members()[self._name]

    def __set__(self, rule: "Definition", value: Any) -> None:
        if self.fset is None:
            raise AttributeError(f"{self._name!r} of an alert's rule cannot be set")
        rule.stage(self._name, self.fset(value))


class Definition:
    """The rule of an alert, part by part."""

    def __init__(self, alert: "AlertBase") -> None:
        self._alert = alert

    def members(self) -> dict[str, Any]:
        """Return all parts."""
        return dict(self._alert.get_alert())

    def stage(self, name: str, value: Any) -> None:
        """Stage the rule with another value for one part."""
        self._alert._stage("alert", {**self.members(), name: value})  # noqa: SLF001 - a part of it

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Definition) and self.members() == other.members()

    __hash__ = None  # type: ignore[assignment]  # it changes


class AlertBase(SimvueObject):
    """An alert on the server, whatever its source."""

    _label = "alert"
    _path = "alerts"
    _sorting = AlertSort
    _source: ClassVar[str] = ""

    name = Field[str](encode=shaped(NAME_REGEX, "a name"))
    description = Field[str | None](encode=text_or_none)
    source = Field[Literal["events", "metrics", "user"]]()
    notification = Field[Literal["none", "email"]](encode=one_of("none", "email"))
    enabled = Field[bool](encode=bool)
    abort = Field[bool](encode=bool)
    """Whether a run is asked to end when the alert becomes critical."""
    auto = Field[bool]()
    delay = Field[int]()
    run_tags = Field[list[str]]()
    created = Field[datetime | None](decode=moment)

    @classmethod
    def get(cls, count: int | None = None, offset: int | None = None, **options: Any) -> Iterator[tuple[str, Any]]:
        """Yield identifier and alert of those of this kind; parameters as of `Alert.get`."""
        from simvue.api.objects.alert.fetch import Alert  # noqa: PLC0415 - it knows all kinds

        found = ((identifier, alert) for identifier, alert in Alert.get(**options) if isinstance(alert, cls))
        start = offset or 0
        yield from islice(found, start, None if count is None else start + count)

    @classmethod
    def _from_row(cls, api: Api, row: Mapping[str, Any]) -> SimvueObject:
        from simvue.api.objects.alert.fetch import kind_of  # noqa: PLC0415 - it knows all kinds

        return kind_of(row).of(api, row)

    def get_alert(self) -> dict[str, Any]:
        """Return the rule in the server's words; empty if there is none."""
        return dict(self._get_attribute("alert") or {})

    def get_status(self, run_id: str) -> Literal["ok", "critical"] | None:
        """Return the alert's state for a run, None if it has none yet."""
        state: Literal["ok", "critical"] | None = self._api.get(self._status_path(run_id)).get("status")
        return state

    def _status_path(self, run_id: str) -> str:
        return f"{self._own_path()}/{path_of('status', run_id)}"

    def set_status(self, run_id: str, status: Literal["ok", "critical"]) -> None:
        """Refuse: the server itself decides the state of all alerts but those of users."""
        raise NotImplementedError(f"the server decides the state of an alert on {self._source}; use a UserAlert")

    def compare(self, other: "AlertBase") -> bool:
        """Whether another alert does the same: kind, name, description, notification, abort and rule."""

        def essence(alert: AlertBase) -> list[Any]:
            members = alert.to_dict()
            names = ("name", "description", "source", "notification", "abort")
            return [type(alert), [members.get(name) for name in names], alert.get_alert()]

        return isinstance(other, AlertBase) and essence(self) == essence(other)

    def _create(self, members: dict[str, Any]) -> Any:
        return self._api.post(self._path, members, query={"deduplicate": True})

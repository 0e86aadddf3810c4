"""Alerts of a run: what the server is to watch, and the state of those that the program sets itself.

What a definition may hold is checked in `simvue.core.arguments`. Tests: tests/test_run_alerts.py.
"""

from typing import Literal, TypeAlias

from simvue.core import arguments
from simvue.core.plain import Json
from simvue.errors import WriterError
from simvue.recording import Recording

__all__ = ["Alerting"]

Notification: TypeAlias = Literal["none", "email"]
Aggregation: TypeAlias = Literal["average", "sum", "at least one", "all"]


class Alerting(Recording):
    """The methods of `Run` that define alerts; each returns the name by which `log_alert` knows the alert.

    They return None where nothing is recorded. `trigger_abort` asks the server to abort the run when the
    alert is critical, `notification="email"` to tell the owner. `window` and `frequency` are in the server's
    units; `window` is `frequency` by default.
    """

    _alerts: frozenset[str] = frozenset()

    def create_metric_threshold_alert(
        self,
        name: str,
        metric: str,
        threshold: float,
        rule: Literal["is above", "is below"],
        *,
        description: str | None = None,
        window: int | None = None,
        frequency: int = 1,
        aggregation: Aggregation = "average",
        notification: Notification = "none",
        trigger_abort: bool = False,
        attach_to_run: bool = True,
    ) -> str | None:
        """Define an alert on a metric that crosses a threshold (REC-066)."""
        rest = (description, notification, trigger_abort, attach_to_run)
        details = {"metric": metric, "rule": rule, "threshold": threshold, "aggregation": aggregation}
        watched = _watched(window, frequency)
        return self._define(name, "metrics", {**details, **watched}, rest)

    def create_metric_range_alert(
        self,
        name: str,
        metric: str,
        range_low: float,
        range_high: float,
        rule: Literal["is inside range", "is outside range"],
        *,
        description: str | None = None,
        window: int | None = None,
        frequency: int = 1,
        aggregation: Aggregation = "average",
        notification: Notification = "none",
        trigger_abort: bool = False,
        attach_to_run: bool = True,
    ) -> str | None:
        """Define an alert on a metric that enters or leaves a range (REC-067)."""
        rest = (description, notification, trigger_abort, attach_to_run)
        details = {"metric": metric, "rule": rule, "range_low": range_low, "range_high": range_high}
        watched = {"aggregation": aggregation, **_watched(window, frequency)}
        return self._define(name, "metrics", {**details, **watched}, rest)

    def create_event_alert(
        self,
        name: str,
        pattern: str,
        *,
        description: str | None = None,
        frequency: int = 1,
        notification: Notification = "none",
        trigger_abort: bool = False,
        attach_to_run: bool = True,
    ) -> str | None:
        """Define an alert on events whose message contains `pattern` (REC-063)."""
        rest = (description, notification, trigger_abort, attach_to_run)
        return self._define(name, "events", {"pattern": pattern, "frequency": frequency}, rest)

    def create_user_alert(
        self,
        name: str,
        *,
        description: str | None = None,
        notification: Notification = "none",
        trigger_abort: bool = False,
        attach_to_run: bool = True,
    ) -> str | None:
        """Define an alert whose state the program sets with `log_alert`."""
        return self._define(name, "user", {}, (description, notification, trigger_abort, attach_to_run))

    def add_alerts(self, ids: list[str] | None = None, names: list[str] | None = None) -> bool:
        """Attach alerts that the server has, by their identifiers; without a network names are not known."""
        if names:
            return self._record("add_alerts", "alert", _refuse_names)
        attached = [self._attach(one) for one in ids or []]
        return all(attached)

    def log_alert(
        self,
        identifier: str | None = None,
        name: str | None = None,
        state: Literal["ok", "critical"] = "critical",
    ) -> bool:
        """Set the state of a user alert, given by `name`, or by what `create_user_alert` returned."""

        def members() -> dict[str, Json]:
            if (identifier is None) == (name is None):
                raise WriterError("log_alert: give either identifier or name [REC-075]")
            chosen = arguments.choice(state, "state", ("ok", "critical"))
            known = name if identifier is None or identifier not in self._alerts else identifier
            if known is not None:
                return {"name": arguments.identifier(known), "state": chosen}
            return {"id": arguments.identifier(identifier), "state": chosen}

        return self._record("log_alert", "alert_state", members)

    def _attach(self, alert_id: str) -> bool:
        return self._record("add_alerts", "alert", lambda: {"id": arguments.identifier(alert_id)})

    def _define(
        self, name: str, source: str, details: dict[str, object], rest: tuple[object, object, object, object]
    ) -> str | None:
        def members() -> dict[str, Json]:
            return arguments.alert(name, source, details, *rest)

        if not self._record("create_alert", "alert", members) or self._mode == "disabled":
            return None
        self._alerts |= {name}
        return name


def _watched(window: int | None, frequency: int) -> dict[str, object]:
    return {"window": frequency if window is None else window, "frequency": frequency}


def _refuse_names() -> dict[str, Json]:
    raise WriterError("add_alerts(names=...): without a network only the server's ids can be attached")

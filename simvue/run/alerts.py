"""Alerts of a run: what the server is to watch, and the state of those that the program sets itself.

What a definition may hold is checked in `simvue.core.arguments`. Tests: tests/run/test_alerts.py.
"""

from collections.abc import Callable
from typing import Literal, TypeAlias

from simvue.core import arguments
from simvue.core.plain import Json
from simvue.errors import SimvueError, WriterError
from simvue.run.recording import Recording

__all__ = ["Alerting"]

Notification: TypeAlias = Literal["none", "email"]
Aggregation: TypeAlias = Literal["average", "sum", "at least one", "all"]

_defined: dict[str, dict[str, Json]] = {}
"""What this program has defined, by name: offline another run of it can have the same alert."""


class Alerting(Recording):
    """The methods of `Run` that define alerts; each returns what `log_alert` and `add_alerts` know the alert by.

    That is the server's identifier where it is known in a moment, else the name. None is returned where nothing
    is recorded. `trigger_abort` asks the server to abort the run when the alert is critical, `notification="email"`
    to tell the owner. `attach_to_run=False` defines it for other runs, offline for those of this program. `window` and
    `frequency` are in the server's units; `window` is `frequency` by default.
    """

    _alerts: frozenset[str] = frozenset()
    """The names of the alerts that this process has defined."""

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
        """Attach alerts, by the server's identifiers or by their names.

        The names of alerts that this run has defined are known, and attached already; online those of the server
        are as well.
        """
        if self._writer is None and not self._reopen("alert"):
            return self._is_idle("add_alerts")
        if not ids and not names:
            return self._refuse(WriterError("add_alerts: give the ids or the names of alerts"))
        wanted = [one for one in [*(ids or []), *(names or [])] if one not in self._alerts]
        shared = [] if self._mode == "online" else [one for one in wanted if one in _defined]
        try:
            found = self._identifiers([one for one in names or [] if one in wanted and one not in shared])
        except SimvueError as error:
            return self._refuse(error)
        attached = [self._share(one) for one in shared]
        attached += [self._attach(one) for one in [*(ids or []), *found] if one not in self._alerts]
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

    def _identifiers(self, names: list[str]) -> list[str]:
        """Return what the server calls the alerts of these names; raises SimvueError."""
        found = self._server_alerts(names) if names else {}
        unknown = [name for name in names if name not in found]
        if unknown:
            where = (
                "on the server" if self._mode == "online" else "in this run, and without a network no other is known"
            )
            raise WriterError(f"add_alerts: there is no alert {unknown[0]!r} {where}; give the server's ids")
        return [found[name] for name in names]

    def _share(self, name: str) -> bool:
        """Define an alert of another run of this program for this one, too: the server takes them for the same."""
        self._alerts |= {name}
        return self._record("add_alerts", "alert", lambda: dict(_defined[name]))

    def _attach(self, alert_id: str) -> bool:
        return self._record("add_alerts", "alert", lambda: {"id": arguments.identifier(alert_id)})

    def _define(
        self, name: str, source: str, details: dict[str, object], rest: tuple[object, object, object, object]
    ) -> str | None:
        def members() -> dict[str, Json]:
            _defined[name] = defined = arguments.alert(name, source, details, *rest[:3], attach_to_run=True)
            return defined

        if self._writer is not None and not rest[3]:
            return self._define_apart(members)
        if not self._record("create_alert", "alert", members) or self._mode == "disabled":
            return None
        self._alerts |= {name}
        return self._server_alert(name) or name

    def _define_apart(self, members: Callable[[], dict[str, Json]]) -> str | None:
        """Define an alert that is not this run's: on the server, or for other runs of this program to add."""
        try:
            defined = members()
            return self._define_on_server(defined) if self._mode == "online" else str(defined["name"])
        except SimvueError as error:
            self._refuse(error)
            return None


def _watched(window: int | None, frequency: int) -> dict[str, object]:
    return {"window": frequency if window is None else window, "frequency": frequency}

"""Alerts on values of metrics. Tests: ``tests/api/test_alert.py``."""

from typing import Any, Literal, Self

from simvue.api.objects.alert.base import AlertBase, Definition, RulePart, number_above_zero
from simvue.api.objects.base import Token
from simvue.api.objects.fields import one_of

__all__ = [
    "Aggregation",
    "MetricRangeAlertDefinition",
    "MetricThresholdAlertDefinition",
    "MetricsAlertDefinition",
    "MetricsRangeAlert",
    "MetricsThresholdAlert",
]

Aggregation = Literal["average", "sum", "at least one", "all"]
_aggregation = one_of("average", "sum", "at least one", "all")


class MetricsAlertDefinition(Definition):
    """What the rules on thresholds and ranges have in common."""

    metric = RulePart()
    aggregation = RulePart()
    rule = RulePart()
    window = RulePart()
    frequency = RulePart(number_above_zero)


class MetricThresholdAlertDefinition(MetricsAlertDefinition):
    """The rule of an alert on a threshold."""

    threshold = RulePart()


class MetricRangeAlertDefinition(MetricsAlertDefinition):
    """The rule of an alert on a range."""

    range_low = RulePart()
    range_high = RulePart()


def _given(
    name: str,
    description: str | None,
    notification: Literal["none", "email"],
    enabled: bool,  # noqa: FBT001 - the order of the parameters above it
    members: dict[str, Any],
    rule: dict[str, Any],
) -> dict[str, Any]:
    for part in ("window", "frequency"):
        number_above_zero(rule[part])
    _aggregation(rule["aggregation"])
    return {
        "name": name,
        "description": description,
        "notification": notification,
        "source": "metrics",
        "alert": rule,
        "enabled": enabled,
        **members,
    }


class MetricsThresholdAlert(AlertBase):
    """An alert that becomes critical when a metric passes a threshold."""

    _source = "metrics"

    @classmethod
    def new(
        cls,
        *,
        name: str,
        metric: str,
        description: str | None,
        notification: Literal["none", "email"],
        aggregation: Aggregation,
        rule: Literal["is above", "is below"],
        window: int,
        threshold: float,
        frequency: int,
        enabled: bool = True,
        offline: bool = False,
        server_url: str | None = None,
        server_token: Token = None,
        **members: Any,
    ) -> Self:
        """Return a new alert; in `metric`, ``*`` stands for anything.

        Where there is exactly this alert already, `commit` finds it.
        """
        parts = {
            "metric": metric,
            "aggregation": aggregation,
            "rule": one_of("is above", "is below")(rule),
            "window": window,
            "frequency": frequency,
            "threshold": float(threshold),
        }
        given = _given(name, description, notification, enabled, members, parts)
        return cls._new(server_url, server_token, offline=offline, **given)

    @property
    def alert(self) -> MetricThresholdAlertDefinition:
        """The rule, part by part."""
        return MetricThresholdAlertDefinition(self)


class MetricsRangeAlert(AlertBase):
    """An alert that becomes critical when a metric enters, or leaves, a range."""

    _source = "metrics"

    @classmethod
    def new(
        cls,
        *,
        name: str,
        metric: str,
        description: str | None,
        notification: Literal["none", "email"],
        aggregation: Aggregation,
        rule: Literal["is inside range", "is outside range"],
        window: int,
        range_high: float,
        range_low: float,
        frequency: int,
        enabled: bool = True,
        offline: bool = False,
        server_url: str | None = None,
        server_token: Token = None,
        **members: Any,
    ) -> Self:
        """Return a new alert; in `metric`, ``*`` stands for anything.

        Where there is exactly this alert already, `commit` finds it.

        Raises:
            ValueError: the range is empty.
        """
        if range_low >= range_high:
            raise ValueError(f"the range from {range_low} to {range_high} is empty: range_low must be less")
        parts = {
            "metric": metric,
            "aggregation": aggregation,
            "rule": one_of("is inside range", "is outside range")(rule),
            "window": window,
            "frequency": frequency,
            "range_low": float(range_low),
            "range_high": float(range_high),
        }
        given = _given(name, description, notification, enabled, members, parts)
        return cls._new(server_url, server_token, offline=offline, **given)

    @property
    def alert(self) -> MetricRangeAlertDefinition:
        """The rule, part by part."""
        return MetricRangeAlertDefinition(self)

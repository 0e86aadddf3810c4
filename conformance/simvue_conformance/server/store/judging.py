"""Judges the alerts of a run whenever data arrive for it, inside the transaction of the data.

A pattern is looked for in each new message; a metric is judged over the window that ends with its newest
value, by its own time stamps, so that a run delivered days later is judged as it would have been. Nothing is
asked of the database for runs without alerts but their row. Tests: tests/conformance/server/test_judging.py.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal

from sqlalchemy import Connection, Float, RowMapping, and_, case, cast, func, not_, select

from simvue_conformance.server.filters import EVER
from simvue_conformance.server.store.alerts import set_state
from simvue_conformance.server.store.database import pairs
from simvue_conformance.server.store.listing import Clause
from simvue_conformance.server.store.tables import alert_states, alerts, points, series
from simvue_conformance.server.wire import from_json

__all__ = ["judge_events", "judge_metrics"]

SECOND = 1_000_000


def _watching(connection: Connection, run: RowMapping, source: Literal["events", "metrics"]) -> list[RowMapping]:
    """Return the enabled alerts of a run that look at events, or at metrics."""
    if run["alerts"] == "[]":
        return []
    query = select(alerts).where(alerts.c.id.in_(_list(run["alerts"])), alerts.c.source == source)
    return list(connection.execute(query.where(alerts.c.enabled == 1)).mappings())


def _list(text: str) -> list[Any]:
    value = from_json(text)
    return value if isinstance(value, list) else []


def _definition(alert: RowMapping) -> Mapping[str, Any]:
    value = from_json(alert["alert"])
    return value if isinstance(value, dict) else {}


def _states(connection: Connection, run: str) -> dict[str, str]:
    return pairs(connection, select(alert_states.c.alert, alert_states.c.status).where(alert_states.c.run == run))


def judge_events(connection: Connection, run: RowMapping, messages: Iterable[str]) -> None:
    """Set the pattern alerts of a run: critical once a message holds the text, and from then on."""
    watching = _watching(connection, run, "events")
    if not watching:
        return
    told, states = list(messages), _states(connection, run["id"])
    for alert in watching:
        pattern = str(_definition(alert).get("pattern", ""))
        is_found = any(pattern in message for message in told)
        if is_found and states.get(alert["id"]) != "critical":
            set_state(connection, alert, run["id"], "critical")
        elif alert["id"] not in states:
            set_state(connection, alert, run["id"], "ok")


def judge_metrics(connection: Connection, run: RowMapping, names: Iterable[str]) -> None:
    """Set the threshold and range alerts of a run whose metric is among the `names` that got values.

    An alert whose metric is a pattern like `loss*` is critical if any of the metrics is.
    """
    watching = _watching(connection, run, "metrics")
    if not watching:
        return
    arrived, states = set(names), _states(connection, run["id"])
    of_run = select(series.c.name, series.c.number).where(series.c.run == run["id"])
    known = pairs(connection, of_run)
    for alert in watching:
        definition = _definition(alert)
        wanted = str(definition.get("metric", ""))
        if not any(fnmatchcase(name, wanted) for name in arrived):
            continue
        numbers = [number for name, number in known.items() if fnmatchcase(name, wanted)]
        verdicts = _verdicts(connection, definition, numbers)
        state = "critical" if any(verdicts) else "ok"
        if verdicts and states.get(alert["id"]) != state:
            set_state(connection, alert, run["id"], state)


def _verdicts(connection: Connection, definition: Mapping[str, Any], numbers: list[int]) -> list[bool]:
    """Tell for each series whether the rule is met over the window at its end; NaN alone gives no verdict."""
    begin = series.c.max_timestamp - min(definition["window"] * SECOND, EVER)
    windows = series.join(points, and_(points.c.series == series.c.number, points.c.timestamp > begin))
    # As doubles: a sum of large whole numbers would be an error. NaN is NULL, and no aggregate counts it.
    total = func.sum(cast(points.c.value, Float))
    met = func.sum(case((_rule(points.c.value, definition), 1), else_=0))
    query = select(func.count(points.c.value), total, met).select_from(windows)
    rows = connection.execute(query.where(series.c.number.in_(numbers)).group_by(series.c.number))
    found = [_is_met(definition, *row) for row in rows if row[0]]
    return [verdict for verdict in found if verdict is not None]


def _is_met(definition: Mapping[str, Any], count: int, total: float | None, met: int) -> bool | None:
    aggregation = definition["aggregation"]
    if aggregation == "at least one":
        return met > 0
    if aggregation == "all":
        return met == count
    if total is None:  # infinities of both signs have no sum
        return None
    return bool(_rule(total / count if aggregation == "average" else total, definition))


def _rule(value: Any, definition: Mapping[str, Any]) -> Any:
    """Apply the rule to a number, or to a column to get its condition; a range holds its ends."""
    rule = definition["rule"]
    if rule == "is above":
        return value > definition["threshold"]
    if rule == "is below":
        return value < definition["threshold"]
    low, high = definition["range_low"], definition["range_high"]
    if not isinstance(value, int | float):
        inside: Clause = and_(value >= low, value <= high)
        return inside if rule == "is inside range" else not_(inside)
    return (low <= value <= high) == (rule == "is inside range")

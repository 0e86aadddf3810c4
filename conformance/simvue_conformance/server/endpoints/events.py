"""Events over HTTP. Tests: tests/conformance/server/test_events.py."""

from simvue_conformance.server.answers import EMPTY, Answer, Problems, missing, ok
from simvue_conformance.server.batches import read_events
from simvue_conformance.server.call import Call
from simvue_conformance.server.endpoints.metrics import known_run
from simvue_conformance.server.filters import Condition, read_filters
from simvue_conformance.server.store.events import add_events, list_events, windows
from simvue_conformance.server.store.judging import judge_events
from simvue_conformance.server.store.listing import Clause, text_clause
from simvue_conformance.server.store.runs import run_row
from simvue_conformance.server.store.tables import events
from simvue_conformance.server.wire import parse_instant

__all__ = ["get_events", "get_histogram", "post_events"]


LONGEST_WINDOW = 10**9


def post_events(call: Call) -> Answer:
    """Append a batch of events, all of it or nothing."""
    run, rows = read_events(call.body, call.content_type)
    row = known_run(call, run)
    if not call.settings.null:
        add_events(call.connection, run, rows)
        judge_events(call.connection, row, (message for _, message, _ in rows))
    call.afterwards.append(lambda: _count(call, len(rows)))
    return EMPTY


def _count(call: Call, rows: int) -> None:
    call.accepted.events += rows


def _clause(condition: Condition) -> Clause:
    columns = {
        "event.message": events.c.message,
        "message": events.c.message,
        "log_level": events.c.log_level,
    }
    column = columns.get(condition.field)
    if column is None or condition.operator not in {"contains", "not contains", "==", "!="}:
        raise Problems.refuse(["query", "filters"], "events are filtered as 'event.message contains text'")
    return text_clause(column, condition, condition.value)


def _run(call: Call) -> str:
    run = call.query.get("run", "")
    if run_row(call.connection, run) is None:
        raise missing("Run", run)
    return run


def _clauses(call: Call) -> list[Clause]:
    # A histogram's filters are repeated plain parameters, a list's are one JSON list: both are understood.
    return [_clause(condition) for text in call.queries("filters") for condition in read_filters(text)]


def get_events(call: Call) -> Answer:
    """List the events of a run, oldest first; a count of 0 is no limit."""
    count, start = call.integer("count"), call.integer("start") or 0
    page, total = list_events(call.connection, _run(call), _clauses(call), count=count, start=start)
    return ok({"data": page, "count": total})


def _instant(call: Call, name: str) -> int | None:
    text = call.query.get(name)
    if not text:
        return None
    try:
        return parse_instant(text)
    except ValueError as error:
        raise Problems.refuse(["query", name], str(error)) from error


def get_histogram(call: Call) -> Answer:
    """Count the events of a run in windows of `window` seconds."""
    window = call.integer("window") or 1
    if window > LONGEST_WINDOW:
        raise Problems.refuse(["query", "window"], f"must be at most {LONGEST_WINDOW} seconds")
    data = windows(
        call.connection,
        _run(call),
        _clauses(call),
        window=window * 1_000_000,
        begin=_instant(call, "timestamp_begin"),
        end=_instant(call, "timestamp_end"),
    )
    return ok({"data": data})

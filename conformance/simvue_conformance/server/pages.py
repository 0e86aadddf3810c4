"""Plain HTML pages for people: the list of runs, and one run. No scripts, nothing fetched, all escaped.

Tests: tests/conformance/server/test_pages.py.
"""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any
from urllib.parse import quote

from sqlalchemy import func, select

from simvue_conformance.server.answers import Answer, missing
from simvue_conformance.server.call import Call
from simvue_conformance.server.store.artifacts import artifact_document, artifacts_of_runs
from simvue_conformance.server.store.database import pairs
from simvue_conformance.server.store.events import list_events
from simvue_conformance.server.store.runs import run_document, run_row
from simvue_conformance.server.store.tables import events, run_artifacts, runs, series

__all__ = ["show_run", "show_runs"]

MOST_RUNS = 500
MOST_EVENTS = 200
FACTS = ("id", "status", "folder", "description", "tags", "created", "started", "endtime", "runtime", "system")
STYLE = (
    "body{font:15px system-ui,sans-serif;margin:2em}table{border-collapse:collapse}"
    "td,th{border-bottom:1px solid #ccc;padding:.3em .8em;text-align:left}"
)


def _text(value: object) -> str:
    # A lone surrogate cannot be sent, whatever else it is.
    return escape(str("" if value is None else value).encode("utf-8", "replace").decode())


def _page(title: str, *parts: str) -> Answer:
    head = f"<!DOCTYPE html><meta charset=utf-8><title>{_text(title)}</title><style>{STYLE}</style>"
    body = "".join([head, f"<h1>{_text(title)}</h1>", *parts])
    return Answer(status=200, body=body.encode(), media_type="text/html; charset=utf-8")


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table of cells that are HTML already."""
    head = "".join(f"<th>{_text(text)}</th>" for text in heads)
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{lines}</table>"


def _counts(call: Call, table: Any, total: Any) -> dict[str, int]:
    return pairs(call.connection, select(table.c.run, total).group_by(table.c.run))


def show_runs(call: Call) -> Answer:
    """List the newest runs with how much they hold."""
    metrics = _counts(call, series, func.sum(series.c.count))
    messages, files = _counts(call, events, func.count()), _counts(call, run_artifacts, func.count())
    found = call.connection.execute(select(runs).order_by(runs.c.number.desc()).limit(MOST_RUNS)).mappings()
    rows = [
        [
            f'<a href="/runs/{quote(row["id"])}">{_text(row["name"])}</a>',
            *(_text(row[column]) for column in ("status", "folder")),
            *(_text(counts.get(row["id"], 0)) for counts in (metrics, messages, files)),
        ]
        for row in found
    ]
    return _page("Runs", _table(("name", "status", "folder", "metric values", "events", "artifacts"), rows))


def show_run(call: Call) -> Answer:
    """Show one run: facts, metadata, the last value of each metric, events, artifacts."""
    row = run_row(call.connection, call.path["run"])
    if row is None:
        raise missing("Run", call.path["run"])
    run: dict[str, Any] = run_document(call.connection, row, user=row["user"], now=call.now)
    messages, total = list_events(call.connection, run["id"], (), count=MOST_EVENTS, start=0)
    files = [artifact_document(found, call.base) for found in artifacts_of_runs(call.connection, [run["id"]])]
    values = [
        [name, *(item[key] for key in ("count", "last", "min", "max", "step"))] for name, item in run["metrics"].items()
    ]
    return _page(
        run["name"],
        '<p><a href="/">All runs</a></p>',
        _escaped(("what", "value"), [[fact, run[fact]] for fact in FACTS]),
        "<h2>Metadata</h2>",
        _escaped(("key", "value"), run["metadata"].items()),
        "<h2>Metrics</h2>",
        _escaped(("name", "values", "last", "least", "greatest", "step"), values),
        f"<h2>Events ({total})</h2>",
        _escaped(("time", "level", "message"), [[e["timestamp"], e["log_level"], e["message"]] for e in messages]),
        "<h2>Artifacts</h2>",
        _table(("name", "category", "size"), [_file_cells(file) for file in files]),
    )


def _file_cells(file: Mapping[str, object]) -> list[str]:
    link = f'<a href="{_text(file["url"])}">{_text(file["name"])}</a>'
    return [link, _text(file["category"]), _text(file["size"])]


def _escaped(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    return _table(heads, [[_text(cell) for cell in row] for row in rows])

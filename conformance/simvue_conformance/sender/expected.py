"""What a server ought to hold once journals are delivered: the judge's projections, brought into the server's form.

Runs of several journals are put together from theirs, in the order in which they are given. Where the specification
leaves the form open (a heartbeat's time, the words of a `lost` record), nothing is expected here and the scene looks
itself. Tests: tests/conformance/sender/test_expected.py.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from simvue_conformance.holdings import Artifact, Event, Grid, Holding, array, instant, series
from simvue_conformance.judge import Judgement, judge

__all__ = ["expected"]

_ALERT_DEFAULTS = {"description": None, "notification": "none", "enabled": True, "abort": False}
_DEFINITION = {
    "events": ("pattern", "frequency"),
    "metrics": ("metric", "rule", "threshold", "range_low", "range_high", "window", "frequency", "aggregation"),
}
_DEFINITION_DEFAULTS = {"window": 1, "frequency": 1, "aggregation": "average"}


def expected(journals: Iterable[bytes], *, artifacts: Path = Path("/")) -> dict[str, Holding]:
    """Return what is to be held of each run, by run key.

    Args:
        journals: the bytes of each, live unless it has ended.
        artifacts: the cache, where content that was put aside lies.
    """
    runs: dict[str, list[Judgement]] = {}
    for data in journals:
        judgement = judge(data, live=True)
        if judgement.header is not None:
            runs.setdefault(judgement.header["run"], []).append(judgement)
    return {key: _holding(key, parts, artifacts) for key, parts in runs.items()}


def _holding(key: str, parts: list[Judgement], cache: Path) -> Holding:
    run: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    tags: list[str] = []
    for part in parts:
        run |= part.projection["run"]
        metadata = _merged(metadata, part.projection["metadata"])
        tags += [tag for tag in part.projection["tags"] if tag not in tags]
    folder = run.get("folder", "/")
    statuses = [part.projection["status"] for part in parts if part.projection["status"] is not None]
    return Holding(
        name=run.get("name", key),
        folder=folder,
        description=run.get("description"),
        tags=tuple(tags),
        metadata=metadata,
        status=statuses[-1] if statuses else "running",
        details=_details(run),
        metrics=_metrics(parts),
        events=Counter(Event(instant(at), level, text) for part in parts for at, text, level in _list(part, "events")),
        alerts=_alerts(parts),
        artifacts=Counter(_artifact(part, each, cache) for part in parts for each in _list(part, "artifacts")),
        grids=_grids(parts),
        tensors=_tensors(parts),
        folder_details=_folder(parts, folder),
    )


def _list(part: Judgement, member: str) -> list[Any]:
    found: list[Any] = part.projection[member]
    return found


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(old)
    for name, member in new.items():
        before = merged.get(name)
        merged[name] = _merged(before, member) if isinstance(before, dict) and isinstance(member, dict) else member
    return merged


def _details(run: Mapping[str, Any]) -> dict[str, Any]:
    names = {"system": "system", "retention": "ttl", "timeout": "heartbeat_timeout"}
    found = {there: run[here] for here, there in names.items() if here in run}
    if "notification" in run:
        found["notifications"] = {"state": run["notification"]}
    return found


def _metrics(parts: list[Judgement]) -> dict[str, Mapping[str, Counter[Any]]]:
    rows: dict[str, list[tuple[int, float, str, float | str]]] = {}
    for part in parts:
        for name, points in part.projection["metrics"].items():
            rows.setdefault(name, []).extend((step, time, instant(at), value) for step, time, at, value in points)
    return {name: series(each) for name, each in rows.items()}


def _alerts(parts: list[Judgement]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for record in (record for part in parts for record in _list(part, "alerts") if "name" in record):
        alert = {name: record.get(name, default) for name, default in _ALERT_DEFAULTS.items()}
        source = record["source"]
        members = {**_DEFINITION_DEFAULTS, **record}
        definition = {name: members[name] for name in _DEFINITION.get(source, ()) if name in members}
        found[record["name"]] = {**alert, "source": source, "alert": definition or None}
        if source == "user":  # of the others the server is the judge
            found[record["name"]]["state"] = None
    for record in (record for part in parts for record in _list(part, "alert_states")):
        if record.get("name") in found:
            found[record["name"]]["state"] = record["state"]
    return dict(found)


def _artifact(part: Judgement, record: Mapping[str, Any], cache: Path) -> Artifact:
    directory = Path((part.header or {}).get("cwd", "/"))
    file = cache / "artifacts" / record["sha256"] if record.get("stored") else directory / record["path"]
    return Artifact(
        name=record["name"],
        category=record["category"],
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        mimetype=record.get("mimetype", "application/octet-stream"),
        path=record.get("path", ""),
        metadata=json.dumps(record.get("metadata", {}), sort_keys=True),
    )


def _grids(parts: list[Judgement]) -> dict[str, Grid]:
    defined: dict[str, Grid] = {}
    found: dict[str, Grid] = {}
    for record in (record for part in parts for record in _list(part, "grids")):
        if "ticks" in record:
            ticks = json.dumps([[float(tick) for tick in axis] for axis in record["ticks"]])
            defined[record["name"]] = Grid(record["name"], tuple(record["labels"]), ticks)
        for metric in record.get("metrics", []):
            found[metric] = defined[record["name"]]
    return found


def _tensors(parts: list[Judgement]) -> dict[str, Counter[tuple[int, float, str, str]]]:
    found: dict[str, Counter[tuple[int, float, str, str]]] = {}
    for metric, step, time, at, values in (row for part in parts for row in _list(part, "tensors")):
        found.setdefault(metric, Counter())[step, round(float(time), 9), instant(at), array(values)] += 1
    return found


def _folder(parts: list[Judgement], path: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for record in (record for part in parts for record in _list(part, "folders") if record["path"] == path):
        named = {"retention": "ttl"}
        found |= {named.get(name, name): value for name, value in record.items() if name != "path"}
    return found

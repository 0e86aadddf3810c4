"""What journals say and what a server holds, compared value by value.

Reads both sides with nothing but the standard library, so that it shares no mistake with the client and the sender
that it judges. It knows the kinds of records that the examples write, and refuses others.
Tests: tests/demo/test_comparison.py.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

__all__ = ["Contents", "Difference", "Server", "compare", "journal_files", "read_journals"]

AXES = ("step", "time", "timestamp")
_NUMBERS = {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}
_WITHOUT_CONTENT = ("header", "heartbeat", "end")
_NAMED = ("name", "folder", "description", "system")
_RULE = ("metric", "rule", "threshold")  # of an alert on a metric, the only sort that the examples have
_ALERT = {"aggregation": "average", "frequency": 1, "window": 1}  # what they leave to the sender

Item = tuple[str, ...]


@dataclass(slots=True)
class Contents:
    """Everything of one run, as items that can be counted. The last member of an item is its value.

    A value of a metric is there once for each axis, because a server shows series along one axis at a time.
    """

    metrics: dict[str, Counter[Item]] = field(default_factory=lambda: {axis: Counter() for axis in AXES})
    events: Counter[Item] = field(default_factory=Counter)
    facts: Counter[Item] = field(default_factory=Counter)
    arrays: Counter[Item] = field(default_factory=Counter)
    artifacts: Counter[Item] = field(default_factory=Counter)
    languages: set[str] = field(default_factory=set)
    records: int = 0
    journals: int = 0
    status: str = ""

    def parts(self) -> Iterator[tuple[str, Counter[Item]]]:
        """Yield the countable parts with their names."""
        for axis, values in self.metrics.items():
            yield f"metric values by {axis}", values
        yield "events", self.events
        yield "facts and metadata", self.facts
        yield "arrays", self.arrays
        yield "artifacts", self.artifacts

    def fact(self, name: str) -> Any:
        """Return a fact by its name; None where there is none."""
        return next((json.loads(item[-1]) for item in self.facts if item[:-1] == (name,)), None)


@dataclass(frozen=True, slots=True)
class Difference:
    """How the items of one part differ."""

    what: str
    written: int
    held: int
    duplicated: int
    lost: int
    changed: int

    @property
    def is_none(self) -> bool:
        """Whether both sides are equal, item by item."""
        return not (self.duplicated or self.lost or self.changed)


def compare(written: Contents, held: Contents) -> list[Difference]:
    """Return the difference of each part."""
    pairs = zip(written.parts(), held.parts(), strict=True)
    return [_difference(what, ours, theirs) for (what, ours), (_, theirs) in pairs]


def _difference(what: str, written: Counter[Item], held: Counter[Item]) -> Difference:
    """A value that is missing at a place where another is too many has changed; it is not lost and a duplicate."""
    missing, extra = written - held, held - written
    changed = (_places(missing) & _places(extra)).total()
    return Difference(
        what,
        written.total(),
        held.total(),
        duplicated=extra.total() - changed,
        lost=missing.total() - changed,
        changed=changed,
    )


def _places(items: Counter[Item]) -> Counter[Item]:
    places: Counter[Item] = Counter()
    for item, count in items.items():
        places[item[:-1]] += count
    return places


# What was written


def journal_files(cache: Path) -> list[Path]:
    """Return the journals of a cache, those that the sender has put away among them."""
    return sorted([*cache.glob("journals/*.jsonl"), *cache.glob("delivered/*.jsonl")])


def read_journals(files: Iterable[Path]) -> dict[str, Contents]:
    """Return the contents of each run by its key."""
    runs: dict[str, Contents] = {}
    for file in files:
        records = _records(file)
        contents = runs.setdefault(records[0]["run"], Contents())
        contents.journals += 1
        contents.records += len(records)
        writer = records[0].get("writer", {})
        contents.languages.add(writer.get("language", writer.get("name", "")))
        _fold(records, contents)
    return runs


def _records(file: Path) -> list[dict[str, Any]]:
    """Return the records in their order; one that was repeated after a failed write counts once (SEQ-006)."""
    records = [json.loads(line) for line in file.read_bytes().split(b"\n") if line.strip()]
    numbered = {record["seq"]: record for record in records if "seq" in record}
    return list(numbered.values()) or records


def _fold(records: list[dict[str, Any]], contents: Contents) -> None:
    began, metrics, bears_run = _moment(records[0]["at"]), 0, False
    for record in records:
        kind, at = record["kind"], _moment(record["at"])
        if kind == "metrics":
            step = record.get("step", metrics)
            seconds = record.get("time", (at - began).total_seconds())
            _add_values(contents, record["values"], str(step), repr(float(seconds)), _stamp(at))
            metrics += 1
        elif kind == "run":
            bears_run, contents.status = True, record.get("status", "running")
            named: dict[str, Any] = {name: record[name] for name in _NAMED if name in record}
            _add_facts(
                contents, {**named, "tags": sorted(record.get("tags", ())), "metadata": record.get("metadata", {})}
            )
        elif kind == "status" or (kind == "end" and bears_run):
            contents.status = record["status"]
        elif kind not in _WITHOUT_CONTENT:
            _add_record(contents, record, at)


def _add_record(contents: Contents, record: dict[str, Any], at: datetime) -> None:
    """Add what a record says by itself, whatever stands before it."""
    match record["kind"]:
        case "event":
            contents.events[_stamp(at), record.get("log_level", "info"), record["message"]] += 1
        case "metadata":
            _add_facts(contents, {"metadata": record["values"]})
        case "alert":
            _add_alert(contents, record, _ALERT | {name: record[name] for name in _RULE})
        case "grid":
            for metric in record["metrics"]:
                _add_grid(contents, metric, record["name"], record["labels"], record["ticks"])
        case "tensor":
            _add_array(contents, record["metric"], record["step"], record["time"], _stamp(at), record["array"])
        case "artifact":
            contents.artifacts[record["name"], record["category"], str(record["size"]), record["sha256"]] += 1
        case kind:
            raise ValueError(f"a record of kind {kind!r} is more than this comparison knows")


def _moment(at: str) -> datetime:
    return datetime.fromisoformat(at).astimezone(UTC)


def _stamp(moment: datetime) -> str:
    """Return a time as servers write it."""
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds")


def _add_values(contents: Contents, values: dict[str, Any], *places: str) -> None:
    for name, value in values.items():
        number = repr(float(_NUMBERS.get(value, value) if isinstance(value, str) else value))
        for axis, place in zip(AXES, places, strict=True):
            contents.metrics[axis][name, place, number] += 1


def _add_facts(contents: Contents, facts: dict[str, Any], *above: str) -> None:
    """Add what has one value: the last one that was set."""
    for name, value in facts.items():
        if isinstance(value, dict):
            _add_facts(contents, value, *above, name)
            continue
        place = (*above, name)
        for item in [item for item in contents.facts if item[:-1] == place]:
            del contents.facts[item]
        contents.facts[*place, json.dumps(value)] = 1


def _add_alert(contents: Contents, alert: dict[str, Any], rule: dict[str, Any]) -> None:
    facts = {"source": alert["source"], "abort": alert.get("abort", False), **rule}
    _add_facts(contents, facts, "alert", alert["name"])


def _add_grid(contents: Contents, metric: str, name: str, labels: list[str], ticks: list[list[float]]) -> None:
    _add_facts(contents, {"name": name, "labels": labels, "ticks": ticks}, "grid", metric)


def _add_array(contents: Contents, metric: str, step: int, seconds: float, stamp: str, array: Any) -> None:
    contents.arrays[metric, str(step), repr(float(seconds)), stamp, json.dumps(array)] += 1


# What the server holds


class Server:
    """Questions to a Simvue server."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self._token = url, token

    def get(self, path: str, **query: str) -> Any:
        """Return the answer to a GET, as JSON values."""
        return json.loads(self.fetch(f"{self.url}{path}?{'&'.join(f'{k}={quote(v)}' for k, v in query.items())}"))

    def fetch(self, url: str, method: str = "GET", body: Any = None) -> bytes:
        """Return the bytes of an answer."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(url, data=data, method=method, headers={"Authorization": f"Bearer {self._token}"})  # noqa: S310 - our own server
        with urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
            content: bytes = answer.read()
        return content

    def runs(self) -> dict[str, str]:
        """Return the server's identifier of each run by its run key, which senders leave in the metadata (DLV-061)."""
        found = self.get("/api/runs", count="100", start="0", filters="[]")["data"]
        return {run["metadata"]["simvue"]["run"]: run["id"] for run in found if "simvue" in run["metadata"]}

    def contents(self, identifier: str) -> Contents:
        """Return everything that the server holds of a run."""
        run, contents = self.get(f"/api/runs/{identifier}"), Contents()
        contents.status = run["status"]
        metadata = {name: value for name, value in run["metadata"].items() if name != "simvue"}
        named = {name: run[name] for name in _NAMED if run[name] is not None}
        _add_facts(contents, {**named, "tags": sorted(run["tags"]), "metadata": metadata})
        for alert in run["alerts"]:
            _add_alert(contents, alert["alert"], alert["alert"]["alert"] or {})
        for grid in self.get(f"/api/runs/{identifier}/grids"):
            _add_grid(contents, grid["metric"], grid["name"], grid["labels"], grid["grid"])
            for point in self.get(f"/api/runs/{identifier}/metrics/{quote(grid['metric'])}/values")["data"]:
                where = (point["step"], point["time"], point["timestamp"])
                _add_array(contents, grid["metric"], *where, point["array"])
        for axis in AXES:
            series = self.get("/api/metrics", runs=json.dumps([identifier]), xaxis=axis).get(identifier, {})
            for name, points in series.items():
                for point in points:
                    place = repr(float(point[axis])) if axis == "time" else str(point[axis])
                    contents.metrics[axis][name, place, repr(float(point["value"]))] += 1
        for event in self.get("/api/events", run=identifier, count="100000", start="0", filters="[]")["data"]:
            contents.events[event["timestamp"], event["log_level"], event["message"]] += 1
        for file in self.get(f"/api/runs/{identifier}/artifacts"):
            content = self.fetch(file["url"])
            sha256 = hashlib.sha256(content).hexdigest()
            contents.artifacts[file["name"], file["category"], str(len(content)), sha256] += 1
        return contents

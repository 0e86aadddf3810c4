"""The state of a run: what its accepted records add up to, as the vectors' `expected.json` has it.

For comparison and for people: it holds every value of a run, so its memory grows with the run. A sender keeps
no projection. Tests: tests/core/test_projection.py, tests/core/test_reading_vectors.py.
"""

from collections.abc import Iterable
from typing import Any

from simvue.core.judging import Entry
from simvue.core.state import Header, Verdict
from simvue.core.timestamps import seconds_between

__all__ = ["Projection", "project"]

_RUN = ("name", "folder", "description", "notification", "retention", "timeout", "visibility", "system")
_ALERT = (
    *("name", "id", "source", "pattern", "metric", "rule", "threshold", "range_low", "range_high"),
    *("window", "frequency", "aggregation", "notification", "description", "abort", "enabled"),
)
_LISTED = {
    "alert": ("alerts", _ALERT),
    "alert_state": ("alert_states", ("name", "id", "state")),
    "artifact": (
        "artifacts",
        ("name", "category", "path", "stored", "size", "sha256", "mimetype", "metadata"),
    ),
    "folder": ("folders", ("path", "description", "tags", "metadata", "retention")),
    "grid": ("grids", ("name", "labels", "ticks", "metrics")),
}


def project(entries: Iterable[Entry], header: Header) -> dict[str, Any]:
    """Return the projection of the one journal that `entries` come from."""
    projection = Projection()
    projection.fold(entries, header)
    return projection.to_json()


class Projection:
    """Folds the records of a run's journals, in their order, into the run's state."""

    def __init__(self) -> None:
        self._run: dict[str, Any] = {}
        self._status: str | None = None
        self._tags: list[str] = []
        self._metadata: dict[str, Any] = {}
        self._metrics: dict[str, list[list[Any]]] = {}
        self._events: list[list[str]] = []
        self._tensors: list[list[Any]] = []
        self._lost: list[list[int | None]] = []
        self._listed: dict[str, list[dict[str, Any]]] = {name: [] for name, _ in _LISTED.values()}
        self._bore_run: set[str] = set()  # the journals that have had a run record (RDR-043)

    def fold(self, entries: Iterable[Entry], header: Header) -> None:
        """Add records of a journal that follow those added before; a call for each piece of it will do."""
        for entry in entries:
            if entry.verdict is Verdict.ACCEPTED and entry.record is not None:
                self._add(entry.record, entry.index, header)

    def to_json(self) -> dict[str, Any]:
        """Return the projection as JSON values."""
        return {
            "run": self._run,
            "status": self._status,
            "tags": self._tags,
            "metadata": self._metadata,
            "metrics": self._metrics,
            "events": self._events,
            **self._listed,
            "tensors": self._tensors,
            "lost": self._lost,
        }

    def _add(self, record: dict[str, Any], index: int, header: Header) -> None:
        kind = record["kind"]
        if kind in _LISTED:
            name, members = _LISTED[kind]
            self._listed[name].append({member: record[member] for member in members if member in record})
        elif kind in ("metrics", "tensor"):
            self._add_values(record, index, header)
        else:
            self._add_state(record, header)

    def _add_values(self, record: dict[str, Any], index: int, header: Header) -> None:
        """Add metrics or a tensor, with the defaults of REC-034, REC-035 and REC-115."""
        step, at = record.get("step", index), record["at"]
        time = record["time"] if "time" in record else seconds_between(header.at, at)
        if record["kind"] == "tensor":
            self._tensors.append([record["metric"], step, time, at, record["array"]])
            return
        for name, value in record["values"].items():
            self._metrics.setdefault(name, []).append([step, time, at, value])

    def _add_state(self, record: dict[str, Any], header: Header) -> None:
        match record["kind"]:
            case "run":
                self._add_run(record)
                self._bore_run.add(header.journal)
            case "status":
                self._status = record["status"]
            case "end" if header.journal in self._bore_run and "status" in record:
                self._status = record["status"]
            case "metadata":
                _merge(self._metadata, record["values"])
            case "tags":
                self._tags = list(record.get("set", self._tags))
                self._tags += [tag for tag in dict.fromkeys(record.get("add", ())) if tag not in self._tags]
            case "event":
                self._events.append([record["at"], record["message"], record.get("log_level", "info")])
            case "lost":
                self._lost.append([record["count"], record.get("first_seq"), record.get("last_seq")])

    def _add_run(self, record: dict[str, Any]) -> None:
        for member in (*_RUN, "server_id"):
            if member in record:
                self._run[member] = record[member]
        self._status = record.get("status", self._status)
        self._tags = list(record.get("tags", self._tags))
        _merge(self._metadata, record.get("metadata", {}))


def _merge(into: dict[str, Any], update: dict[str, Any]) -> None:
    """Merge metadata in place (RDR-040): objects member by member, anything else replaced."""
    for name, value in update.items():
        if isinstance(value, dict):
            known = into.get(name)
            into[name] = fresh = known if isinstance(known, dict) else {}
            _merge(fresh, value)
        else:
            into[name] = value

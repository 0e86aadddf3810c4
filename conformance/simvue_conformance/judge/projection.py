"""The state of a run after the accepted records of one journal (RDR-040 to RDR-043, REC-034, REC-035, REC-115).

Tests: tests/conformance/judge/test_vectors.py.
"""

from collections.abc import Iterable
from typing import Any

from simvue_conformance.judge import times
from simvue_conformance.judge.judgement import Record
from simvue_conformance.judge.members import own_members

__all__ = ["project"]

_LISTS = {
    "alert": "alerts",
    "alert_state": "alert_states",
    "artifact": "artifacts",
    "folder": "folders",
    "grid": "grids",
}
_NOT_IN_RUN = ("tags", "metadata", "status")


def project(records: Iterable[Record]) -> dict[str, Any]:
    """Fold accepted records, the header first, into the `projection` of a vector's `expected.json`."""
    fold = _Fold()
    for record in records:
        fold.take(record.value)
    return fold.state


class _Fold:
    def __init__(self) -> None:
        self.state: dict[str, Any] = {
            "run": {},
            "status": None,
            "tags": [],
            "metadata": {},
            "metrics": {},
            "events": [],
            "alerts": [],
            "alert_states": [],
            "artifacts": [],
            "folders": [],
            "grids": [],
            "tensors": [],
            "lost": [],
        }
        self._started = ""
        self._bore_run = False
        self._steps = {"metrics": 0, "tensor": 0}

    def take(self, value: dict[str, Any]) -> None:
        self._started = self._started or value["at"]
        state, kind, members = self.state, value["kind"], own_members(value)
        match kind:
            case "run":
                self._run(members)
            case "metadata":
                state["metadata"] = _merged(state["metadata"], members["values"])
            case "tags":
                self._tags(members)
            case "status" | "end":
                self._status(kind, members)
            case "event":
                state["events"].append([value["at"], members["message"], members.get("log_level", "info")])
            case "metrics" | "tensor":
                self._series(value)
            case "lost":
                state["lost"].append([members["count"], members.get("first_seq"), members.get("last_seq")])
            case _ if kind in _LISTS:
                state[_LISTS[kind]].append(members)

    def _run(self, members: dict[str, Any]) -> None:
        self._bore_run = True
        self.state["run"] |= {name: member for name, member in members.items() if name not in _NOT_IN_RUN}
        self.state["tags"] = list(members.get("tags", self.state["tags"]))
        self.state["metadata"] = _merged(self.state["metadata"], members.get("metadata", {}))
        self.state["status"] = members.get("status", self.state["status"])

    def _tags(self, members: dict[str, Any]) -> None:
        if "set" in members:
            self.state["tags"] = list(members["set"])
        for tag in members.get("add", []):
            if tag not in self.state["tags"]:
                self.state["tags"].append(tag)

    def _status(self, kind: str, members: dict[str, Any]) -> None:
        """RDR-043: an end decides only where the journal bore a run record."""
        if "status" in members and (kind == "status" or self._bore_run):
            self.state["status"] = members["status"]

    def _series(self, value: dict[str, Any]) -> None:
        step, time = self._place(value)
        if value["kind"] == "tensor":
            self.state["tensors"].append([value["metric"], step, time, value["at"], value["array"]])
            return
        for name, number in value["values"].items():
            self.state["metrics"].setdefault(name, []).append([step, time, value["at"], number])

    def _place(self, value: dict[str, Any]) -> tuple[Any, Any]:
        """Return step and time, filled in where they are missing."""
        before = self._steps[value["kind"]]
        self._steps[value["kind"]] += 1
        time = value["time"] if "time" in value else times.seconds_between(self._started, value["at"])
        return value.get("step", before), time


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    merged = dict(old)
    for name, member in new.items():
        before = merged.get(name)
        both_objects = isinstance(before, dict) and isinstance(member, dict)
        merged[name] = _merged(before, member) if both_objects else member  # type: ignore[arg-type]
    return merged

"""What a server holds after scripts have run, without what differs from one execution to the next.

Left out or replaced by a word: identifiers, times of day, durations, the directory of the script, the run key.
Everything is asked for over REST, with nothing of any client.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from simvue_conformance.server.process import ServerProcess

__all__ = ["differences", "state"]

_LEFT_OUT = ("id", "created", "modified", "runtime", "storage_id", "url", "user", "folder_id", "number")
_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?")
_OWN_METRICS = ("resources/", "sustainability.")
_AXES = ("step", "time", "timestamp")
_SOON = 600.0
"""Seconds since a run began that no script gives itself."""


def state(server: ServerProcess, script: str, directory: str) -> dict[str, Any]:
    """Return what a server holds of the runs in the folder of a script, which ran in `directory`."""
    asked = _Asked(server)
    runs = asked.all("/runs", f"folder.path contains /parity/{script}")
    runs = [run for run in runs if f"{run['folder']}/".startswith(f"/parity/{script}/")]
    found = {
        "runs": {run["name"]: _run(asked, asked.get(f"/runs/{run['id']}")) for run in runs},
        "number of runs": len(runs),
        "folders": {
            folder["path"]: {key: folder[key] for key in ("name", "description", "tags", "metadata", "ttl")}
            for folder in asked.all("/folders", f"path contains /parity/{script}")
            if f"{folder['path']}/".startswith(f"/parity/{script}/")
        },
        "alerts": sorted(
            (alert for alert in asked.get("/alerts")["data"] if alert["name"].startswith(script.replace("_", " "))),
            key=lambda alert: str(alert["name"]),
        ),
    }
    plain: dict[str, Any] = _plain(found, directory)
    return plain


class _Asked:
    """Answers of the server."""

    def __init__(self, server: ServerProcess) -> None:
        self._server = server

    def get(self, path: str) -> Any:
        return json.loads(self.body(f"/api{path}"))

    def body(self, path: str) -> bytes:
        headers = self._server.authorization if path.startswith("/api/") else {}
        status, _, body = self._server.request("GET", path, headers)
        assert status == 200, (path, status, body)
        return body

    def all(self, path: str, *filters: str) -> list[dict[str, Any]]:
        answer = self.get(f"{path}?filters={quote(json.dumps(filters))}&count=1000&start=0")
        rows: list[dict[str, Any]] = answer["data"]
        assert len(rows) == answer["count"]
        return rows


def _run(asked: _Asked, run: dict[str, Any]) -> dict[str, Any]:
    identifier, metrics = run["id"], run["metrics"]
    own = [name for name in metrics if not name.startswith(_OWN_METRICS)]
    measured = sorted(name for name in metrics if name.startswith(_OWN_METRICS))
    lasts = run["name"] == "config"
    metadata = {**run["metadata"]}
    if "python" in metadata:  # the packages of two Pythons differ
        metadata["python"] = {key: bool(value) for key, value in metadata["python"].items()}
    facts = {key: value for key, value in (metadata.pop("simvue", None) or {}).items() if key == "metrics"}
    return {
        **run,
        "metadata": {**metadata, **({"simvue": facts} if facts else {})},
        "metrics": {name: metrics[name] for name in own},
        # What is measured of a short run is a matter of luck.
        "resources": measured if lasts else "not looked at",
        "points": {axis: _points(asked, identifier, axis, own) for axis in _AXES},
        "events": asked.get(f"/events?run={identifier}&start=0&count=0&filters=")["data"],
        "tensors": _tensors(asked, identifier, own),
        "alerts": sorted(run["alerts"], key=lambda entry: str(entry["alert"]["name"])),
        "tags": sorted(run["tags"]),
        "artifacts": _artifacts(asked, identifier),
    }


def _points(asked: _Asked, run: str, axis: str, names: list[str]) -> dict[str, list[list[Any]]]:
    query = f"runs={quote(json.dumps([run]))}&metrics={quote(json.dumps(names))}&xaxis={axis}&aggregate=False"
    series = asked.get(f"/metrics?{query}").get(run, {}) if names else {}
    return {
        name: sorted(([_relative(point[axis]), point["value"]] for point in points), key=repr)
        for name, points in sorted(series.items())
    }


def _tensors(asked: _Asked, run: str, names: list[str]) -> dict[str, Any]:
    grids = {grid["metric"]: grid for grid in asked.get(f"/runs/{run}/grids")}
    found = {}
    for name, grid in sorted(grids.items()):
        points = asked.get(f"/runs/{run}/metrics/{name}/values")["data"] if name in names else []
        assert all(point["grid"] == grid["id"] for point in points), name
        found[name] = {
            "grid": {key: grid[key] for key in ("name", "labels", "grid")},
            "points": [{**point, "grid": None, "time": _relative(point["time"])} for point in points],
        }
    return found


def _artifacts(asked: _Asked, run: str) -> dict[str, Any]:
    rows = {}
    for artifact in sorted(asked.get(f"/runs/{run}/artifacts"), key=lambda row: (row["name"], row["checksum"])):
        url = urlsplit(artifact["url"] or "")
        content = asked.body(f"{url.path}?{url.query}" if url.query else url.path) if url.path else None
        told = None if content is None else hashlib.sha256(content).hexdigest()
        assert told in (None, artifact["checksum"]), artifact
        readable = None if content is None else content[:2000].decode(errors="replace")
        name = artifact["name"] if artifact["name"] not in rows else f"{artifact['name']} ({len(rows)})"
        rows[name] = {**artifact, "content": readable, "bytes": None if content is None else len(content)}
    return rows


def _relative(place: Any) -> Any:
    if isinstance(place, str):
        return _STAMP.sub(_day, place)
    return "soon" if isinstance(place, float) and 0 <= place < _SOON else place


def _plain(value: Any, directory: str, key: str = "") -> Any:
    if isinstance(value, Mapping):
        kept = {name: part for name, part in value.items() if name not in _LEFT_OUT or not isinstance(part, str | int)}
        return {name: _plain(part, directory, name) for name, part in sorted(kept.items())}
    if isinstance(value, list):
        return [_plain(part, directory) for part in value]
    if isinstance(value, str):
        return _STAMP.sub(_day, value).replace(directory, "<here>")
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return _relative(value) if key == "time" else value


def _day(stamp: re.Match[str]) -> str:
    age = datetime.now(UTC) - datetime.fromisoformat(stamp[0]).replace(tzinfo=UTC)
    return "today" if abs(age) < timedelta(hours=14) else stamp[0]


def differences(left: Any, right: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield where two states differ: the path, and what is there on each side."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        for key in sorted({*left, *right}):
            yield from differences(left.get(key, "(nothing)"), right.get(key, "(nothing)"), f"{path}/{key}")
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for place, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from differences(one, other, f"{path}/{place}")
    elif left != right:
        yield path, left, right

"""What every kind of record becomes on a server: the table of `spec/v1/delivery.md` as code (DLV-060 to DLV-077).

A record whose delivery takes one request after another is an *operation*: `next_step` returns its next request
from what the answers before have taught (`known`), until there is none. Records of series (metrics, events,
tensors) travel in batches instead: `core.batching`. Carrying requests out, and what to do with answers that are
not good, is left to `simvue.delivery`. Tests: tests/core/test_mapping.py.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import orjson

from simvue.core.steps import Facts, Impossible, Inspect, Place, Step
from simvue.core.timestamps import server_form

__all__ = ["FINAL", "Facts", "Impossible", "Inspect", "Place", "Step", "concluded", "next_step"]

FINAL = frozenset({"completed", "failed", "terminated"})
"""The statuses after which a run gets no heartbeat."""

_HOLDS = {
    "name": "name",
    "folder": "folder",
    "description": "description",
    "tags": "tags",
    "metadata": "metadata",
    "system": "system",
    "status": "status",
    "retention": "ttl",
    "timeout": "heartbeat_timeout",
}
_FOLDER_HOLDS = ("description", "tags", "metadata", "retention")


def next_step(record: Mapping[str, Any], place: Place, known: Facts) -> Step | Inspect | None:
    """Return the next request for a record, given what its earlier ones taught; None when it is delivered.

    Raises:
        Impossible: The record can never be delivered (DLV-068, DLV-077).
    """
    return _OPERATIONS[record["kind"]](record, place, known)


def concluded(record: Mapping[str, Any], place: Place, known: Facts) -> Facts:
    """Return what a delivered record teaches about its run: facts to be merged into `Place.run`."""
    kind = record["kind"]
    if kind == "run":
        facts: Facts = {"id": record.get("server_id") or known.get("run") or place.run.get("id")}
        if "status" in record:
            return facts | _status_facts(record, place)
        return facts if "id" in place.run else facts | {"status": "running"}
    if kind in {"status", "end"}:
        return _status_facts(record, place)
    if kind == "alert" and "name" in record:
        return {"alerts": {record["name"]: known["alert"]}}
    if kind == "grid":
        grid = _grid_of(record, place, known)
        return {"on_grid": dict.fromkeys(record.get("metrics", ()), grid), "grids": {record["name"]: grid}}
    return {}


def _status_facts(record: Mapping[str, Any], place: Place) -> Facts:
    """The run's status, and which journal has set which: its `end` record need not repeat it (DLV-072)."""
    return {"status": record["status"], "status_of": {place.journal: record["status"]}}


def _json(value: Any) -> bytes:
    return orjson.dumps(value)


def _path(*parts: str) -> str:
    """Join identifiers to a path; some come from records, and none may lead elsewhere."""
    for part in parts:
        if part in {".", ".."}:
            raise Impossible(f"{part!r} cannot be the identifier of anything on a server")
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def _identifier(name: str) -> Callable[[Any], Facts]:
    return lambda answer: {name: str(answer["id"])}


def _folder(path: str) -> Step:
    return Step(
        name="folder",
        method="POST",
        path="/folders",
        body=_json({"path": path}),
        learn=_identifier("folder"),
        conflict_is_success=True,
    )


def _visibility(value: str | list[str]) -> Facts:
    users = value if isinstance(value, list) else []
    return {"tenant": value == "tenant", "public": value == "public", "users": users}


def _run_body(record: Mapping[str, Any]) -> Facts:
    """The members of a `run` record in the server's words."""
    body = {theirs: record[ours] for ours, theirs in _HOLDS.items() if ours in record}
    if "notification" in record:
        body["notifications"] = {"state": record["notification"]}
    if "visibility" in record:
        body["visibility"] = _visibility(record["visibility"])
    return body


def _run(record: Mapping[str, Any], place: Place, known: Facts) -> Step | None:
    if "id" not in place.run and "server_id" not in record:
        return _create_run(record, place, known)
    run_id = record.get("server_id") or place.run_id
    body = _run_body(record)
    if body.get("status") in FINAL:
        body["endtime"] = server_form(record["at"])
    if body.get("status") == "running" and place.run.get("status") == "created":
        body["started"] = server_form(record["at"])
    if body.get("folder", "/") != "/" and "folder" not in known:
        return _folder(body["folder"])
    if body and "done" not in known:
        return _put_run(run_id, "update", body)
    return None


def _create_run(record: Mapping[str, Any], place: Place, known: Facts) -> Step | None:
    """DLV-060, DLV-061: everything the record has, defaults for the rest, and the mark to find the run by."""
    defaults: Facts = {
        "folder": "/",
        "status": "running",
    }
    body = defaults | _run_body(record)
    if body["status"] != "created":
        body["started"] = server_form(record["at"])
    metadata: Facts = record.get("metadata", {})
    body["metadata"] = metadata | {"simvue": {"journal": place.journal, "run": place.run_key}}
    if body["folder"] != "/" and "folder" not in known:
        return _folder(body["folder"])
    if "run" in known:
        return None
    return Step(
        name="create",
        method="POST",
        path="/runs",
        body=_json(body),
        learn=_identifier("run"),
        conflict_is_success=True,
    )


def _put(name: str, path: str, body: Facts) -> Step:
    """Return the last request of an operation."""
    return Step(name=name, method="PUT", path=path, body=_json(body), learn=lambda _: {"done": True})


def _put_run(run_id: str, name: str, body: Facts) -> Step:
    return _put(name, _path("runs", run_id), body)


def _metadata(record: Mapping[str, Any], place: Place, known: Facts) -> Step | None:
    if "done" in known:
        return None
    return _put_run(place.run_id, "metadata", {"metadata": record["values"]})


def _look_at_run(place: Place, learn: Callable[[Any], Facts]) -> Step:
    return Step(name="look", method="GET", path=_path("runs", place.run_id), learn=learn)


def _tags(record: Mapping[str, Any], place: Place, known: Facts) -> Step | None:
    if "done" in known:
        return None
    if "set" in record:
        return _put_run(place.run_id, "tags", {"tags": record["set"]})
    if "tags" not in known:
        return _look_at_run(place, lambda answer: {"tags": list(answer["tags"] or ())})
    return _put_run(place.run_id, "tags", {"tags": list(dict.fromkeys([*known["tags"], *record["add"]]))})


def _folder_details(record: Mapping[str, Any], _place: Place, known: Facts) -> Step | None:
    if "folder" not in known:
        return _folder(record["path"])
    body = {_HOLDS[name]: record[name] for name in _FOLDER_HOLDS if name in record}
    if not body or "done" in known:
        return None
    return _put("details", _path("folders", known["folder"]), body)


def _alert_body(record: Mapping[str, Any]) -> Facts:
    body: Facts = {
        "name": record["name"],
        "description": record.get("description"),
        "notification": record.get("notification", "none"),
        "source": record["source"],
        "enabled": record.get("enabled", True),
        "abort": record.get("abort", False),
    }
    if record["source"] == "events":
        body["alert"] = {"pattern": record["pattern"], "frequency": record.get("frequency", 1)}
    elif record["source"] == "metrics":
        members = ("metric", "rule", "threshold", "range_low", "range_high")
        body["alert"] = {name: record[name] for name in members if name in record} | {
            "window": record.get("window", 1),
            "frequency": record.get("frequency", 1),
            "aggregation": record.get("aggregation", "average"),
        }
    return body


def _attached(answer: Any) -> list[Facts]:
    """The alerts of a run as the server lists them."""
    return [row["alert"] for row in answer.get("alerts") or ()]


def _alert(record: Mapping[str, Any], place: Place, known: Facts) -> Step | None:
    if "id" not in record and "alert" not in known:
        return Step(
            name="alert",
            method="POST",
            path="/alerts",
            query=(("deduplicate", "True"),),
            body=_json(_alert_body(record)),
            learn=_identifier("alert"),
            conflict_is_success=True,
        )
    alert = record.get("id") or known["alert"]
    if "attached" not in known:
        return _look_at_run(place, lambda answer: {"attached": [row["id"] for row in _attached(answer)]})
    if alert in known["attached"] or "done" in known:
        return None
    return _put_run(place.run_id, "attach", {"alerts": [*known["attached"], alert]})


def _alert_state(record: Mapping[str, Any], place: Place, known: Facts) -> Step | None:
    if "done" in known:
        return None
    name = record.get("name")
    alert = record.get("id") or place.run.get("alerts", {}).get(name)
    if alert is None:
        if "alerts" not in known:
            return _look_at_run(place, lambda answer: {"alerts": {row["name"]: row["id"] for row in _attached(answer)}})
        if name not in known["alerts"]:
            raise Impossible(f"the run has no alert named {name!r}; write an `alert` record before its state")
        alert = known["alerts"][name]
    return _put("state", _path("alerts", alert, "status", place.run_id), {"status": record["state"]})


def _artifact(record: Mapping[str, Any], place: Place, known: Facts) -> Step | Inspect | None:
    """DLV-069; `attempt` counts how often the upload had to begin anew, and makes other keys (DLV-013)."""
    stored = record["sha256"] if record.get("stored") else None
    path = _absolute(record.get("path"), place)
    again = f"-{known['attempt']}" if "attempt" in known else ""
    if "file" not in known:
        return Inspect("file", path, stored, record.get("size"), record.get("sha256"))
    file = known["file"]
    if "artifact" not in known:
        return _create_artifact(record, f"artifact{again}", path or "", file)
    identifier = known["artifact"]
    if known.get("url") and "sent" not in known:
        upload = {"url": known["url"], "fields": known.get("fields"), "name": record["name"], **file}
        learned = {"sent": True, "artifact": identifier, "file": file}
        return Step(name=f"upload{again}", method="PUT", path=known["url"], upload=upload, learn=lambda _: learned)
    if "sent" in known and "uploaded" not in known:
        if "checked" not in known:  # DLV-046: what was sent is what was hashed, if it is still the same
            return Inspect("checked", path, stored, file["size"], file["sha256"])
        return Step(
            name=f"uploaded{again}",
            method="PUT",
            path=_path("artifacts", identifier),
            body=_json({"uploaded": True}),
            learn=lambda _: {"uploaded": True},
        )
    if "done" in known:
        return None
    return _put("attach", _path("runs", place.run_id, "artifacts", identifier), {"category": record["category"]})


def _absolute(path: str | None, place: Place) -> str | None:
    """Return the path from the root; a relative one starts at the header's `cwd`, if it has one (REC-082)."""
    if path is None or path.startswith("/") or place.cwd is None:
        return path
    return f"{place.cwd.rstrip('/')}/{path}"


def _create_artifact(record: Mapping[str, Any], name: str, path: str, file: Facts) -> Step:
    body = {
        "name": record["name"],
        "original_path": path,
        "size": file["size"],
        "mime_type": record.get("mimetype", "application/octet-stream"),
        "checksum": file["sha256"],
        "metadata": record.get("metadata"),
    }

    def learn(answer: Any) -> Facts:
        facts: Facts = {"artifact": str(answer["id"]), "url": answer["url"]}
        return facts | ({"fields": answer["fields"]} if answer.get("fields") else {})

    return Step(name=name, method="POST", path="/artifacts", body=_json(body), learn=learn, keeps_secret=True)


def _status(record: Mapping[str, Any], place: Place, known: Facts) -> Step | None:
    if "done" in known:
        return None
    body = {"status": record["status"]}
    if record["status"] in FINAL:
        body["endtime"] = server_form(record["at"])
    return _put_run(place.run_id, "status", body)


def _end(record: Mapping[str, Any], place: Place, known: Facts) -> Step | None:
    """DLV-072; an `end` record without a status, or in a journal without a `run` record, does not come here."""
    if place.run.get("status_of", {}).get(place.journal) == record["status"]:
        return None
    return _status(record, place, known)


def _grid_of(record: Mapping[str, Any], place: Place, known: Facts) -> str | None:
    grid: str | None = known.get("grid") or place.run.get("grids", {}).get(record["name"])
    return grid


def _grid(record: Mapping[str, Any], place: Place, known: Facts) -> Step | None:
    if "ticks" in record and "grid" not in known:
        body = _json({"name": record["name"], "labels": record["labels"], "grid": record["ticks"]})
        learn = _identifier("grid")
        return Step(name="grid", method="POST", path="/grids", body=body, learn=learn, conflict_is_success=True)
    grid = _grid_of(record, place, known)
    if grid is None:
        raise Impossible(f"the run has no grid named {record['name']!r}; write its labels and ticks first")
    metrics = record.get("metrics", ())
    done = known.get("metrics", 0)
    if done == len(metrics):
        return None
    path = _path("runs", place.run_id, "grids", grid)
    body = _json({"metric": metrics[done]})
    return Step(name=f"metric-{done}", method="PUT", path=path, body=body, learn=lambda _: {"metrics": done + 1})


_OPERATIONS: dict[str, Callable[[Mapping[str, Any], Place, Facts], Step | Inspect | None]] = {
    "run": _run,
    "metadata": _metadata,
    "tags": _tags,
    "folder": _folder_details,
    "alert": _alert,
    "alert_state": _alert_state,
    "artifact": _artifact,
    "status": _status,
    "end": _end,
    "grid": _grid,
}

"""What every kind of record becomes on a server: the table of `spec/v1/delivery.md` as code (DLV-060 to DLV-077).

A record whose delivery takes one request after another is an *operation*: `next_step` returns its next request
from what the answers before have taught (`known`), until there is none. Records of series (metrics, events,
tensors) travel in batches instead: `core.batching`. Carrying requests out, and what to do with answers that are
not good, is left to `simvue.delivery`. Tests: tests/core/test_mapping.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from simvue.core.timestamps import server_form

__all__ = ["FINAL", "Facts", "Impossible", "Inspect", "Place", "Step", "concluded", "next_step"]

Facts = dict[str, Any]
"""What answers have taught: JSON values only, since they are kept in the sender's state."""

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


class Impossible(Exception):  # noqa: N818 - a verdict on a record, caught where it becomes a dead letter
    """The record cannot be delivered, whatever the server answers; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a record stands: its journal and run, and what is known about the run on the server."""

    journal: str
    run_key: str
    run: Mapping[str, Any]
    cwd: str | None = None

    @property
    def run_id(self) -> str:
        """The server's identifier of the run; the run exists by the time anything asks (DLV-016)."""
        return str(self.run["id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request of an operation. `name` is the last part of its key, `learn` takes facts out of its answer."""

    name: str
    method: str
    path: str
    body: bytes = b""
    content_type: str = "application/json"
    query: tuple[tuple[str, str], ...] = ()
    learn: Callable[[Any], Facts] = lambda _: {}
    conflict_is_success: bool = False
    """Whether an answer 409 with an `id` is the answer wanted: the thing exists."""
    upload: Facts | None = None
    """For an upload: `url` and `fields` of the server, `path`, `size` and `name` of the file."""
    keeps_secret: bool = False
    """Whether the answer has a signed address, which is not written to the state (DLV-047)."""

    @property
    def is_lookup(self) -> bool:
        """Whether the request only asks, so that it needs no intent."""
        return self.method == "GET"


@dataclass(frozen=True, slots=True)
class Inspect:
    """The operation has to know a file's path, size and SHA-256, under the name `learns`, before it goes on.

    A file that is missing, or that has another `size` or `sha256` than given here, is not ready (DLV-070).
    """

    learns: str
    path: str | None
    stored: str | None
    size: int | None
    sha256: str | None


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
        status = record.get("status")
        if status or "id" not in place.run:
            facts["status"] = status or "running"
        return facts
    if kind in {"status", "end"}:
        return {"status": record["status"]}
    if kind == "alert" and "name" in record:
        return {"alerts": {record["name"]: known["alert"]}}
    if kind == "grid":
        facts = {"on_grid": dict.fromkeys(record.get("metrics", ()), known["grid"])}
        return facts | {"grids": {record["name"]: known["grid"]}}
    return {}


def _json(value: Any) -> bytes:
    return orjson.dumps(value)


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
    if body.get("folder", "/") != "/" and "folder" not in known:
        return _folder(body["folder"])
    if body and "done" not in known:
        return _put_run(run_id, "update", body)
    return None


def _create_run(record: Mapping[str, Any], place: Place, known: Facts) -> Step | None:
    """DLV-060, DLV-061: everything the record has, defaults for the rest, and the mark to find the run by."""
    defaults: Facts = {
        "name": place.run_key,
        "folder": "/",
        "status": "running",
        "started": server_form(record["at"]),
    }
    body = defaults | _run_body(record)
    metadata: Facts = record.get("metadata", {})
    body["metadata"] = metadata | {"simvue": {"journal": place.journal, "run": place.run_key}}
    if body["folder"] != "/" and "folder" not in known:
        return _folder(body["folder"])
    if "run" in known:
        return None
    return Step(name="create", method="POST", path="/runs", body=_json(body), learn=_identifier("run"))


def _put_run(run_id: str, name: str, body: Facts) -> Step:
    return Step(name=name, method="PUT", path=f"/runs/{run_id}", body=_json(body), learn=lambda _: {"done": True})


def _metadata(record: Mapping[str, Any], place: Place, known: Facts) -> Step | None:
    if "done" in known:
        return None
    return _put_run(place.run_id, "metadata", {"metadata": record["values"]})


def _look_at_run(place: Place, learn: Callable[[Any], Facts]) -> Step:
    return Step(name="look", method="GET", path=f"/runs/{place.run_id}", learn=learn)


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
    body = {theirs: record[ours] for ours, theirs in _HOLDS.items() if ours in record}
    if not body or "done" in known:
        return None
    path = f"/folders/{known['folder']}"
    return Step(name="details", method="PUT", path=path, body=_json(body), learn=lambda _: {"done": True})


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
    path = f"/alerts/{alert}/status/{place.run_id}"
    body = _json({"status": record["state"]})
    return Step(name="state", method="PUT", path=path, body=body, learn=lambda _: {"done": True})


def _artifact(record: Mapping[str, Any], place: Place, known: Facts) -> Step | Inspect | None:
    stored = record["sha256"] if record.get("stored") else None
    path = _absolute(record.get("path"), place)
    if "file" not in known:
        return Inspect("file", path, stored, record.get("size"), record.get("sha256"))
    file = known["file"]
    if "artifact" not in known:
        return _create_artifact(record, path or "", file)
    identifier = known["artifact"]
    if known.get("url") and "sent" not in known:
        upload = {"url": known["url"], "fields": known.get("fields"), "name": record["name"], **file}
        learned = {"sent": True, "artifact": identifier, "file": file}
        return Step(name="upload", method="PUT", path=known["url"], upload=upload, learn=lambda _: learned)
    if "sent" in known and "uploaded" not in known:
        if "checked" not in known:  # DLV-046: what was sent is what was hashed, if it is still the same
            return Inspect("checked", path, stored, file["size"], file["sha256"])
        body = _json({"uploaded": True})
        return Step(
            name="uploaded",
            method="PUT",
            path=f"/artifacts/{identifier}",
            body=body,
            learn=lambda _: {"uploaded": True},
        )
    if "done" in known:
        return None
    target = f"/runs/{place.run_id}/artifacts/{identifier}"
    body = _json({"category": record["category"]})
    return Step(name="attach", method="PUT", path=target, body=body, learn=lambda _: {"done": True})


def _absolute(path: str | None, place: Place) -> str | None:
    """Return the path from the root; a relative one starts at the header's `cwd` (REC-082)."""
    if path is None or path.startswith("/"):
        return path
    return f"{(place.cwd or '').rstrip('/')}/{path}"


def _create_artifact(record: Mapping[str, Any], path: str, file: Facts) -> Step:
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

    return Step(name="artifact", method="POST", path="/artifacts", body=_json(body), learn=learn, keeps_secret=True)


def _status(record: Mapping[str, Any], place: Place, known: Facts) -> Step | None:
    if "done" in known:
        return None
    body = {"status": record["status"]}
    if record["status"] in FINAL:
        body["endtime"] = server_form(record["at"])
    return _put_run(place.run_id, "status", body)


def _grid(record: Mapping[str, Any], place: Place, known: Facts) -> Step | None:
    if "grid" not in known:
        if "ticks" in record:
            body = _json({"name": record["name"], "labels": record["labels"], "grid": record["ticks"]})
            return Step(name="grid", method="POST", path="/grids", body=body, learn=_identifier("grid"))
        known["grid"] = place.run.get("grids", {}).get(record["name"])
    if known["grid"] is None:
        raise Impossible(f"the run has no grid named {record['name']!r}; write its labels and ticks first")
    metrics = record.get("metrics", ())
    done = known.get("metrics", 0)
    if done == len(metrics):
        return None
    path = f"/runs/{place.run_id}/grids/{known['grid']}"
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
    "end": _status,
    "grid": _grid,
}

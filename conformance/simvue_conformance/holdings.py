"""What a reference server holds of every run, as plain values that can be compared.

Asks over the REST API and with nothing of any client (SERVER-HTTP.md). What ought to be there is left to the roles.
Identifiers and times of the server's own are left out. Tests: tests/conformance/test_holdings.py.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote, urlsplit

__all__ = [
    "AXES",
    "Artifact",
    "Difference",
    "Event",
    "Grid",
    "Holding",
    "Point",
    "Server",
    "array",
    "compare",
    "differences",
    "folders",
    "holdings",
    "instant",
    "point",
    "series",
]

AXES = ("step", "time", "timestamp")
SHOWN = 3  # examples in one difference
DETAILS = ("system", "ttl", "heartbeat_timeout", "notifications", "visibility", "started", "endtime")
_SECOND = re.compile(r" \(\d+\)$")
FOLDER_DETAILS = ("description", "tags", "metadata", "ttl")


class Server(Protocol):
    """A reference server: `server.process.ServerProcess`, `server.local.LocalServer`, or a site of the sender role."""

    @property
    def authorization(self) -> dict[str, str]:
        """The header that the token makes."""
        ...

    def request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request and return status, headers and body."""
        ...


class Point(NamedTuple):
    """A value of a metric at its place on one axis; `value` is the double as Python writes it: `0.1`, `nan`, `-inf`."""

    place: float | str
    value: str


class Event(NamedTuple):
    """A message; `timestamp` as `instant` writes it."""

    timestamp: str
    level: str
    message: str


class Artifact(NamedTuple):
    """An artifact of a run; `sha256` is that of the bytes which the server holds, `nothing` where it holds none."""

    name: str
    category: str
    sha256: str
    mimetype: str
    path: str = ""
    metadata: str = "{}"


class Grid(NamedTuple):
    """The grid on which a metric lies; `ticks` as JSON."""

    name: str
    labels: tuple[str, ...]
    ticks: str


Series = Mapping[str, Counter[Point]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Everything of one run.

    Attributes:
        metadata: without the member `simvue`, which is the sender's.
        details: what else a run has, under the names of `DETAILS`.
        metrics: by name, then by axis, since a server shows a series along one axis at a time: multisets of points.
            Places on `time` are rounded to 1e-9 s.
        events: a multiset.
        alerts: by name; the members of the alert, those of its definition under `alert`, and `state`.
        tensors: by name of the metric, multisets of (step, time, timestamp, array as JSON).
        folder_details: `description`, `tags`, `metadata`, `ttl` of the folder the run lies in.
        id: the server's identifier; never compared.
    """

    name: str | None
    folder: str = "/"
    description: str | None = None
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    status: str = "running"
    details: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Series] = field(default_factory=dict)
    events: Counter[Event] = field(default_factory=Counter)
    alerts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    artifacts: Counter[Artifact] = field(default_factory=Counter)
    grids: Mapping[str, Grid] = field(default_factory=dict)
    tensors: Mapping[str, Counter[tuple[int, float, str, str]]] = field(default_factory=dict)
    folder_details: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""


# Values in the one form in which they are compared


def instant(at: str) -> str:
    """Write a date-time of a record as servers do: UTC, six decimals, no zone; further digits are cut."""
    return datetime.fromisoformat(at).astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def point(axis: str, place: float | str, value: float | str) -> Point:
    """Make a point; `value` may be a number or one of the strings that journals have for those that are not finite."""
    where = round(float(place), 9) if axis == "time" else place
    return Point(where, repr(float(value)))


def series(rows: Iterable[tuple[int, float, str, float | str]]) -> Series:
    """Make the series of a metric of rows (step, time, timestamp, value)."""
    listed = list(rows)
    return {axis: Counter(point(axis, row[place], row[3]) for row in listed) for place, axis in enumerate(AXES)}


def array(values: Any) -> str:
    """Write an array of a tensor as text; elements may be strings as in journals."""
    if isinstance(values, list):
        return f"[{', '.join(array(value) for value in values)}]"
    return repr(float(values))


# Asking


class _Asked:
    """Answers of a server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def get(self, path: str, **query: object) -> Any:
        """Return the answer to a GET below /api."""
        parameters = "&".join(
            f"{name}={quote(value if isinstance(value, str) else json.dumps(value))}" for name, value in query.items()
        )
        status, _, body = self._server.request("GET", f"/api{path}?{parameters}", self._server.authorization)
        if status != 200:
            raise RuntimeError(f"the reference server answered {status} to GET {path}: {body[:200]!r}")
        return json.loads(body)

    def rows(self, path: str, **query: object) -> list[dict[str, Any]]:
        """Return every row of a list."""
        found: list[dict[str, Any]] = self.get(path, **{"count": "0", "start": "0", "filters": "[]", **query})["data"]
        return found

    def content(self, address: str) -> bytes | None:
        """Return what was uploaded; None without an upload."""
        url = urlsplit(address)
        status, _, body = self._server.request("GET", f"{url.path}?{url.query}")
        return body if status == 200 else None


def _series(asked: _Asked, run: str) -> dict[str, Series]:
    along = {axis: asked.get("/metrics", runs=[run], xaxis=axis).get(run, {}) for axis in AXES}
    return {
        name: {axis: Counter(point(axis, row[axis], row["value"]) for row in along[axis][name]) for axis in AXES}
        for name in along["step"]
    }


def _alerts(run: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for entry in run["alerts"]:
        alert = entry["alert"]
        kept = {name: alert[name] for name in ("description", "source", "notification", "enabled", "abort", "alert")}
        found[_free(alert["name"], found)] = {**kept, "state": entry["status"]["current"]}
    return found


def _artifacts(asked: _Asked, run: str) -> Iterator[Artifact]:
    for row in asked.get(f"/runs/{run}/artifacts"):
        content = asked.content(row["url"]) if row["uploaded"] else None
        yield Artifact(
            name=row["name"],
            category=row["category"],
            sha256="nothing" if content is None else hashlib.sha256(content).hexdigest(),
            mimetype=row["mime_type"],
            path=row["original_path"] or "",
            metadata=json.dumps(row["metadata"] or {}, sort_keys=True),
        )


def _grids(asked: _Asked, run: str) -> dict[str, Grid]:
    found: dict[str, Grid] = {}
    for row in asked.get(f"/runs/{run}/grids"):
        ticks = json.dumps([[float(tick) for tick in axis] for axis in row["grid"]])
        found[_free(row["metric"], found)] = Grid(row["name"], tuple(row["labels"]), ticks)
    return found


def _tensors(asked: _Asked, run: str, metric: str) -> Counter[tuple[int, float, str, str]]:
    rows = asked.get(f"/runs/{run}/metrics/{quote(metric, safe='')}/values")["data"]
    return Counter((row["step"], round(row["time"], 9), row["timestamp"], array(row["array"])) for row in rows)


def _holding(asked: _Asked, run: Mapping[str, Any], kept_of_folders: Mapping[str, Mapping[str, Any]]) -> Holding:
    identifier = run["id"]
    metrics = _series(asked, identifier)
    return Holding(
        name=run["name"],
        folder=run["folder"],
        description=run["description"],
        tags=tuple(run["tags"]),
        metadata={name: value for name, value in run["metadata"].items() if name != "simvue"},
        status=run["status"],
        details={name: run[name] for name in DETAILS},
        metrics=metrics,
        events=Counter(
            Event(row["timestamp"], row["log_level"], row["message"]) for row in asked.rows("/events", run=identifier)
        ),
        alerts=_alerts(run),
        artifacts=Counter(_artifacts(asked, identifier)),
        grids=_grids(asked, identifier),
        tensors={name: _tensors(asked, identifier, name) for name in run["metrics"] if name not in metrics},
        folder_details=kept_of_folders.get(run["folder"], {}),
        id=identifier,
    )


def _free(name: str, taken: Collection[str]) -> str:
    """Return a name under which nothing is kept yet: a second `a` is `a (2)`."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def folders(server: Server) -> dict[str, Mapping[str, Any]]:
    """Return what the server holds of each folder, by its path."""
    rows = _Asked(server).rows("/folders")
    return {row["path"]: {name: row[name] for name in FOLDER_DETAILS} for row in rows}


def holdings(server: Server) -> dict[str, Holding]:
    """Return what the server holds of each run, by run key (DLV-061), or by name where no sender left a key.

    A second run of one key is there as `<key> (2)`: it shows in `differences`.
    """
    asked, found, details = _Asked(server), dict[str, Holding](), folders(server)
    for run in sorted(asked.rows("/runs"), key=lambda run: str(run["created"])):
        marks = run["metadata"].get("simvue")
        key = marks.get("run") if isinstance(marks, dict) else None
        found[_free(str(key or run["name"]), found)] = _holding(asked, run, details)
    return found


# Comparing

_ONLY_WHAT_IS_EXPECTED = ("details", "folder_details")


class Difference(NamedTuple):
    """How one thing differs, in words; `is_twice` where something is held more often than it was said."""

    words: str
    is_twice: bool = False


def differences(
    found: Mapping[str, Holding], expected: Mapping[str, Holding], *, without: Collection[str] = ()
) -> list[str]:
    """Return what `compare` finds, in words alone."""
    return [difference.words for difference in compare(found, expected, without=without)]


def compare(
    found: Mapping[str, Holding], expected: Mapping[str, Holding], *, without: Collection[str] = ()
) -> list[Difference]:
    """Return how what a server holds differs from what it ought to hold; nothing where it does not.

    Args:
        found: of `holdings`.
        expected: what ought to be there.
        without: names of members of `Holding` that are not looked at. Of `details` and `folder_details` only what
            `expected` names is looked at, whatever else the server has.
    """
    said = [Difference(f"run {key} is not there") for key in expected if key not in found]
    said += [
        Difference(f"run {key} is there and should not be", _SECOND.sub("", key) in expected)
        for key in found
        if key not in expected
    ]
    left_out = {"id", *without}
    for key in (key for key in expected if key in found):
        for member in (member.name for member in fields(Holding) if member.name not in left_out):
            have, want = getattr(found[key], member), getattr(expected[key], member)
            if member in _ONLY_WHAT_IS_EXPECTED:
                have = {name: value for name, value in have.items() if name in want}
            said += [
                Difference(f"run {key}: {words}", is_twice)
                for words, is_twice in _compared(member.replace("_", " "), have, want)
            ]
    return said


def _compared(what: str, have: Any, want: Any) -> Iterator[Difference]:
    if isinstance(have, Counter) and isinstance(want, Counter):
        yield from _counted(what, have, want)
    elif isinstance(have, Mapping) and isinstance(want, Mapping):
        for name in sorted({*have, *want}):
            if name not in have:
                yield Difference(f"{what} {name} is not there")
            elif name not in want:
                is_second = _SECOND.sub("", name) in want
                yield Difference(f"{what} {name} is there and should not be: {_shown(have[name])}", is_second)
            else:
                yield from _compared(f"{what} {name}", have[name], want[name])
    elif have != want or isinstance(have, bool) != isinstance(want, bool):
        yield Difference(f"{what} is {_shown(have)} and should be {_shown(want)}")


def _counted(what: str, have: Counter[Any], want: Counter[Any]) -> Iterator[Difference]:
    missing, extra = want - have, have - want
    twice = Counter({item: count for item, count in extra.items() if item in want})
    if missing:
        yield Difference(f"{what}: {missing.total()} of {want.total()} missing: {_examples(missing)}")
    if twice:
        yield Difference(f"{what}: {twice.total()} too many: {_examples(twice)}", is_twice=True)
    if other := extra - twice:
        yield Difference(f"{what}: {other.total()} that should not be there: {_examples(other)}")


def _examples(items: Counter[Any]) -> str:
    listed = sorted(items, key=repr)
    more = "" if len(listed) <= SHOWN else ", …"
    return ", ".join(_shown(tuple(item)) for item in listed[:SHOWN]) + more


def _shown(value: object) -> str:
    text = repr(dict(value)) if isinstance(value, Mapping) else repr(value)
    return text if len(text) <= 120 else f"{text[:117]}…"

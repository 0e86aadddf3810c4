"""Go on with a run that an earlier process began: by its key, or by what the server calls it.

Tests: tests/run/test_reconnect.py.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simvue import environment
from simvue.core import arguments
from simvue.core.plain import Json
from simvue.errors import SimvueRunError, WriterError
from simvue.run.control import known_runs
from simvue.run.located import Located

if TYPE_CHECKING:
    from simvue.run.online import Online

__all__ = ["Reconnecting"]

_IDENTIFIER = 22
"""Characters of the identifiers that a server gives: letters and digits."""
_TAIL = 1 << 16
_OWN = ("resources/", "sustainability.")
"""Metrics that count steps of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    """Where a run stopped: the next step, and the seconds from its start until now."""

    step: int = 0
    seconds: float = 0.0


class Reconnecting(Located):
    """The method of `Run` that begins it in place of `init`."""

    def reconnect(self, run_id: str | None = None, *, name: str | None = None, uid: str | None = None) -> bool:
        """Go on with a run that was begun before; its steps and times go on, too, as far as they are known.

        Args:
            run_id: Online the server's identifier, `run.id`. Offline the run key, `run.key`, or the server's
                identifier.
            name: Online, the run's name: accepted with a warning, and an error if several runs have it.
            uid: The same as `run_id`, in earlier versions.

        Raises:
            SimvueRunError: There is no such run, this one has begun already, or the server cannot be used.
        """
        if self._mode == "disabled":
            return True
        if self._begun is not None:
            return self._refuse(WriterError("this run has begun already; make another Run to reconnect to a run"))
        chosen = run_id if run_id is not None else uid
        if (chosen is None) == (name is None):
            return self._refuse(WriterError("reconnect: give the identifier of a run, reconnect(run_id)"))
        try:
            self._connect()
            members, point = self._found(chosen, name) if self._online else self._joined(chosen)
        except (WriterError, SimvueRunError) as error:
            return self._refuse(error)
        members["status"] = self._status = "running"
        if self._settings.run.record_system:
            members["system"] = environment.system_facts()
        has_begun = self._begin(members, step=point.step, seconds=point.seconds)
        if has_begun and not self._has_ended:
            self._announce("continued")
        return has_begun

    def _found(self, identifier: str | None, name: str | None) -> tuple[dict[str, Json], _Point]:
        """Ask the server for the run."""
        if self._online is None:
            return {}, _Point()
        found = None if identifier is None else self._online.ask(f"/runs/{identifier}")
        if found is None:
            found = _by_name(self._online, name if identifier is None else identifier)
        self._name, self._folder = found.get("name"), str(found.get("folder") or "/")
        return {"server_id": str(found["id"])}, _point_of(found)

    def _joined(self, identifier: str | None) -> tuple[dict[str, Json], _Point]:
        """Look for the run in the cache; a server's identifier that is unknown there is attached to."""
        if identifier is None:
            raise WriterError("reconnect(name=...): offline a run is found by its key; use reconnect(run.key)")
        cache = self._settings.cache
        known = known_runs(cache)
        self._key = known.get(identifier) or arguments.run_key(identifier)
        journals = sorted(Path(cache, "journals").glob(f"{self._key}-*.jsonl"))
        is_theirs = len(identifier) == _IDENTIFIER and identifier.isalnum() and self._key not in known.values()
        if is_theirs and not journals:
            return {"server_id": identifier}, _Point()
        self._name, self._folder = _described(journals)
        return {}, _last_of(journals)


def _by_name(online: "Online", name: str | None) -> Mapping[str, Any]:
    import orjson  # noqa: PLC0415 - loaded by the writer anyway

    wanted = orjson.dumps([f"name == {name}"]).decode()
    found = (online.ask("/runs", (("filters", wanted), ("count", "2"), ("start", "0"))) or {}).get("data", [])
    if len(found) != 1 or not isinstance(found[0], dict):
        many = "several runs are" if found else "no run is"
        raise WriterError(f"reconnect: {many} called {name!r} there; give the identifier of the run, run.id")
    warnings.warn(
        "reconnect(name): give the identifier of the run, reconnect(run.id)", DeprecationWarning, stacklevel=4
    )
    return found[0]


def _point_of(run: Mapping[str, Any]) -> _Point:
    """Return where a run stopped, by what the server says of it."""
    metrics = run.get("metrics")
    own = metrics.items() if isinstance(metrics, dict) else ()
    steps = [one.get("step") for name, one in own if isinstance(one, dict) and not name.startswith(_OWN)]
    last = max((step for step in steps if isinstance(step, int)), default=-1)
    return _Point(step=last + 1, seconds=_since(str(run.get("started"))))


def _described(journals: list[Path]) -> tuple[str | None, str]:
    """Return the name and the folder of a run, by the journal that describes it, if it is still here."""
    import orjson  # noqa: PLC0415 - loaded by the writer anyway

    for path in journals:
        try:
            with path.open("rb") as file:
                file.readline()
                first = orjson.loads(file.readline())
        except (OSError, ValueError):  # it is being delivered, or holds nothing yet
            continue
        if isinstance(first, dict) and "folder" in first:
            return first.get("name"), str(first["folder"])
    return None, "/"


def _last_of(journals: list[Path]) -> _Point:
    """Return where a run stopped, by the journals of it that are still here."""
    import orjson  # noqa: PLC0415 - loaded by the writer anyway

    step, seconds = -1, 0.0
    for path in journals:
        try:
            with path.open("rb") as file:
                begun = _since(str(orjson.loads(file.readline()).get("at")))
                if b'"status":"created"' not in file.readline():  # a run that was only announced had not started
                    seconds = max(seconds, begun)
                file.seek(max(file.tell(), path.stat().st_size - _TAIL))
                lines = file.read().split(b"\n")
        except (OSError, ValueError, AttributeError):  # it is being delivered, or is none of ours
            continue
        for line in lines:
            if line.startswith(b'{"kind":"metrics"'):
                try:
                    record = orjson.loads(line)
                except ValueError:  # cut off
                    continue
                names, number = record.get("values", {}), record.get("step")
                if isinstance(number, int) and not all(name.startswith(_OWN) for name in names):
                    step = max(step, number)
    return _Point(step=step + 1, seconds=seconds)


def _since(moment: str) -> float:
    """Return the seconds since a moment in ISO 8601, in UTC without an offset; 0 for anything else."""
    try:
        when = datetime.fromisoformat(moment)
    except ValueError:
        return 0.0
    when = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return max(0.0, (datetime.now(UTC) - when).total_seconds())

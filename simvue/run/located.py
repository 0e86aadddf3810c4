"""Run, as its server knows it: how it is reached, and what the run is called there.

Offline the same is told by what a sender left in the cache. Delivery is `simvue.run.online`.
Tests: tests/run/test_online.py.
"""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

from simvue.core.plain import Json
from simvue.errors import SimvueRunError
from simvue.journal.warning import warn
from simvue.run.life import PATIENCE, Living

__all__ = ["Located"]

_told: set[str] = set()
"""Remarks on the configuration that the user knows by now."""


class ServerRun:
    """Times of a run on the server, for programs that record what happened earlier; records cannot hold them."""

    def __init__(self, run: "Located") -> None:
        self._run = run
        self.started: datetime | str | None = None
        """When the run began; sent by `commit`."""
        self.endtime: datetime | str | None = None
        """When it ended; sent by `commit`, and again after the run's end."""

    @property
    def _offline(self) -> bool:
        return self._run.mode != "online"

    def commit(self) -> None:
        """Send the times that are set to the server."""
        times = {name: _server_form(value) for name in ("started", "endtime") if (value := getattr(self, name))}
        if times and not self._run.put_times(times):
            warn(f"{' and '.join(times)} of the run {self._run.id} could not be set on a server")


class Located(Living):
    """The run's place on a server."""

    _name: str | None = None
    _server_run: ServerRun | None = None

    @property
    def _sv_obj(self) -> ServerRun | None:
        """The run's times, once it has begun; the name is that of the published client."""
        if self._begun is not None and self._server_run is None:
            self._server_run = ServerRun(self)
        return self._server_run

    def put_times(self, times: Mapping[str, object]) -> bool:
        """Set when the run began and ended on its server; return whether there is one that took it."""
        return self._online is not None and self._online.put(f"/runs/{self.id}", times)

    def conclude(self, reason: str | None, patience: float = PATIENCE) -> None:
        """End the run, and put its end where the program wants it."""
        super().conclude(reason, patience)
        times = self._server_run
        if times is not None and times.endtime is not None and self._online is not None and self._has_ended:
            times.commit()

    @property
    def mode(self) -> str:
        """The mode: online, offline or disabled."""
        return self._mode

    _term_color = True

    @property
    def id(self) -> str | None:
        """Online the server's identifier of the run, None before `init`; offline the run key."""
        if self._mode != "online":
            return self._key
        found = self._known().get("server_id")
        return None if found is None else str(found)

    @property
    def url(self) -> str | None:
        """The run's page on the server; None until the run is there."""
        known = self._known() if self._mode != "disabled" else {}
        if "server_id" not in known or "server" not in known:
            return None
        return f"{str(known['server']).rstrip('/').removesuffix('/api')}/dashboard/runs/run/{known['server_id']}"

    @property
    def name(self) -> str | None:
        """The run's name: that of `init`, or else the one that the server gave; None while there is none."""
        if self._name is None and self._online is not None and (identifier := self.id) is not None:
            found = (self._online.ask(f"/runs/{identifier}") or {}).get("name")
            self._name = None if found is None else str(found)
        return self._name

    def _server_alerts(self, names: list[str]) -> dict[str, str]:
        return {} if self._online is None else self._online.alerts_named(names)

    def _define_on_server(self, members: dict[str, Json]) -> str:
        if self._online is None:
            raise SimvueRunError("an alert that is not attached to the run needs a server; attach it, or use Client")
        return self._online.define_alert(members)

    def _connect(self) -> None:
        """Online, reach the server; raises SimvueRunError."""
        if self._mode == "online":
            for note in self._settings.notes:
                if note not in _told:
                    _told.add(note)
                    warn(note)
            from simvue.run.online import Online  # noqa: PLC0415 - loads an HTTP library

            online = Online(self._settings, self._key, self._has_moved)
            online.open()
            self._online = online

    def _announce(self, event: str) -> None:
        """Say on a terminal what has begun, and where it can be seen."""
        with suppress(Exception):  # the program's output is its own
            if not sys.stdout.isatty():
                return
            on, off = ("\033[1;32m", "\033[0m") if self._term_color and not os.environ.get("NO_COLOR") else ("", "")
            lines = [f"Run {self._name or self.id} {event}"]
            if (url := self.url) is not None:
                lines.append(f"Monitor in the UI at {url}")
            sys.stdout.write("".join(f"{on}[simvue] {line}{off}\n" for line in lines))
            sys.stdout.flush()


def _server_form(moment: datetime | str) -> str:
    """Return a time as the server writes it: UTC, six decimals, no zone."""
    when = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    aware = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")

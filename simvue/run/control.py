"""What the server wants of a run: read from the control file that its sender leaves for it (DLV-052).

A look costs one `stat`. Where the file comes from is in `spec/v1/delivery.md`, what an abort means for the run in
`simvue.run.life`. Tests: tests/run/test_abort.py.
"""

import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from time import monotonic_ns
from typing import Any

from simvue.journal.clock import Clock
from simvue.journal.writer import Limits, Place, Writer

__all__ = ["AttendedWriter", "Control", "Watch", "known_runs"]


class Control:
    """The control file of one run, as far as it is there."""

    def __init__(self, cache: str | os.PathLike[str], key: str) -> None:
        self._path = Path(cache, "control", f"{key}.json")
        self._seen: tuple[int, int, int] | None = None
        self._content: Mapping[str, Any] = {}

    def read(self) -> Mapping[str, Any]:
        """Return what the file says: `server_id`, `server`, `abort`; nothing before the run is on a server."""
        with suppress(OSError):  # there is none, or it is being replaced: the next look finds it
            found = self._path.stat()
            seen = (found.st_mtime_ns, found.st_ino, found.st_size)
            if seen != self._seen:
                self._content = _parsed(self._path.read_bytes())
                self._seen = seen
        return self._content

    @property
    def wants_abort(self) -> bool:
        """Whether the server asks for the end of the run."""
        return self.read().get("abort") is True


class AttendedWriter(Writer):
    """A writer whose keeper also looks after the run, and that can go on where another process stopped."""

    def __init__(
        self, place: Place, limits: Limits, attend: Callable[[], None], *, step: int = 0, seconds: float = 0.0
    ) -> None:
        """Call `attend` every few seconds; count metrics from `step` on, and time from `seconds` ago."""
        super().__init__(place, limits)
        self._attend_run = attend
        if step or seconds:
            self._reset(Clock(monotonic_ns() - round(seconds * 1e9)))
            self._steps = count(step)

    def tend(self) -> bool:
        """Look after the run, then do what is due."""
        self._attend_run()
        return super().tend()


class Watch:
    """Calls a function every `interval` seconds in a thread of its own, until stopped."""

    def __init__(self, attend: Callable[[], None], interval: float) -> None:
        self._stopped = threading.Event()
        self._attend, self._interval = attend, interval
        with suppress(RuntimeError):  # no more threads are allowed: the writer's keeper looks as well
            threading.Thread(target=self._watch, name="simvue-watch", daemon=True).start()

    def stop(self) -> None:
        """Let the thread end; it is not waited for."""
        self._stopped.set()

    def _watch(self) -> None:
        while not self._stopped.wait(self._interval):
            self._attend()


def known_runs(cache: str | os.PathLike[str]) -> dict[str, str]:
    """Return the keys of the runs of a cache by the server's identifiers, as far as its sender knows them."""
    with suppress(OSError):
        found = [_parsed(path.read_bytes()) for path in Path(cache, "control").glob("*.json")]
        return {str(one["server_id"]): str(one["run"]) for one in found if "server_id" in one and "run" in one}
    return {}


def _parsed(data: bytes) -> Mapping[str, Any]:
    import orjson  # noqa: PLC0415 - loaded by the writer anyway

    with suppress(ValueError):
        content = orjson.loads(data)
        if isinstance(content, dict):
            return content
    return {}

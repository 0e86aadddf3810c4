"""Remember what people were told, so that cron mails a cause once, and again after a day while it lasts.

The memory lies in the cache; where the cache takes nothing, or is not known because the configuration cannot be read,
in the temporary directory of the node. Losing it costs a repeated line. Tests: tests/sender/test_news.py.
"""

import hashlib
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

import orjson

from simvue.delivery.world import World

__all__ = ["AGAIN", "Memory", "Told", "news"]

AGAIN = 24 * 3600.0
"""Seconds after which a cause that lasts is told again."""

Told = dict[str, float]
"""Cause → when it was told, in seconds since 1970."""


def news(causes: dict[str, str], told: Told, now: float, *, complete: bool) -> tuple[list[str], Told]:
    """Return what a person should read now, and what has been told then.

    Unless the causes are `complete`, those that are missing may still be there, and are remembered for a day.
    """
    fresh = {cause: abs(now - when) < AGAIN for cause, when in told.items()}
    lines = dict.fromkeys(text for cause, text in causes.items() if not fresh.get(cause))
    kept = {cause: when for cause, when in told.items() if fresh[cause] and (cause in causes or not complete)}
    new = {cause: now for cause in causes if not fresh.get(cause)}
    return list(lines), kept | new


class Memory:
    """The file with what was told, in the first place that takes one."""

    def __init__(self, world: World, cache: str | None) -> None:
        self._world = world
        self._places = [] if cache is None else [Path(cache, "sender", "told.json")]
        name = hashlib.sha256((cache or "").encode(errors="surrogateescape")).hexdigest()[:16]
        with suppress(FileNotFoundError):  # there may be no directory that takes a file
            self._places.append(Path(tempfile.gettempdir(), f"simvue_sender-{os.geteuid()}", f"{name}.json"))

    def recall(self) -> Told:
        """Return what was told, by whichever place remembers it last; nothing where none can be read."""
        told: Told = {}
        for place in self._places:
            try:
                rows = orjson.loads(self._world.read(str(place)))
                found = {str(cause): float(when) for cause, when in rows.items()}
            except (OSError, ValueError, TypeError, AttributeError):
                continue
            told |= {cause: max(when, told.get(cause, when)) for cause, when in found.items()}
        return told

    def remember(self, told: Told) -> None:
        """Keep what was told. Where nothing can be kept, it will be told again."""
        if told == self.recall():
            return
        for place in self._places:
            try:
                _make_own_directory(place.parent)
                self._world.replace(str(place), orjson.dumps(told) + b"\n")
            except OSError:
                continue
            self._forget_others(place)
            return

    def _forget_others(self, kept: Path) -> None:
        for place in self._places:
            if place != kept:
                try:
                    self._world.unlink(str(place))
                except OSError:
                    continue


def _make_own_directory(path: Path) -> None:
    """Make a directory that nobody else can have prepared: anyone may write where it lies."""
    path.mkdir(mode=0o700, exist_ok=True)
    facts = path.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid() or facts.st_mode & 0o022:
        raise OSError(f"{path} is not a directory of ours alone")

"""Know that there is nothing to do, from two listings and one small note, without lease or state.

A pass that leaves nothing open writes the note: until when no journal's retention ends and nobody has to be reminded of
anything, and which remarks on the configuration were made. A pass begins by removing it, so that a pass which did not
end in order is followed by a whole one. It imports next to nothing, on purpose. Tests: tests/sender/test_idle.py.
"""

import os
import time
from collections.abc import Iterable

from simvue.delivery.layout import Layout, is_journal_name

__all__ = ["forget_idle", "is_idle", "note_idle"]

_FOREVER = 9e15


def is_idle(cache: str, notes: Iterable[str]) -> bool:
    """Whether a pass over the cache would find nothing to do and nothing to say."""
    layout = Layout(cache)
    if any(is_journal_name(name) for name in _names(layout.journals)) or _names(layout.online):
        return False
    try:
        with open(_path(cache), encoding="utf-8") as file:  # noqa: PTH123 - pathlib would add to the start
            until, *told = file.read().splitlines()
        return time.time() < float(until) and set(told) == set(notes)
    except FileNotFoundError:
        return not os.path.isdir(layout.sender) and not set(notes)  # noqa: PTH112 - as above
    except ValueError:
        return False


def _names(path: str) -> list[str]:
    try:
        return os.listdir(path)  # noqa: PTH208 - pathlib would add to the start
    except FileNotFoundError:
        return []


def note_idle(cache: str, until: float | None, notes: Iterable[str]) -> None:
    """Say that nothing is to be done until then, unless a journal appears or the configuration changes its remarks."""
    temporary = f"{_path(cache)}.{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write("\n".join([str(_FOREVER if until is None else until), *sorted(set(notes))]) + "\n")
    os.replace(temporary, _path(cache))  # noqa: PTH105


def forget_idle(cache: str) -> None:
    """Say nothing any more: a pass is under way."""
    try:
        os.unlink(_path(cache))  # noqa: PTH108
    except OSError:
        return  # it is not there, or nothing can be written, and then no pass will get far


def _path(cache: str) -> str:
    return f"{cache}/sender/idle"

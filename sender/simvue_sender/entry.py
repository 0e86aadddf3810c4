"""Start `simvue_sender`: cron starts it every minute, mostly for nothing, and then it should cost nothing.

So before a command line is even parsed, a call as cron makes it looks whether there is anything to do, with no more
than the configuration and one listing. Everything else is left to `cli`. Tests: tests/sender/test_idle.py.
"""

import gc
import os
import sys

__all__ = ["main"]


def _cache_asked_for() -> str | None:
    """Return the cache named on a command line that asks for nothing else; empty where it names none."""
    match sys.argv[1:]:
        case []:
            return ""
        case ["--cache", cache]:
            return cache
        case [option] if option.startswith("--cache="):
            return option.removeprefix("--cache=")
    return None


def _has_nothing_to_do() -> bool:
    cache = _cache_asked_for()
    if cache is None or sys.stderr is None or sys.stderr.isatty():
        return False
    from simvue.errors import SimvueError  # noqa: PLC0415 - not before it is needed: that is the point
    from simvue_sender.configuration import offline_settings  # noqa: PLC0415
    from simvue_sender.idle import is_idle  # noqa: PLC0415

    try:
        settings = offline_settings(cache or None)
        return is_idle(os.fspath(settings.cache), settings.notes)
    except (OSError, SimvueError):
        return False  # the command says what is wrong


def main() -> None:
    """Run the command line."""
    if _has_nothing_to_do():
        return
    gc.set_threshold(100_000, 50, 50)  # records are many, and die young without a cycle among them
    from simvue_sender.cli import command  # noqa: PLC0415 - see above

    command(prog_name="simvue_sender")

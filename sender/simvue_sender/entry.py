"""Start `simvue_sender`: cron starts it every minute, mostly for nothing, and then it should cost nothing.

So before a command line is even parsed, a call without arguments looks whether there is anything to do.
Everything else is left to `cli`. Tests: tests/sender/test_cli.py.
"""

import sys

__all__ = ["main"]


def _has_nothing_to_do() -> bool:
    from simvue.config import load
    from simvue.delivery.layout import Layout
    from simvue.delivery.os_world import OsWorld
    from simvue.errors import SimvueError
    from simvue_sender.sweep import is_idle

    try:
        return is_idle(OsWorld(), Layout(str(load(mode="offline").cache)))
    except (OSError, SimvueError):
        return False  # the command says what is wrong


def main() -> None:
    """Run the command line."""
    if len(sys.argv) == 1 and not sys.stderr.isatty() and _has_nothing_to_do():
        return
    from simvue_sender.cli import command

    command(prog_name="simvue_sender")

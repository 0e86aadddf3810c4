"""The command line of the sender: options, output and exit codes, nothing else.

Tests: tests/sender/test_exit_codes.py.
"""

import os
import resource
import shlex
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import click
import orjson

from simvue._version import __version__
from simvue.config import Settings
from simvue.delivery.exchange import Policy
from simvue.delivery.layout import Layout
from simvue.delivery.os_world import OsWorld
from simvue.delivery.passes import unwatched
from simvue.delivery.receipts import next_look
from simvue.errors import SimvueError
from simvue.journal.schemas import checker
from simvue_sender.configuration import offline_settings
from simvue_sender.connection import Connection
from simvue_sender.console import Progress, Stop, log_path, start_log
from simvue_sender.dead import every
from simvue_sender.dead_cli import dead_group
from simvue_sender.idle import forget_idle, note_idle
from simvue_sender.report import DEAD_LETTERS, Exit, Summary, cut, one_line, printable
from simvue_sender.rounds import sweep_all
from simvue_sender.told import AGAIN, Memory, Told, news

__all__ = ["command"]

_DAY, _HOUR = 86400.0, 3600.0
_REMARK = "remark/"

_HELP = """Deliver the journals of a cache to a Simvue server, each record exactly once.

Without a command it makes one pass and ends: run it from cron, every minute, on any login node, or on several. It
prints nothing while all is well, and one line when somebody should know something, again after a day while that
lasts; details are in CACHE/sender/sender.log. On a terminal it says what it does.

\b
Examples:
  simvue_sender                      one pass over the configured cache
  simvue_sender --verbose            the same, with every request
  simvue_sender --json               one object with counts, for monitoring
  simvue_sender --cache /data/simvue --max-seconds 600
  simvue_sender dead list            records that were refused
  * * * * * $HOME/simvue_sender.sh   in the crontab, see the documentation

\b
Exit codes:
   0  done, or nothing to do, or another sender is at work
  10  something is left for the next pass
  20  this pass made dead letters
  30  the configuration has to be mended, or the server refuses the token
  40  the sender's state cannot be written, so nothing was sent
  50  the lease was lost to another sender
  69  the server cannot be reached
  70  a defect of the sender
"""


@click.group(invoke_without_command=True, help=_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--cache", type=click.Path(file_okay=False), help="The cache, in place of the configured one.")
@click.option("--max-seconds", type=click.FloatRange(min=1), help="End the pass after so long (50, or as configured).")
@click.option("--json", "as_json", is_flag=True, help="Print one object that says what the pass did.")
@click.option("-v", "--verbose", is_flag=True, help="Say on standard error what is done.")
@click.version_option(__version__, prog_name="simvue_sender")
@click.pass_context
def command(
    context: click.Context, cache: str | None, max_seconds: float | None, *, as_json: bool, verbose: bool
) -> None:
    """Make one pass unless a command is given."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # memory holds the token
    speaker = _Speaker(cache, as_json=as_json, is_watched=verbose or sys.stderr.isatty())
    try:
        settings = offline_settings(cache)
    except SimvueError as error:
        summary = Summary("", failure=str(error), exit=Exit.CONFIGURATION)
        speaker.say(summary, (), None)
        context.exit(summary.exit)
    layout = Layout(os.fspath(settings.cache))
    context.obj = layout
    if context.invoked_subcommand is not None:
        return
    start_log(layout, verbose=verbose)
    forget_idle(layout.cache)
    connection = Connection(cache)
    summary = _one_pass(settings, layout, connection, max_seconds, is_shown=sys.stderr.isatty() and not verbose)
    speaker.say(summary, {*settings.notes, *connection.notes}, layout)
    context.exit(summary.exit)


command.add_command(dead_group)


def _one_pass(
    settings: Settings, layout: Layout, connection: Connection, max_seconds: float | None, *, is_shown: bool
) -> Summary:
    stop, progress = Stop(), Progress()
    summary = sweep_all(
        OsWorld(connection),
        layout,
        checker(),
        _policy(settings, max_seconds),
        connection.address,
        progress if is_shown else unwatched,
        lambda: bool(stop),
        in_threads=True,
    )
    progress.clear()
    summary.stopped = stop.name
    return summary


def _policy(settings: Settings, max_seconds: float | None) -> Policy:
    sender = settings.sender
    return Policy(
        seconds=sender.max_seconds if max_seconds is None else max_seconds,
        connections=sender.connections,
        retention=sender.retention_days * _DAY,
        stale_after=sender.stale_after_hours * _HOUR,
        adopt_after=sender.adopt_after_seconds,
        artifact_roots=sender.artifact_roots,
    )


class _Speaker:
    """Says what came of a pass: to a person who watches all of it, to cron what is news."""

    def __init__(self, cache: str | None, *, as_json: bool, is_watched: bool) -> None:
        self._command = "simvue_sender" if cache is None else f"simvue_sender --cache {shlex.quote(cache)}"
        self._as_json, self._is_watched = as_json, is_watched
        self._world = OsWorld()

    def say(self, summary: Summary, remarks: Iterable[str], layout: Layout | None) -> None:
        """Print what there is to say, and remember what cron was told; without a layout, the cache is not known."""
        remarks = sorted(set(remarks))
        if self._as_json:
            click.echo(orjson.dumps(summary.to_json() | {"notes": remarks}))
        memory = Memory(self._world, layout.cache if layout else None)
        told = memory.recall() if not summary.busy else {}
        causes = {} if summary.busy else summary.causes(self._command) | self._reminders(told, layout)
        causes |= {f"{_REMARK}{remark}": remark for remark in remarks}
        if self._is_watched:
            self._show(summary, causes)
        elif not summary.busy:
            told = self._tell(summary, causes, told, layout)
            memory.remember(told)
        if layout and summary.is_whole and not summary.journals and not self._is_watched:
            self._note_idle(layout, told, remarks)

    def _show(self, summary: Summary, causes: dict[str, str]) -> None:
        for text in dict.fromkeys(causes.values()):
            first, *more = text.splitlines() or [""]
            click.echo(f"simvue_sender: {printable(first)}", err=True)
            for line in more:
                click.echo(printable(line), err=True)
        if not summary.failure:
            click.echo(f"simvue_sender: {printable(summary.text())}", err=True)

    def _tell(self, summary: Summary, causes: dict[str, str], told: Told, layout: Layout | None) -> Told:
        lines, told = news(causes, told, time.time(), complete=summary.is_whole)
        for line in cut(lines, log_path(layout) if layout else "simvue_sender --verbose"):
            click.echo(f"simvue_sender: {one_line(line)}", err=True)
        return told

    def _reminders(self, told: Told, layout: Layout | None) -> dict[str, str]:
        """Return the dead letters of earlier passes that people were told of, and nobody has seen to."""
        if layout is None:
            return {}
        known = {cause.removeprefix(DEAD_LETTERS) for cause in told if cause.startswith(DEAD_LETTERS)}
        journals = {letter.journal for letter in every(self._world, layout)} if known else set()
        waiting = [DEAD_LETTERS + journal for journal in sorted(known & journals)]
        text = f"dead letters of {len(waiting)} journal(s) wait to be seen to; see: {self._command} dead list"
        return dict.fromkeys(waiting, text)

    def _note_idle(self, layout: Layout, told: Told, remarks: list[str]) -> None:
        """Let the next calls be cheap, as long as nothing happens."""
        look: datetime | None = next_look(self._world, layout)
        times = [when + AGAIN for when in told.values()]
        times += [look.astimezone(UTC).timestamp()] if look else []
        if Path(layout.sender).is_dir():
            try:
                note_idle(layout.cache, min(times, default=None), remarks)
            except OSError:
                return  # the next pass is a whole one again

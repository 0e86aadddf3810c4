"""The command line of the sender: options, output and exit codes, nothing else. Tests: tests/sender/test_cli.py."""

import logging
import logging.handlers
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import click
import orjson

from simvue._version import __version__
from simvue.config import Settings, load
from simvue.core.http import Request, Response, Transport
from simvue.core.ledger import Ledger
from simvue.core.reading import Checker
from simvue.delivery.deadletters import DeadLetter
from simvue.delivery.exchange import Policy
from simvue.delivery.layout import Layout
from simvue.delivery.os_world import OsWorld
from simvue.delivery.world import World
from simvue.errors import ConfigurationError, SimvueError
from simvue.journal.schemas import checker
from simvue_sender import dead
from simvue_sender.report import Exit, Summary, printable
from simvue_sender.sweep import sweep

__all__ = ["command"]

_DAY, _HOUR = 86400.0, 3600.0
_LOG_SIZE, _LOGS = 1024 * 1024, 3

_HELP = """Deliver the journals of a cache to a Simvue server, each record exactly once.

Without a command it makes one pass and ends: run it from cron, every minute, on any login node, or on several. It prints
nothing while all is well, one line when somebody should know something; details are in CACHE/sender/sender.log.

\b
Examples:
  simvue_sender                      one pass over the configured cache
  simvue_sender --verbose            the same, saying what it does
  simvue_sender --json               one object with counts, for monitoring
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
"""


def _settings(cache: str | None) -> Settings:
    return load(mode="offline", cache=cache)


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


class _Connection:
    """Finds the server when there is something to send: only then are its address, token and a library needed."""

    def __init__(self, cache: str | None) -> None:
        self._cache = cache
        self._transport: Transport | None = None
        self.notes: list[str] = []

    def address(self) -> str:
        """Return the server's address, and be able to send from now on."""
        from simvue.server.session import HttpTransport

        settings = load(mode="online", cache=self._cache)
        self.notes.extend(settings.notes)
        server = settings.server
        if server is None:
            raise ConfigurationError("no server is configured; write [server] url and token into ~/.simvue.ini")
        certificates = server.certificates
        self._transport = HttpTransport(
            server.url,
            server.token,
            server_certificate=certificates.server,
            storage_certificate=certificates.storage,
        )
        return server.url

    def __call__(self, request: Request) -> Response:
        if self._transport is None:
            self.address()
        assert self._transport is not None  # noqa: S101 - for the type checker
        return self._transport(request)


def _start_log(layout: Layout, *, verbose: bool) -> None:
    """Send details to the log in the cache, and with `--verbose` to standard error as well."""
    logger = logging.getLogger("simvue")
    ours = logging.getLogger("simvue_sender")
    handlers: list[logging.Handler] = []
    try:
        Path(layout.sender).mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{layout.sender}/sender.log"
        handlers.append(logging.handlers.RotatingFileHandler(name, maxBytes=_LOG_SIZE, backupCount=_LOGS, delay=True))
    except OSError as error:
        click.echo(f"simvue_sender: no log in {layout.sender}: {error.strerror}", err=True)
    if verbose:
        handlers.append(logging.StreamHandler(sys.stderr))
    for handler in handlers:
        handler.setFormatter(_Printable("%(asctime)s %(process)d %(levelname)s %(message)s"))
        for each in (logger, ours):
            each.addHandler(handler)
    for each in (logger, ours):
        each.setLevel(logging.INFO)
        each.propagate = False


class _Printable(logging.Formatter):
    """Journals and servers write into the log: nothing of theirs may steer the terminal that shows it (DLV-048)."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


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
    try:
        settings = _settings(cache)
    except SimvueError as error:
        click.echo(f"simvue_sender: {printable(str(error))}", err=True)
        context.exit(Exit.CONFIGURATION)
    layout = Layout(str(settings.cache))
    context.obj = layout
    if context.invoked_subcommand is not None:
        return
    _start_log(layout, verbose=verbose)
    connection = _Connection(cache)
    world, policy = OsWorld(connection), _policy(settings, max_seconds)
    make_pass = sweep if as_json or not sys.stderr.isatty() else _with_progress
    summary, lines = make_pass(world, layout, checker(), policy, connection.address)
    notes = sorted({*settings.notes, *connection.notes})
    if as_json:
        click.echo(orjson.dumps(summary.to_json() | {"notes": notes}))
    for line in lines:
        click.echo(line, err=True)
    if verbose or sys.stderr.isatty():
        for note in notes:
            click.echo(f"simvue_sender: {printable(note)}", err=True)
        click.echo(f"simvue_sender: {printable(summary.text())}", err=True)
    context.exit(summary.exit)


def _with_progress(
    world: World, layout: Layout, known: Checker, policy: Policy, address: Callable[[], str]
) -> tuple[Summary, list[str]]:
    """Show on the terminal how far the pass is."""
    shown = 0

    def watch(done: int, left: int, ledger: Ledger) -> None:
        nonlocal shown
        waiting = sum(max(0, account.size - account.reader.judged) for account in ledger.journals.values())
        line = f"runs: {done} done, {left} to go; {waiting / 1e6:,.1f} MB waiting"
        click.echo(f"\r{line:<{shown}}", err=True, nl=False)
        shown = len(line)

    result = sweep(world, layout, known, policy, address, watch)
    if shown:
        click.echo(f"\r{'':<{shown}}\r", err=True, nl=False)
    return result


@command.group("dead")
def dead_group() -> None:
    """Records that were refused: kept whole, until somebody has seen to them."""


_journal = click.argument("journal")
_offset = click.argument("offset", type=int, required=False)


@dead_group.command("list")
@click.option("--all", "settled", is_flag=True, help="Also those that were seen to.")
@click.option("--json", "as_json", is_flag=True, help="One object a line.")
@click.pass_obj
def list_dead(layout: Layout, *, settled: bool, as_json: bool) -> None:
    """List dead letters: journal, offset, and why each was refused.

    \b
    Example: simvue_sender dead list
    """
    count = 0
    for letter in dead.every(OsWorld(), layout, settled=settled):
        count += 1
        click.echo(_as_json(letter) if as_json else _as_line(letter))
    if not count and not as_json:
        click.echo("no dead letters")


def _as_json(letter: DeadLetter) -> bytes:
    return orjson.dumps(asdict(replace(letter, raw=b"")) | {"raw": letter.raw.decode(errors="replace")})


def _as_line(letter: DeadLetter) -> str:
    why = f"[{letter.requirement}] {letter.reason}" if letter.requirement else letter.reason
    state = "" if letter.state == "kept" else f" ({letter.state})"
    return printable(f"{letter.journal} {letter.offset} line {letter.line}, refused by the {letter.by}: {why}{state}")


@dead_group.command("show")
@_journal
@_offset
@click.pass_obj
def show_dead(layout: Layout, journal: str, offset: int | None) -> None:
    """Show the dead letters of JOURNAL, or the one at OFFSET, with their bytes."""
    for letter in dead.every(OsWorld(), layout, settled=True):
        if letter.journal == journal and offset in {None, letter.offset}:
            click.echo(_as_line(letter))
            click.echo(f"    {printable(letter.raw.decode(errors='backslashreplace'))}")


@dead_group.command("retry")
@_journal
@_offset
@click.pass_context
def retry_dead(context: click.Context, journal: str, offset: int | None) -> None:
    """Have the records of JOURNAL that the server refused sent again in the next pass."""
    _act(context, dead.retry, journal, offset, "will be sent again in the next pass")


@dead_group.command("drop")
@_journal
@_offset
@click.pass_context
def drop_dead(context: click.Context, journal: str, offset: int | None) -> None:
    """Mark the dead letters of JOURNAL as seen to, so that the journal's retention can end."""
    _act(context, dead.drop, journal, offset, "marked as seen to")


def _act(context: click.Context, act: Callable[..., int], journal: str, offset: int | None, outcome: str) -> None:
    try:
        count = act(OsWorld(), context.obj, journal, offset)
    except SimvueError as error:
        click.echo(f"simvue_sender: {printable(str(error))}", err=True)
        context.exit(Exit.CONFIGURATION)
    click.echo(f"{count} dead letters {outcome}")

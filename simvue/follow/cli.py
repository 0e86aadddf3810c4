"""The command `simvue-follow`: options, messages, exit status. What it does is in `simvue.follow.session`.

Tests: tests/follow/test_cli.py, tests/follow/test_program.py.
"""

import errno
import json
import sys
from typing import Any, NoReturn

import click

from simvue._version import __version__
from simvue.errors import SimvueError
from simvue.follow.preview import preview, printable
from simvue.follow.rules import FORMATS, Rules
from simvue.follow.session import Session, follow

__all__ = ["main"]

_USAGE = 2
_CANNOT_START, _NOT_FOUND = 126, 127  # as shells have it
_RULES = ("metrics", "step", "time", "timestamp", "events", "metadata", "fail_on", "until")
_RULES_OF_A_FORMAT = ("format", "columns", "names", "header", "delimiter", "into", "prefix", "encoding")
_EPILOG = r"""
Examples:
  OpenFOAM, started here, its output followed:
    simvue-follow - --time '^Time = (\S+)' --fail-on 'FOAM FATAL' --metric \
      'residual/{name}=Solving for (?P<name>\w+), Initial residual = (?P<value>\S+)' \
      -- simpleFoam -parallel

  A table, while the process that writes it runs:
    ./solver &
    simvue-follow history.csv --format csv --step iteration --column cfl --pid $!

  A Fortran namelist as metadata of the run, and residuals of the same log:
    simvue-follow run.out --format namelist --into metadata \
      --metric 'res=RES *= *(\S+)' -- ./a.out

  Try patterns on a log that is there:
    simvue-follow --dry-run solver.log --metric 'res=Residual: (\S+)' --event 'warning=^WARN'

It ends when the program has ended and everything is read; without a program,
with --until, --idle-timeout, SIGINT or SIGTERM.

Exit status: that of the COMMAND, 128 and the number for a signal, 1 instead of 0
after --fail-on. Without a COMMAND: 0; 1 after --fail-on or an abort; 128 and the
number of the signal that ended it. 2 wrong usage; 126 and 127 the COMMAND cannot
be started.
"""
_OPTIONS = {"help_option_names": ["-h", "--help"]}


@click.command(
    epilog="\n\n".join(f"\b\n{paragraph}" for paragraph in _EPILOG.strip().split("\n\n")),
    context_settings=_OPTIONS,
    options_metavar="[OPTIONS]",
    name="simvue-follow",
    no_args_is_help=True,
)
@click.argument("logs", nargs=-1, metavar="[LOG]... [-- COMMAND [ARG]...]")
@click.option(
    "--metric",
    "-m",
    "metrics",
    multiple=True,
    metavar="REGEX",
    help=(
        "A metric: NAME=REGEX with a group round the number, or named (?P<value>...). Without NAME=, each named "
        "group is a metric. Groups step, time, timestamp and name say where and what. May be repeated, as others below."
    ),
)
@click.option(
    "--step", metavar="REGEX", help="Lines that tell the step of what follows; with --format: the column or key."
)
@click.option("--time", metavar="REGEX", help="The same for the time in seconds.")
@click.option("--timestamp", metavar="REGEX", help="The same for date and time, ISO 8601.")
@click.option(
    "--event",
    "-e",
    "events",
    multiple=True,
    metavar="REGEX",
    help=("Lines that are events; LEVEL=REGEX with debug, info, warning, error or critical."),
)
@click.option("--metadata", multiple=True, metavar="REGEX", help="Metadata: NAME=REGEX with a group, or named groups.")
@click.option("--fail-on", multiple=True, metavar="REGEX", help="A line that means failure; the COMMAND is ended.")
@click.option("--until", multiple=True, metavar="REGEX", help="A line after which nothing is recorded.")
@click.option("--format", "-f", type=click.Choice(FORMATS), help="What the logs are, besides lines for patterns.")
@click.option(
    "--column",
    "--key",
    "columns",
    multiple=True,
    metavar="NAME",
    help=("With --format: a column (name or number) or key to record, by default all numbers; NAME=METRIC renames it."),
)
@click.option("--names", metavar="A,B,...", help="Names of the columns, where there is no header.")
@click.option(
    "--header",
    type=click.Choice(["auto", "yes", "no"]),
    default="auto",
    show_default=True,
    help="Whether a table's first row names the columns.",
)
@click.option("--delimiter", metavar="CHAR", help="Between the cells, with --format csv.")
@click.option(
    "--into",
    type=click.Choice(["metrics", "metadata"]),
    default="metrics",
    show_default=True,
    help="What --format makes of the values.",
)
@click.option("--prefix", default="", metavar="TEXT", help="Before each metric's name; {file} is the log's name.")
@click.option("--encoding", default="utf-8", show_default=True, help="Of the logs.")
@click.option(
    "--pid", type=click.IntRange(min=1), help="A process whose end is the end, and whose use of resources counts."
)
@click.option(
    "--from-end/--from-start", default=False, help="Skip what the logs hold now. By default they are read whole."
)
@click.option(
    "--interval", type=click.FloatRange(min=0.01), default=0.5, show_default=True, help="Seconds between looks."
)
@click.option(
    "--idle-timeout", type=click.FloatRange(min=0, min_open=True), help="Seconds without a new byte, then it ends."
)
@click.option(
    "--kill-after",
    type=click.FloatRange(min=0),
    default=10.0,
    show_default=True,
    help="Seconds that the COMMAND has to end after --fail-on or an abort.",
)
@click.option(
    "--mode", type=click.Choice(["online", "offline", "disabled"]), help="By default the configured one, or online."
)
@click.option("--name", help="The run's name.")
@click.option("--folder", help="The run's folder, such as /cavity.")
@click.option("--tags", multiple=True, metavar="A,B,...", help="The run's labels.")
@click.option("--description", help="A text about the run.")
@click.option("--run-key", help="Joins several processes, or restarts, in one run.")
@click.option("--rank", type=click.IntRange(min=0), help="This process among those with the same --run-key.")
@click.option("--cache", type=click.Path(), help="The cache's directory.")
@click.option("--dry-run", is_flag=True, help="Show what would be recorded of the LOGs as they are; record nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object with the sums at the end.")
@click.version_option(__version__, message="simvue-follow %(version)s")
def _command(logs: tuple[str, ...], **options: Any) -> int:
    """Record in a run what a program writes into its logs.

    LOG is a file that need not exist yet, a pattern of names, or - for the output of the COMMAND, which still appears
    here (without a COMMAND: standard input). The COMMAND is started; what it exits with is the run's status.
    """
    command: tuple[str, ...] = click.get_current_context().obj
    rules = Rules.of(**{name: _listed(name, options[name]) for name in (*_RULES, *_RULES_OF_A_FORMAT)})
    if not logs and not command and options["pid"] is None:
        raise click.UsageError("Name a LOG, or a COMMAND after --.")
    rules.check(logs)
    if options["dry_run"]:
        return _dry_run(rules, logs, as_json=options["as_json"])
    if command and options["pid"] is not None:
        raise click.UsageError("Give --pid, or a COMMAND after --; not both.")
    if command and options["idle_timeout"] is not None:
        raise click.UsageError("--idle-timeout is for logs without a COMMAND; with one, its end is the end.")
    tags = [tag for text in options["tags"] for tag in text.split(",") if tag]
    session = Session(
        rules=rules,
        logs=logs,
        command=command,
        pid=options["pid"],
        from_end=options["from_end"],
        interval=options["interval"],
        idle_timeout=options["idle_timeout"],
        patience=options["kill_after"],
        init={name: options[name] for name in ("name", "folder", "description")} | {"tags": tags},
        run={name: options[name] for name in ("mode", "run_key", "rank")} | {"cache_directory": options["cache"]},
    )
    outcome = follow(session)
    for problem in outcome.tally.problems:
        click.echo(f"simvue-follow: {problem}", err=True)
    if outcome.status != "completed":
        click.echo(f"simvue-follow: the run is {outcome.status}: {printable(outcome.reason)}", err=True)
    if options["as_json"]:
        click.echo("\n" if outcome.is_mid_line else "", nl=False)
        click.echo(
            json.dumps(
                {"run": outcome.run, "status": outcome.status, "reason": outcome.reason, **outcome.tally.as_object()}
            )
        )
    return outcome.exit_status


def main() -> NoReturn:
    """Run the command."""
    arguments = sys.argv[1:]
    at = arguments.index("--") if "--" in arguments else len(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        with _command.make_context("simvue-follow", arguments[:at], obj=tuple(arguments[at + 1 :])) as context:
            status = _command.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as done:  # --help, --version
        status = done.exit_code
    except click.ClickException as error:
        error.show()
        status = _USAGE
    except SimvueError as error:
        click.echo(f"simvue-follow: {error}", err=True)
        status = _USAGE
    except BrokenPipeError:
        status = _broken_pipe()
    except OSError as error:
        click.echo(f"simvue-follow: {error.filename or ''}: {error.strerror}", err=True)
        status = _NOT_FOUND if error.errno == errno.ENOENT else _CANNOT_START
    sys.exit(status)


def _dry_run(rules: Rules, logs: tuple[str, ...], *, as_json: bool) -> int:
    tally = preview(rules, logs, lambda text: click.echo(text, err=as_json))
    for problem in tally.problems:
        click.echo(f"simvue-follow: {problem}", err=True)
    sums = f"{tally.lines} lines: {tally.values} values, {tally.events} events, {tally.metadata} metadata"
    if as_json:
        click.echo(json.dumps(tally.as_object()))
    else:
        click.echo(f"{sums}; {tally.skipped} skipped, {tally.cut} cut")
    return 0


def _listed(name: str, value: Any) -> Any:
    if name == "names":
        return [] if value is None else value.split(",")
    return {"\\t": "\t"}.get(value, value) if name == "delimiter" else value


def _broken_pipe() -> int:
    import os  # noqa: PLC0415 - for this only

    # The interpreter flushes standard output once more at its end; let that fall into nothing.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 141

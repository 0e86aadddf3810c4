"""The command `simvue-conformance`: one subcommand a role, and a table of several reports.

Reads options, writes files, chooses the exit code; what is looked at is left to the roles, the verdict to `results`.
Tests: tests/conformance/test_cli.py.
"""

import json
import os
import shlex
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click

from simvue_conformance import known as known_failures
from simvue_conformance.context import Context
from simvue_conformance.program import Program
from simvue_conformance.reports.document import document
from simvue_conformance.reports.junit import junit
from simvue_conformance.reports.matrix import matrix
from simvue_conformance.reports.terminal import conclusion, place_line
from simvue_conformance.requirements import VERSION, features, required
from simvue_conformance.results import Observation, Place, Report
from simvue_conformance.runner import judge_program

__all__ = ["main"]

HELP = f"""Judge a program against version {VERSION} of the Simvue journal format.

\b
  simvue-conformance writer -- ./my_writer            CMD <scenario> <directory>; see WRITER-CLI.md
  simvue-conformance reader -- my-validate --verdicts CMD [--live] <file>...; see READER-CLI.md
  simvue-conformance sender -- my_sender              CMD --cache <directory>; see SENDER-CLI.md
  simvue-conformance online -- ./my_writer            as a writer, online; see ONLINE-CLI.md
  simvue-conformance matrix a.json b.json             several reports as a Markdown table

Exit code: 0 the program conforms, 1 it does not, 2 wrong usage, 130 interrupted.
"""
_EXAMPLES = {
    "writer": """\b
  simvue-conformance writer -- ./conformance.sh              a library, in any language
  simvue-conformance writer --with threads,checksum -- ./w   that claims more
  simvue-conformance writer --plain -- ./w                   print statements in a program, no library
  simvue-conformance writer --only restart --keep out -- ./w     one scenario, and keep what it wrote""",
    "reader": """\b
  simvue-conformance reader -- simvue-validate --verdicts
  simvue-conformance reader --report reader.json --junit reader.xml -- ./my_reader""",
    "sender": """\b
  simvue-conformance sender -- simvue_sender
  simvue-conformance sender --known-failing known.txt -- ./my_sender""",
    "online": """\b
  simvue-conformance online -- python my_writer.py
  simvue-conformance online --sender "simvue_sender --max-seconds 20" -- python my_writer.py""",
}
_SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 110}
_ABOUT = {
    "writer": "Judge a program that writes journals: CMD <scenario> <directory>.",
    "reader": "Judge a program that reads journals: CMD [--live] <file>...",
    "sender": "Judge a program that delivers journals: CMD --cache <directory>.",
    "online": "Judge a program that records online, against the same program offline and a sender.",
}


def _places(role: str, context: Context) -> tuple[Place, ...]:
    try:
        found: tuple[Place, ...] = import_module(f"simvue_conformance.{role}").places(context)
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.startswith("simvue"):
            raise
        raise click.ClickException(
            f"{missing.name} is not installed: pip install '.[conformance]' in a checkout of this project"
        ) from missing
    return found


def _claimed(role: str, claims: str, *, plain: bool) -> frozenset[str]:
    there_are = features(role)
    claimed = frozenset(filter(None, (claim.strip() for claim in claims.split(","))))
    unknown = sorted(claimed - there_are)
    if unknown:
        possible = ", ".join(sorted(there_are - {"library"})) or "none"
        raise click.BadParameter(
            f"{', '.join(unknown)}: of this role a program can claim {possible}", param_hint="--with"
        )
    return claimed if plain else claimed | (there_are & {"library"})


def _known(file: Path | None, role: str) -> dict[str, str]:
    if file is None:
        return {}
    identifiers = required(role, features(role))
    try:
        return known_failures.parse(file.read_text(encoding="utf-8"), identifiers)
    except (known_failures.KnownError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{file}: {error}", param_hint="--known-failing") from error


def _chosen(places: Sequence[Place], only: Sequence[str]) -> tuple[Place, ...]:
    unknown = sorted(set(only) - {place.name for place in places})
    if unknown:
        names = ", ".join(place.name for place in places)
        raise click.BadParameter(f"{', '.join(unknown)}: there are {names}", param_hint="--only")
    return tuple(place for place in places if not only or place.name in only)


def _list(role: str, places: Sequence[Place], context: Context) -> None:
    for place in places:
        click.echo(f"{place.name:<20} {place.title}")
    click.echo()
    for requirement in required(role, context.features).values():
        click.echo(f"{requirement.id}  {requirement.level:<6}  {', '.join(requirement.places)}")


def _write(file: Path | None, content: bytes) -> None:
    """Write a report whole or not at all: CI may read what an earlier call left."""
    if file is None:
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as temporary:
            temporary.write(content)
        Path(temporary.name).chmod(0o644)
        Path(temporary.name).replace(file)
    except OSError as error:
        raise click.UsageError(f"the report cannot be written: {error}; name another file") from error


def _show(report: Report, *, as_json: bool, content: str) -> None:
    if as_json:
        click.echo(content)
        return
    click.echo()
    for line in conclusion(report):
        click.echo(line)


def _progress(*, is_quiet: bool) -> Callable[[Place, Sequence[Observation]], None] | None:
    if is_quiet:
        return None
    return lambda place, observations: click.echo(place_line(place, observations))


def _words(sender: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(sender))
    except ValueError as error:
        raise click.BadParameter(f"{sender}: {error}; quote it as for a shell", param_hint="--sender") from error
    if not words:
        raise click.BadParameter("is empty; name a program", param_hint="--sender")
    return words


def _terminated(number: int, _frame: object) -> NoReturn:
    """SIGTERM, as a batch system or a CI sends it: end what was started, and then the suite."""
    sys.exit(128 + number)


def _judge(  # each is an option
    role: str,
    command: tuple[str, ...],
    *,
    claims: str,
    plain: bool = False,
    sender: str | None = None,
    only: tuple[str, ...],
    known_failing: Path | None,
    report: Path | None,
    junit_file: Path | None,
    as_json: bool,
    keep: Path | None,
    timeout: float,
    seed: int,
    jobs: int,
    show_list: bool,
) -> None:
    context = Context(
        program=Program(command=command, timeout=timeout),
        features=_claimed(role, claims, plain=plain),
        seed=seed,
        sender=None if sender is None else Program(command=_words(sender), timeout=timeout),
    )
    places = _places(role, context)
    if show_list:
        _list(role, places, context)
        return
    if not command:
        raise click.UsageError(f"which program? simvue-conformance {role} -- COMMAND...")
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        if any(keep.iterdir()):
            raise click.BadParameter(f"{keep} is not empty; name a new directory", param_hint="--keep")
    chosen = _chosen(places, only)
    known = _known(known_failing, role)
    signal.signal(signal.SIGTERM, _terminated)
    try:
        judged = judge_program(
            role,
            chosen,
            context,
            known,
            is_partial=len(chosen) < len(places),
            jobs=jobs,
            keep=None if keep is None else keep.absolute(),
            progress=_progress(is_quiet=as_json),
        )
    except KeyboardInterrupt:
        click.echo("\ninterrupted; what was started has been ended, and there is no report", err=True)
        sys.exit(128 + signal.SIGINT)
    except OSError as error:
        raise click.ClickException(f"there is no room to work in: {error}; TMPDIR names another place") from error
    content = json.dumps(document(judged), indent=1, ensure_ascii=False)
    _show(judged, as_json=as_json, content=content)
    _write(report, f"{content}\n".encode())
    _write(junit_file, junit(judged))
    sys.exit(0 if judged.conforms else 1)


_FILE = click.Path(dir_okay=False, path_type=Path)


def _options(role: str) -> list[click.Parameter]:
    claims = ", ".join(sorted(features(role) - {"library"}))
    found: list[click.Parameter] = [click.Argument(["command"], nargs=-1, type=click.UNPROCESSED)]
    if claims:
        found.append(
            click.Option(
                ["--with", "claims"],
                default="",
                metavar="CLAIMS",
                help=f"What the program claims beyond what all owe, separated by commas: {claims}.",
            )
        )
    if "library" in features(role):
        found.append(click.Option(["--plain"], is_flag=True, help="No library: do not ask what binds libraries only."))
    if role == "online":
        found.append(
            click.Option(
                ["--sender"], metavar="COMMAND", help="The sender that finishes what is left; simvue_sender by default."
            )
        )
    return [
        *found,
        click.Option(
            ["--only"],
            multiple=True,
            metavar="NAME",
            help="Look at this place only; repeatable. The report says that it is partial.",
        ),
        click.Option(
            ["--known-failing"],
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="Requirements that are known to fail: lines of an ID and a reason. One that passes is an error.",
        ),
        click.Option(["--report"], type=_FILE, help="Write the report as JSON."),
        click.Option(["--junit", "junit_file"], type=_FILE, help="Write the report as JUnit XML."),
        click.Option(["--json", "as_json"], is_flag=True, help="Print the report as JSON, and nothing else."),
        click.Option(
            ["--keep"],
            type=click.Path(file_okay=False, path_type=Path),
            help="Keep what the program wrote in this empty directory.",
        ),
        click.Option(
            ["--timeout"],
            type=click.IntRange(min=1),
            default=60,
            show_default=True,
            help="Seconds that one call of the program may take.",
        ),
        click.Option(
            ["--seed"],
            type=int,
            default=0,
            show_default=True,
            help="Of what is drawn at random: texts, numbers, times of kills.",
        ),
        click.Option(
            ["--jobs"],
            type=click.IntRange(min=1),
            default=min(4, os.cpu_count() or 1),
            show_default=True,
            help="Places to look at at once.",
        ),
        click.Option(["--list", "show_list"], is_flag=True, help="List the places and the requirements, and end."),
    ]


def _command(role: str) -> click.Command:
    def call(**options: Any) -> None:
        _judge(role, options.pop("command"), claims=options.pop("claims", ""), **options)

    return click.Command(
        role,
        callback=call,
        params=_options(role),
        help=f"{_ABOUT[role]}\n\n{_EXAMPLES[role]}",
        short_help=_ABOUT[role],
        # What follows the program is the program's, also without the two dashes.
        context_settings=dict(_SETTINGS, allow_interspersed_args=False),
    )


@click.group(help=HELP, context_settings=_SETTINGS)
@click.version_option(VERSION, message="simvue-conformance, requirements of version %(version)s")
def main() -> None:
    """Judge programs; see HELP."""


for _role in _ABOUT:
    main.add_command(_command(_role))


@main.command("matrix")
@click.argument("reports", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def _matrix(reports: tuple[Path, ...]) -> None:
    """Print reports of one role (from --report) as a Markdown table; a column is named after its file."""
    documents = []
    for file in reports:
        try:
            documents.append(json.loads(file.read_bytes()))
        except ValueError as error:
            raise click.ClickException(f"{file} is no report: {error}") from error
    try:
        click.echo(matrix(documents, [file.stem for file in reports]), nl=False)
    except (KeyError, TypeError, ValueError) as error:
        raise click.ClickException(f"no table of these: {error}; each must be written by --report") from error


if __name__ == "__main__":
    main()

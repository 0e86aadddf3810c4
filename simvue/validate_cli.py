"""The command `simvue-validate`: say whether journals are valid, and what to mend where they are not.

Judging is left to `simvue.journal.validate`, and to `simvue.journal.verdicts` where every line's verdict is wanted.
Exit status: 0 valid, 1 invalid, 2 not readable or wrong usage.
Tests: tests/test_validate_cli.py.
"""

import difflib
import errno
import json
import os
import stat
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, NoReturn

import click

import simvue_spec
from simvue._version import __version__
from simvue.core.findings import Finding
from simvue.journal.schemas import checker
from simvue.journal.validate import Report, validate
from simvue.journal.verdicts import report_verdicts

__all__ = ["main"]

_INVALID, _UNREADABLE = 1, 2
_BROKEN_PIPE, _INTERRUPTED = 141, 130  # 128 and the signal's number, as shells have it
_STDIN = "-"
_LARGE = 64 << 20  # bytes from which on a person wants to see progress
_EPILOG = """\b
Examples:
  simvue-validate run.jsonl                  findings, and a summary
  simvue-validate --incomplete run.jsonl     a journal that is still written
  ./simulation | simvue-validate -           standard input
  simvue-validate --json *.jsonl | jq .      one JSON object for each finding
  simvue-validate --verdicts run.jsonl       what a reader makes of each line
  simvue-validate --explain FRM-026          the text of a requirement

Exit status: 0 valid, 1 invalid, 2 not readable or wrong usage.
"""


@click.command(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("files", nargs=-1, metavar="FILE...", type=click.Path())
@click.option("--incomplete", "--live", is_flag=True, help="Accept a live journal: no end record, a torn tail.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each finding, then one with the sums.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing; the exit status tells.")
@click.option(
    "--max-findings",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    metavar="N",
    help="Print up to N findings for each file; the rest is counted.",
)
@click.option(
    "--verdicts",
    is_flag=True,
    help="Print the verdict on each line, the sums and the state of the run, as simvue-conformance compares them.",
)
@click.option("--explain", metavar="ID", help="Print the text of a requirement, such as FRM-026.")
@click.version_option(__version__, message=f"simvue-validate %(version)s, journal format {simvue_spec.VERSION}")
def _command(
    files: tuple[str, ...],
    *,
    incomplete: bool,
    as_json: bool,
    quiet: bool,
    max_findings: int,
    verdicts: bool,
    explain: str | None,
) -> int:
    """Check journals, and say for each broken requirement where, what, and how to mend it.

    FILE is a journal, or - for standard input.
    """
    if explain is not None:
        return _explain(explain)
    if not files:
        raise click.UsageError("Name a FILE, or - for standard input.")
    if verdicts:
        if as_json or quiet:
            raise click.UsageError("--verdicts has a form of its own: leave out --json and --quiet.")
        return _print_verdicts(files, live=incomplete)
    output = _Output(as_json=as_json, quiet=quiet, max_findings=max_findings)
    for file in files:
        _check(file, output, incomplete=incomplete)
    output.finish()
    if output.unreadable:
        return _UNREADABLE
    return 0 if all(report.valid for _, report in output.reports) else _INVALID


def main() -> NoReturn:
    """Run the command, quiet when its reader goes away or a person interrupts it."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # whatever the terminal's encoding lacks
    try:
        # click's own main would answer an interruption or a closed pipe with a blank line and status 1.
        with _command.make_context("simvue-validate", sys.argv[1:]) as context:
            status = _command.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as done:  # --help, --version
        status = done.exit_code
    except click.ClickException as error:
        error.show()
        status = _UNREADABLE
    except BrokenPipeError:
        # The interpreter flushes standard output once more at its end; let that fall into nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = _BROKEN_PIPE
    except KeyboardInterrupt:
        status = _INTERRUPTED
    sys.exit(status)


class _Output:
    """What goes to standard output, as text or JSON lines. Keeps sums, no findings."""

    def __init__(self, *, as_json: bool, quiet: bool, max_findings: int) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self.max_findings = max_findings
        self.reports: list[tuple[str, Report]] = []
        self.unreadable: list[str] = []
        self._printed = 0

    def finding(self, file: str, finding: Finding) -> None:
        """Print a finding, unless there are enough of this file already."""
        self._printed += 1
        if self.quiet or self._printed > self.max_findings:
            return
        if self.as_json:
            click.echo(json.dumps({"file": file, **finding._asdict()}))
            return
        place = printable(file) if finding.line is None else f"{printable(file)}:{finding.line}"
        grade = "warning: " if finding.severity == "warning" else ""
        click.echo(f"{place}: [{finding.requirement}] {grade}{printable(finding.message)}")

    def report(self, file: str, report: Report) -> None:
        """Print the sums of a file."""
        self.reports.append((file, report))
        hidden = max(self._printed - self.max_findings, 0)
        self._printed = 0
        if self.quiet or self.as_json:
            return
        if hidden:
            click.echo(f"{printable(file)}: {_counted(hidden, 'more finding')} (--max-findings)")
        found = [
            _counted(number, name)
            for number, name in ((report.errors, "error"), (report.warnings, "warning"))
            if number
        ]
        verdict = "valid" if report.valid else "invalid"
        unread = report.accounting["pending"]
        rest = [f"{_counted(unread, 'byte')} not read"] if unread else []
        sums = ", ".join([_counted(report.records, "record"), *found, *rest])
        click.echo(f"{printable(file)}: {verdict}: {sums}")

    def failure(self, file: str, reason: str) -> None:
        """Say on standard error that a file cannot be read."""
        self._printed = 0
        self.unreadable.append(file)
        click.echo(f"simvue-validate: {printable(file)}: {printable(reason)}", err=True)

    def finish(self) -> None:
        """Print the sums of all files, for machines."""
        if not self.as_json or self.quiet:
            return
        reports = [report for _, report in self.reports]
        summary: dict[str, Any] = {
            "records": sum(report.records for report in reports),
            "findings": sum(report.errors + report.warnings for report in reports),
            "valid": not self.unreadable and all(report.valid for report in reports),
            "unreadable": self.unreadable,
            "files": [
                {
                    "file": file,
                    "size": report.size,
                    "records": report.records,
                    "errors": report.errors,
                    "warnings": report.warnings,
                    "valid": report.valid,
                    "accounting": report.accounting,
                }
                for file, report in self.reports
            ],
        }
        click.echo(json.dumps(summary))


def _print_verdicts(files: tuple[str, ...], *, live: bool) -> int:
    """Print what the reader makes of each file, and return the exit status."""
    status = 0
    for file in files:
        try:
            with _opened(file) as source:
                valid = report_verdicts(file, source, checker(), _print_bytes, live=live)
        except BrokenPipeError:
            raise
        except OSError as error:
            click.echo(f"simvue-validate: {printable(file)}: {printable(error.strerror or str(error))}", err=True)
            status = _UNREADABLE
        else:
            status = status or (0 if valid else _INVALID)
    return status


def _print_bytes(line: bytes) -> None:
    """Print a line in UTF-8, whatever the terminal's encoding."""
    sys.stdout.buffer.write(line + b"\n")


def _check(file: str, output: _Output, *, incomplete: bool) -> None:
    try:
        with _opened(file) as source, _progress(file, source) as show:
            report = validate(
                source,
                checker(),
                lambda finding: output.finding(file, finding),
                incomplete=incomplete,
                report_progress=show,
            )
    except BrokenPipeError:
        raise
    except OSError as error:
        output.failure(file, error.strerror or str(error))
    else:
        output.report(file, report)


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == _STDIN:
        if sys.stdin is None:
            raise OSError(errno.EBADF, "standard input is closed")
        yield sys.stdin.buffer
        return
    with open(file, "rb", buffering=0) as stream:  # noqa: PTH123 - a path that pathlib might rewrite
        yield stream


@contextmanager
def _progress(file: str, source: BinaryIO) -> Iterator[Callable[[int], None] | None]:
    """Give what shows on a terminal how many bytes of a large file are read; None where nobody looks."""
    status = os.fstat(source.fileno())
    if not stat.S_ISREG(status.st_mode) or status.st_size <= _LARGE or not sys.stderr.isatty():
        yield None
        return
    shown = -1

    def show(read: int) -> None:
        nonlocal shown
        percent = 100 * read // status.st_size
        if percent != shown:
            shown = percent
            click.echo(f"\r{printable(file)}: {percent} %", nl=False, err=True)

    try:
        yield show
    finally:
        click.echo("\r\x1b[K", nl=False, err=True)


def _explain(wanted: str) -> int:
    requirements = simvue_spec.requirements()
    found = requirements.get(wanted.upper())
    if found is None:
        near = difflib.get_close_matches(wanted.upper(), requirements, n=5, cutoff=0.6)
        hint = f"; near: {', '.join(near)}" if near else ", as in FRM-026"
        raise click.UsageError(f"No requirement {wanted!r}{hint}.")
    click.echo(f"{found.id} ({found.level}, since {found.since}, {found.chapter})")
    click.echo(textwrap.fill(found.text, width=100))
    return 0


def _counted(number: int, name: str) -> str:
    return f"{number:,} {name}" if number == 1 else f"{number:,} {name}s"


def printable(text: str) -> str:
    """Return text that a terminal shows as it is: what it might obey or hide is escaped."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )

"""The commands `simvue_sender dead …`, for a person. What they do is `dead`. Tests: tests/sender/test_dead.py."""

from collections.abc import Callable
from dataclasses import asdict, replace

import click
import orjson

from simvue.delivery.deadletters import DeadLetter
from simvue.delivery.layout import Layout
from simvue.delivery.os_world import OsWorld
from simvue.errors import SimvueError, StateUnwritable
from simvue_sender import dead
from simvue_sender.report import Exit, one_line, printable

__all__ = ["dead_group"]


@click.group("dead")
def dead_group() -> None:
    """Records that were refused: kept whole, until somebody has seen to them.

    A record that the server refused can be sent again, once the server would take it. One that the reader refused is no
    valid record and never will be: mend the program that wrote it, and drop the dead letter.

    \b
    Examples:
      simvue_sender dead list
      simvue_sender dead show 6b1f0c9e-54c5-4a0e-9d0c-0e3f5d0a7c11
      simvue_sender dead retry 6b1f0c9e-54c5-4a0e-9d0c-0e3f5d0a7c11
      simvue_sender dead drop 6b1f0c9e-54c5-4a0e-9d0c-0e3f5d0a7c11 5120
    """  # noqa: D301 - click wants the character itself


_journal = click.argument("journal")
_offset = click.argument("offset", type=click.IntRange(min=0), required=False)
_json = click.option("--json", "as_json", is_flag=True, help="For programs: one JSON object a line.")


@dead_group.command("list")
@click.option("--all", "settled", is_flag=True, help="Also those that were seen to.")
@_json
@click.pass_obj
def list_dead(layout: Layout, *, settled: bool, as_json: bool) -> None:
    """List dead letters: journal, offset, and why each was refused.

    \b
    Example: simvue_sender dead list
    """  # noqa: D301 - click wants the character itself
    count = 0
    for letter in dead.every(OsWorld(), layout, settled=settled):
        count += 1
        click.echo(_as_json(letter) if as_json else _as_line(letter))
    if not count and not as_json:
        click.echo("no dead letters" if settled else "no dead letters wait to be seen to")


@dead_group.command("show")
@_journal
@_offset
@_json
@click.pass_context
def show_dead(context: click.Context, journal: str, offset: int | None, *, as_json: bool) -> None:
    """Show the dead letters of JOURNAL, or the one at OFFSET, with their bytes.

    \b
    Example: simvue_sender dead show 6b1f0c9e-54c5-4a0e-9d0c-0e3f5d0a7c11 5120
    """  # noqa: D301 - click wants the character itself
    layout: Layout = context.obj
    found = [
        letter
        for letter in dead.every(OsWorld(), layout, settled=True)
        if letter.journal == journal and offset in {None, letter.offset}
    ]
    for letter in found:
        click.echo(_as_json(letter) if as_json else _as_line(letter))
        if not as_json:
            click.echo(f"    {printable(letter.raw.decode(errors='backslashreplace'))}")
    if not found:
        where = "" if offset is None else f" at offset {offset}"
        click.echo(f"simvue_sender: there is no dead letter of {printable(journal)}{where}; see: dead list", err=True)
        context.exit(Exit.CONFIGURATION)


@dead_group.command("retry")
@_journal
@_offset
@_json
@click.pass_context
def retry_dead(context: click.Context, journal: str, offset: int | None, *, as_json: bool) -> None:
    """Have the records of JOURNAL that the server refused sent again in the next pass.

    \b
    Example: simvue_sender dead retry 6b1f0c9e-54c5-4a0e-9d0c-0e3f5d0a7c11
    """  # noqa: D301 - click wants the character itself
    _act(context, dead.retry, journal, offset, "will be sent again in the next pass", as_json=as_json)


@dead_group.command("drop")
@_journal
@_offset
@_json
@click.pass_context
def drop_dead(context: click.Context, journal: str, offset: int | None, *, as_json: bool) -> None:
    """Mark the dead letters of JOURNAL as seen to, so that the journal's retention can end.

    \b
    Example: simvue_sender dead drop 6b1f0c9e-54c5-4a0e-9d0c-0e3f5d0a7c11 5120
    """  # noqa: D301 - click wants the character itself
    _act(context, dead.drop, journal, offset, "marked as seen to", as_json=as_json)


def _act(
    context: click.Context,
    act: Callable[..., int],
    journal: str,
    offset: int | None,
    outcome: str,
    *,
    as_json: bool,
) -> None:
    try:
        count = act(OsWorld(), context.obj, journal, offset)
    except SimvueError as error:
        click.echo(f"simvue_sender: {one_line(str(error))}", err=True)
        context.exit(Exit.STATE_UNWRITABLE if isinstance(error, StateUnwritable) else Exit.CONFIGURATION)
    noun = "dead letter" if count == 1 else "dead letters"
    click.echo(orjson.dumps({"count": count}) if as_json else f"{count} {noun} {outcome}")


def _as_json(letter: DeadLetter) -> bytes:
    return orjson.dumps(asdict(replace(letter, raw=b"")) | {"raw": letter.raw.decode(errors="replace")})


def _as_line(letter: DeadLetter) -> str:
    why = f"[{letter.requirement}] {letter.reason}" if letter.requirement else letter.reason
    state = "" if letter.state == "kept" else f" ({letter.state})"
    return printable(f"{letter.journal} {letter.offset} line {letter.line}, refused by the {letter.by}: {why}{state}")

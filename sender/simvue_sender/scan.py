"""Find the journals of a cache and say what has changed since the last pass.

A file that is known by name costs one look at its size; a new one is identified by its header, since names, inodes and times
change when files are moved (`spec/v1/journal.md`). Reading records is left to `simvue.delivery`.
Tests: tests/sender/test_scan.py.
"""

import logging
from dataclasses import dataclass, field
from typing import Any

import orjson

from simvue.core.ledger import JournalAccount, Ledger, Note, RunAccount
from simvue.core.reading import START, Checker, ReaderState, read
from simvue.delivery.layout import Layout, is_journal_name
from simvue.delivery.state import StateLog
from simvue.delivery.world import World

__all__ = ["Scan", "runs_of", "scan"]

logger = logging.getLogger(__name__)

_ENOUGH_FOR_A_HEADER = 1024 * 1024 + 1


@dataclass(slots=True)
class Scan:
    """What a cache holds: the identities of journals that grew since the last pass, and what nobody can deliver."""

    grown: set[str] = field(default_factory=set)
    troubles: dict[str, str] = field(default_factory=dict)
    """File name → why it is left alone, for a person to see to."""


def scan(world: World, layout: Layout, log: StateLog, checker: Checker) -> Scan:
    """Look at every journal once, and note what is new."""
    found = Scan()
    by_name = {account.file: account for account in log.ledger.journals.values()}
    names = [name for name in world.listdir(layout.journals) if is_journal_name(name)]
    for name in names:
        try:
            account = by_name.get(name) or _identify(world, layout, log, checker, name, found)
            if account is not None:
                _measure(world, layout, log, account, found)
        except OSError as error:
            found.troubles[name] = f"cannot be read: {error.strerror or error}"
    _look_for_missing(world, layout, log, set(names), found)
    for account in log.ledger.journals.values():
        if account.trouble:
            found.troubles[account.file] = account.trouble
    return found


def _measure(world: World, layout: Layout, log: StateLog, account: JournalAccount, found: Scan) -> None:
    size = world.size(layout.journal(account.file))
    if size == account.size:
        return
    if account.size:
        found.grown.add(account.journal)
    log.write({"note": "seen", "journal": account.journal, "size": size, "clock": log.ledger.clock})


def _identify(
    world: World, layout: Layout, log: StateLog, checker: Checker, name: str, found: Scan
) -> JournalAccount | None:
    """Read the header of a file that is not known by name; return its account, new or old."""
    data = world.read(layout.journal(name), 0, _ENOUGH_FOR_A_HEADER)
    line = data[: data.find(b"\n", len(data) - len(data.lstrip(b" \t\r\n"))) + 1]
    state: ReaderState = read(START, line, checker).state
    header = state.header
    if header is None or state.stopped:
        if state.stopped:
            found.troubles[name] = (
                f"it is no journal that this version can read [{state.stopped}]: run simvue-validate on it"
            )
        elif data:
            logger.info("%s: its header is not complete yet", name)
        return None
    account = log.ledger.journals.get(header.journal)
    if account is not None and account.file in {other for other in world.listdir(layout.journals) if other != name}:
        found.troubles[name] = (
            f"it bears the identity of {account.file}, {header.journal} [JRN-014]; nothing is sent from it"
        )
        return None
    log.write(*_introduction(world, layout, log.ledger, name, header.journal, header.run))
    return log.ledger.journals[header.journal]


def _introduction(world: World, layout: Layout, ledger: Ledger, name: str, journal: str, run: str) -> list[Note]:
    """Return the notes that begin an account: of a new journal, or of one that was delivered and has come back."""
    notes: list[Note] = []
    if run not in ledger.runs:
        facts = _recall(world, layout.run(run))
        notes.append({"note": "run", "run": run, "known": ledger.clock, "facts": facts})
    notes.append({"note": "journal", "journal": journal, "file": name, "run": run, "known": ledger.clock})
    receipt = _recall(world, layout.receipt(journal)) if journal not in ledger.journals else {}
    if receipt:
        notes.append(receipt["checkpoint"])
    return notes


def _recall(world: World, path: str) -> dict[str, Any]:
    try:
        remembered: dict[str, Any] = orjson.loads(world.read(path))
    except FileNotFoundError:
        return {}
    return remembered


def _look_for_missing(world: World, layout: Layout, log: StateLog, names: set[str], found: Scan) -> None:
    """Account for journals whose file is gone: put away by a pass that was then killed, or removed by somebody."""
    for account in list(log.ledger.journals.values()):
        if account.file in names:
            continue
        delivered = set(world.listdir(layout.delivered))
        if f"{account.journal}.jsonl" in delivered:
            log.write({"note": "finished", "journal": account.journal})
            continue
        done = account.reader.judged
        found.troubles[account.file] = f"it has disappeared: {done} of {account.size} bytes were accounted for"
        log.write({"note": "seen", "journal": account.journal, "size": account.size, "clock": account.grown})


def runs_of(ledger: Ledger) -> dict[str, tuple[RunAccount, list[JournalAccount]]]:
    """Return each run with its journals."""
    grouped: dict[str, tuple[RunAccount, list[JournalAccount]]] = {}
    for account in ledger.journals.values():
        run = ledger.runs[account.run]
        grouped.setdefault(account.run, (run, []))[1].append(account)
    return grouped

"""Try again what was set aside: kinds that are known by now, artifacts whose file is there, what a person wants.

Tests: tests/delivery/test_journal_artifacts.py.
"""

import hashlib
from collections import Counter

from simvue.core.batching import Batch, plan
from simvue.core.ledger import Note
from simvue.core.reading import Entry, Header, Verdict
from simvue.core.records import Problem, record_problem
from simvue.core.text import decode
from simvue.delivery.batches import Batches
from simvue.delivery.case import Case
from simvue.delivery.deadletters import keep
from simvue.delivery.operations import Operations

__all__ = ["retry_aside"]


def retry_aside(case: Case, operations: Operations, batches: Batches) -> None:
    """Deliver what can be delivered by now, bury what has waited long enough (DLV-070), and account for both."""
    account, header = case.account, case.account.reader.header
    if not account.aside or "id" not in case.run.facts or header is None:
        return
    delivered: Counter[str] = Counter()
    for row in list(account.aside.values()):
        kind = _retry(case, operations, batches, header, row)
        if kind is not None:
            delivered[kind] += 1
    if case.aside.keys() != account.aside.keys():
        case.settle(account.reader, account.marker, case.aside, delivered)
    case.aside = {}


def _retry(case: Case, operations: Operations, batches: Batches, header: Header, row: Note) -> str | None:
    """Return the kind of the record if it is delivered now."""
    entry = _entry(case, row)
    if entry is None or entry.record is None:
        case.aside[row["offset"]] = row
        return None
    kind: str = entry.record["kind"]
    if not case.desk.checker.known(kind):
        case.aside[row["offset"]] = row
        return None
    problem = record_problem(kind, entry.record, case.desk.checker)
    if problem is not None:
        case.bury(entry, problem.requirement, problem.message, by="reader")
        return None
    case.entries[entry.offset] = entry
    for part in plan([entry], header, bore_run=case.account.reader.bore_run):
        if isinstance(part, Batch):
            batches.deliver(part)
        else:
            operations.deliver(part)
    if not case.is_settled(entry.offset):
        if row["why"] == "retry":
            letter = case.letter(entry, "", "delivered after a retry", by="server", state="delivered")
            keep(case.desk.world, case.desk.layout, [letter])
        return kind
    _give_up(case, entry, row)
    return None


def _entry(case: Case, row: Note) -> Entry | None:
    """Return the record as it was, None if its bytes have changed or cannot be seen."""
    raw = case.desk.world.read(case.path, row["offset"], row["length"]).strip(b" \t\r\n")
    record = decode(raw)
    if isinstance(record, Problem) or row.get("sha256") not in {None, hashlib.sha256(raw).hexdigest()}:
        case.hold(f"line {row['line']}, which was set aside, has changed, or cannot be seen here at the moment")
        return None
    index = row.get("index", 0)
    return Entry(Verdict.ACCEPTED, row["offset"], row["length"], row["line"], record, raw, None, "", index)


def _give_up(case: Case, entry: Entry, row: Note) -> None:
    waited = case.desk.exchange.log.ledger.clock - row["since"] >= case.desk.exchange.policy.adopt_after
    if entry.offset in case.aside and waited and case.is_dead:
        detail = case.aside.pop(entry.offset)["detail"]
        case.bury(entry, "DLV-070", detail, by="server")

"""What a reader breaks that says something else of a vector than `expected.json`.

The first line with another verdict decides (`lines`); where all verdicts are right, every finding and the projection
(`projected`) are looked at. The sums and `valid` are held against the reader's own lines. So one defect breaks the
requirements that it is about, and no other. Tests: tests/conformance/reader/test_blame.py.
"""

from collections import Counter
from collections.abc import Collection, Iterator

import simvue_spec
from simvue_conformance.judge import ACCOUNTS
from simvue_conformance.reader.lines import first_difference, level_of, requirements_of
from simvue_conformance.reader.projected import of_projection
from simvue_conformance.reader.verdicts import Finding, Verdicts, expected
from simvue_conformance.results import Failure

__all__ = ["failures"]

_NOT_COMPARED = "JRN-043"  # a validator reports it of a journal that it was not told to be live
_DUTIES = {  # what the journal breaks: what a reader that does not say so breaks
    "SEQ-002": ("SEQ-002", "RDR-030"),
    "REC-126": ("REC-126", "RDR-031"),
    "JRN-040": ("JRN-040", "RDR-032"),
}


def failures(vector: simvue_spec.Vector, found: Verdicts, asked: Collection[str]) -> Iterator[Failure]:
    """Yield everything that the reader's verdicts on the vector's journal show broken.

    Args:
        vector: the journal, and what is expected.
        found: what the reader printed of it.
        asked: the IDs that the frozen list asks of readers.
    """
    yield from _of_sums(found)
    yield from _of_valid(found)
    if not _covers(found, len(vector.journal)):
        yield Failure(
            "RDR-001", f"the entries do not cover the journal's {len(vector.journal)} bytes once: {_sizes(found)}"
        )
        return
    right = expected(vector.expected)
    line = first_difference(vector, right, found)
    if line is not None:
        for requirement in requirements_of(line, asked):
            detail = f"line {line.number + 1} is {line.found}; expected {line.wanted} ({vector.title})"
            yield Failure(requirement, detail)
        return
    yield from _of_findings(vector, right, found, asked)
    yield from of_projection(vector, right, found)


def _of_sums(found: Verdicts) -> Iterator[Failure]:
    """RDR-001: the totals are the sums of the entries."""
    sums: Counter[str] = Counter()
    for entry in found.entries:
        sums[ACCOUNTS[entry.verdict]] += entry.length  # type: ignore[index]  # parsed: one of the verdicts
    for name in ACCOUNTS.values():
        if sums[name] != found.totals.get(name, 0):
            detail = f"the total of {name} is {found.totals.get(name, 0)} bytes; expected the entries' {sums[name]}"
            yield Failure("RDR-001", detail)


def _of_valid(found: Verdicts) -> Iterator[Failure]:
    errors = [str(one) for one in _compared(found) if one.severity == "error"]
    if found.valid is bool(errors):
        reason = f"{errors[0]} is found" if errors else "no error is found"
        yield Failure("RDC-003", f"valid is {str(found.valid).lower()}, but {reason}; expected the other")


def _covers(found: Verdicts, size: int) -> bool:
    offset = 0
    for entry in found.entries:
        if entry.offset != offset:
            return False
        offset += entry.length
    return offset == size


def _sizes(found: Verdicts) -> str:
    last = found.entries[-1] if found.entries else None
    return f"{len(found.entries)} entries of {sum(entry.length for entry in found.entries)} bytes, the last: {last}"


def _compared(verdicts: Verdicts) -> list[Finding]:
    return [finding for finding in verdicts.findings if finding.requirement != _NOT_COMPARED]


def _of_findings(
    vector: simvue_spec.Vector, right: Verdicts, found: Verdicts, asked: Collection[str]
) -> Iterator[Failure]:
    theirs, ours = Counter(_compared(found)), Counter(_compared(right))
    missing, surplus = list((ours - theirs).elements()), list((theirs - ours).elements())
    for finding in missing:
        other = next((one for one in surplus if one[:2] == finding[:2]), None)
        if other is None:
            names, detail = _of_finding(finding, right, asked), f"not found: {finding}"
        else:
            surplus.remove(other)
            names, detail = _of_severity(finding), f"found {other}; expected {finding}"
        for name in names:
            yield Failure(name, f"{detail} ({vector.title})")
    for finding in surplus:
        for name in _of_finding(finding, right, asked, is_surplus=True):
            yield Failure(name, f"found {finding}, which nothing breaks ({vector.title})")


def _of_severity(finding: Finding) -> tuple[str, ...]:
    """A finding that is graver or less grave than expected."""
    if finding.requirement == "SEQ-002":
        return ("SEQ-012",)
    is_advice = finding.severity == "warning" and finding.requirement != "RDR-010"
    return ("RDC-004",) if is_advice else (finding.requirement,)


def _of_finding(
    finding: Finding, right: Verdicts, asked: Collection[str], *, is_surplus: bool = False
) -> tuple[str, ...]:
    """A finding that is missing, or one too many."""
    verdicts = {number: entry.verdict for number, entry in enumerate(right.entries, 1)}
    line = finding.line or 0
    if verdicts.get(line) == "dead":
        return ("RDC-006",)
    if finding.requirement == "SEQ-002" and verdicts.get(line - 1) == "dead":
        return ("SEQ-010",)
    if is_surplus and (
        finding.requirement not in asked or (finding.severity == "error" and level_of(finding.requirement) != "MUST")
    ):
        return ("RDC-004",)
    return _DUTIES.get(finding.requirement, (finding.requirement,))

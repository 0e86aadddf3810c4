"""Readers that are wrong in one thing, made from what vectors expect: another line, finding, sum or value."""

import copy
from collections.abc import Iterator
from typing import Any

import simvue_spec
from simvue_conformance.judge import ACCOUNTS
from simvue_conformance.reader.verdicts import Entry, Verdicts, expected

_OF_OTHERS = ("FRM-001", "FRM-006", "SEQ-001", "SEQ-002", "SEQ-007")
_CROWD = 12  # lines and findings of a vector that are looked at: some have a hundred, all alike


def verdicts(
    entries: list[Entry] | tuple[Entry, ...], like: Verdicts, findings: Any = None, **changes: Any
) -> Verdicts:
    """Return verdicts whose sums and `valid` fit them."""
    totals: dict[str, int] = {}
    for entry in entries:
        name = ACCOUNTS[entry.verdict]  # type: ignore[index]
        totals[name] = totals.get(name, 0) + entry.length
    found = like.findings if findings is None else tuple(findings)
    values = {
        "totals": totals,
        "valid": all(finding.severity != "error" for finding in found),
        "projection": like.projection,
        **changes,
    }
    return Verdicts(entries=tuple(entries), findings=found, **values)


def of_lines(vector: simvue_spec.Vector) -> Iterator[Verdicts]:
    right = expected(vector.expected)
    size = len(vector.journal)
    for number, entry in enumerate(right.entries[:_CROWD]):
        before, after = right.entries[:number], right.entries[number + 1 :]
        for verdict in ACCOUNTS:
            if verdict == "pending":
                last = Entry(verdict, entry.offset, size - entry.offset, None)
                yield verdicts([*before, last], right)
            elif verdict == "dead":
                for name in (*vector.requirements, *_OF_OTHERS):
                    yield verdicts([*before, entry._replace(verdict=verdict, requirement=name), *after], right)
            else:
                yield verdicts([*before, entry._replace(verdict=verdict, requirement=None), *after], right)
        if entry.length > 1:
            half = entry.length // 2
            parts = [Entry("dead", entry.offset, half, "FRM-001"), Entry("dead", entry.offset + half, half, "FRM-001")]
            parts[1] = parts[1]._replace(length=entry.length - half)
            yield verdicts([*before, *parts, *after], right)
        yield verdicts([*before, *after], right)


def of_findings(vector: simvue_spec.Vector) -> Iterator[Verdicts]:
    right = expected(vector.expected)
    for number, finding in enumerate(right.findings[:_CROWD]):
        others = right.findings[:number] + right.findings[number + 1 :]
        other = finding._replace(severity="error" if finding.severity == "warning" else "warning")
        for findings in (others, (*others, other), (*right.findings, finding)):
            yield verdicts(right.entries, right, findings)
    for name in vector.requirements:
        finding_of_first = expected({**vector.expected, "findings": [_finding(name)]}).findings
        yield verdicts(right.entries, right, (*right.findings, *finding_of_first))


def _finding(name: str) -> dict[str, Any]:
    return {"requirement": name, "line": 1, "severity": "error"}


def of_sums(vector: simvue_spec.Vector) -> Iterator[Verdicts]:
    right = expected(vector.expected)
    yield verdicts(right.entries, right, totals={**right.totals, "torn": right.totals.get("torn", 0) + 1})
    yield verdicts(right.entries, right, valid=not right.valid)


def of_projection(vector: simvue_spec.Vector) -> Iterator[Verdicts]:
    right = expected(vector.expected)

    def changed(name: str, value: Any) -> Verdicts:
        return verdicts(right.entries, right, projection={**right.projection, name: value})

    for name, value in right.projection.items():
        if name == "status":
            yield changed(name, "failed" if value != "failed" else "completed")
        elif isinstance(value, dict):
            yield changed(name, {**value, "planted": []})
        else:
            yield changed(name, [*value, ["planted"]])
    for name, level in (("metrics", 0), ("tensors", 1)):
        for place in range(level, level + 2):
            rows = copy.deepcopy(right.projection[name])
            for row in [row for series in rows.values() for row in series] if name == "metrics" else rows:
                row[place] += 1
            if rows:
                yield changed(name, rows)
    if right.projection["events"]:
        yield changed("events", [[*event[:2], "planted"] for event in right.projection["events"]])


def every(vector: simvue_spec.Vector) -> Iterator[Verdicts]:
    """Yield every mutation of what is expected of a vector."""
    right = expected(vector.expected)
    for mutations in (of_lines, of_findings, of_sums, of_projection):
        yield from (mutant for mutant in mutations(vector) if mutant != right)

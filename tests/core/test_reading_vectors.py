"""Every vector of the specification, read by the reader that client and sender use."""

from typing import Any

import pytest

import simvue_spec
from simvue.core.projection import Projection
from simvue.core.reading import START, Reading, read
from simvue.journal.schemas import checker

VECTORS = {vector.path: vector for vector in simvue_spec.vectors()}


def read_whole(journal: bytes, *, dead: bool) -> Reading:
    return read(START, journal, checker(), dead=dead, final=True)


def in_pieces(journal: bytes, size: int, *, dead: bool) -> Reading:
    state, entries, findings, held = START, [], [], b""
    for start in range(0, len(journal) + 1, size):
        held += journal[start : start + size]
        reading = read(state, held, checker(), dead=dead, final=start + size > len(journal))
        held = held[reading.state.offset - state.offset :]
        state = reading.state
        entries += reading.entries
        findings += reading.findings
    return Reading(entries, findings, state)


def in_form_of_vector(reading: Reading, size: int) -> dict[str, Any]:
    projection = Projection()
    if reading.state.header is not None:
        projection.fold(reading.entries, reading.state.header)
    entries = [[entry.verdict.value, entry.offset, entry.length, entry.requirement] for entry in reading.entries]
    pending = size - reading.state.judged
    return {
        "entries": entries + ([["pending", reading.state.judged, pending, None]] if pending else []),
        "accounting": reading.state.accounting(size),
        "findings": sorted((finding.requirement, str(finding.line), finding.severity) for finding in reading.findings),
        "valid": not any(finding.severity == "error" for finding in reading.findings),
        "projection": projection.to_json(),
    }


def expected_of(vector: simvue_spec.Vector) -> dict[str, Any]:
    findings = [
        (finding["requirement"], str(finding.get("line")), finding["severity"])
        for finding in vector.expected["findings"]
    ]
    return {**_as_doubles(vector.expected), "findings": sorted(findings)}


def _as_doubles(value: Any) -> Any:
    """Return JSON values with the integers that only a double can hold as the double that a reader gets."""
    if isinstance(value, dict):
        return {name: _as_doubles(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_as_doubles(element) for element in value]
    return float(value) if type(value) is int and abs(value) >= 2**63 else value


@pytest.mark.parametrize("path", VECTORS)
@pytest.mark.requirement("RDR-001", "RDR-002", "RDR-003")
def test_the_reader_finds_in_a_vector_what_the_vector_expects(path: str) -> None:
    vector = VECTORS[path]

    reading = read_whole(vector.journal, dead=vector.state == "dead")

    assert in_form_of_vector(reading, len(vector.journal)) == expected_of(vector)


@pytest.mark.parametrize("path", VECTORS)
@pytest.mark.requirement("RDR-004")
def test_a_vector_in_pieces_reads_like_the_whole(path: str) -> None:
    vector = VECTORS[path]
    is_dead = vector.state == "dead"
    size = 7 if len(vector.journal) < 10_000 else 100_003

    reading = in_pieces(vector.journal, size, dead=is_dead)

    assert reading[:3] == read_whole(vector.journal, dead=is_dead)[:3]

"""Validation of a stream."""

import io

import pytest

from simvue.core.findings import Finding
from simvue.journal.schemas import checker
from simvue.journal.validate import Report, validate
from tests.core.journals import header, line


def check(journal: bytes, *, incomplete: bool = False) -> tuple[Report, list[Finding]]:
    findings: list[Finding] = []
    report = validate(io.BytesIO(journal), checker(), findings.append, incomplete=incomplete)
    return report, findings


WHOLE = header() + line("event", message="m") + line("end", records=2)


def test_a_whole_journal_is_valid_and_all_of_it_is_accounted_for() -> None:
    report, findings = check(WHOLE)

    assert findings == []
    assert report.valid
    assert (report.size, report.records) == (len(WHOLE), 3)
    assert report.accounting["accepted"] == len(WHOLE)


@pytest.mark.parametrize(
    ("journal", "requirement"),
    [
        (header() + line("event", message="m"), "JRN-043"),
        (WHOLE[:-9], "FRM-002"),
        (header() + b"\0\0\n", "RDR-024"),
        (b"", "JRN-022"),
    ],
    ids=["no end", "torn", "hole", "empty"],
)
@pytest.mark.requirement("JRN-043", "RDR-021", "RDR-022")
def test_what_a_live_journal_may_lack_is_an_error_in_a_complete_one(journal: bytes, requirement: str) -> None:
    complete, findings = check(journal)
    live, nothing = check(journal, incomplete=True)

    assert not complete.valid
    assert requirement in [finding.requirement for finding in findings]
    assert live.valid
    assert nothing == []


def test_what_is_broken_in_a_live_journal_is_an_error() -> None:
    report, findings = check(header() + b"no record\n" + line("event", message="m")[:-5], incomplete=True)

    assert not report.valid
    assert [finding.requirement for finding in findings] == ["FRM-001"]
    assert report.accounting["pending"] == len(line("event", message="m")) - 5


@pytest.mark.requirement("RDR-012")
def test_a_journal_that_is_left_alone_is_read_to_its_end_for_its_size_alone() -> None:
    journal = header(version="2.0") + b"anything\n" * 100_000

    report, findings = check(journal)

    assert [finding.requirement for finding in findings] == ["RDR-012"]
    assert report.accounting["pending"] == report.size == len(journal)


def test_warnings_do_not_make_a_journal_invalid() -> None:
    report, findings = check(header() + line("end"))

    assert report.valid
    assert [(finding.requirement, finding.severity) for finding in findings] == [("REC-128", "warning")]
    assert (report.errors, report.warnings) == (0, 1)


def test_progress_counts_the_bytes_that_were_read() -> None:
    read: list[int] = []
    journal = header() + line("event", message="m") * 20_000

    validate(io.BytesIO(journal), checker(), lambda _: None, incomplete=True, report_progress=read.append)

    assert read == sorted(read)
    assert read[-1] == len(journal)


@pytest.mark.requirement("RDR-022")
def test_nothing_is_read_behind_nul_bytes_of_a_live_journal() -> None:
    journal = header() + bytes(3_000_000) + line("event", message="m")

    report, findings = check(journal, incomplete=True)

    assert findings == []
    assert report.accounting["pending"] == len(journal) - len(header())

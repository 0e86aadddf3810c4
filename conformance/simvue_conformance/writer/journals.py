"""The journals that a program has left in a cache, and what every one of them has to keep, whatever the scenario.

Lines are judged by `judge`; here its findings become failures, and what one journal alone does not show is
added: names, identities, the end, times. What a scenario promises is left to the scenarios.
Tests: tests/conformance/writer/test_journals.py.
"""

import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonlines

from simvue_conformance.judge import Finding, Judgement, Record, judge
from simvue_conformance.judge.times import nanoseconds
from simvue_conformance.results import Failure, NotTestable
from simvue_conformance.writer.growth import LARGEST
from simvue_conformance.writer.session import Session

__all__ = ["Journal", "collect", "failures", "misplaced"]

VERSION = "1.0"  # of the format: there is no other yet (JRN-012)
NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,93}\.jsonl")  # JRN-001
SHOWN = 3  # failures of one requirement that one journal reports
BEGINNING = 4096  # bytes in which a header shows

WRITERS = {
    "SEQ-007": "SEQ-002",
    "RDR-010": "REC-005",
    "RDR-012": "JRN-012",
    "RDR-024": "FRM-023",
    "JRN-023": "JRN-022",
}
"""Requirements of readers by which a finding is called, and those of writers that such a line breaks."""


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal and the judgement on it."""

    path: Path
    content: bytes
    judgement: Judgement

    @classmethod
    def read(cls, path: Path) -> "Journal":
        """Read and judge a file that nobody writes any more.

        Raises:
            NotTestable: it is too large.
        """
        if path.stat().st_size > LARGEST:
            raise NotTestable(f"{path.name} has {path.stat().st_size >> 20} MiB; record what the scenario has, once")
        content = path.read_bytes()
        journal = cls(path, content, judge(content))
        journal._hold_against_a_plain_reader()
        return journal

    def _hold_against_a_plain_reader(self) -> None:
        """Hold the judge against any reader of JSON lines, of a journal that is whole: a check of the suite itself."""
        if {entry.verdict for entry in self.judgement.entries} <= {"accepted", "separator"}:
            with jsonlines.Reader(self.content.decode().split("\n")) as reader:
                plain = list(reader.iter(skip_empty=True))
            if plain != [record.value for record in self.judgement.records]:
                raise RuntimeError(
                    f"the suite reads {self.path} in two ways; report this with the file, it is a defect"
                )

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def header(self) -> dict[str, Any]:
        """The header; empty if the journal has none."""
        return self.judgement.header or {}

    @property
    def identity(self) -> str:
        """The `journal` of the header."""
        return str(self.header.get("journal", ""))

    @property
    def is_torn(self) -> bool:
        """Whether it ends in bytes that are no record."""
        return bool(self.judgement.entries) and self.judgement.entries[-1].verdict == "torn"

    def of_kind(self, kind: str) -> list[Record]:
        """Return the accepted records of a kind, in order."""
        return [record for record in self.judgement.records if record.value["kind"] == kind]

    def steps(self, metric: str) -> list[int]:
        """Return the steps at which a metric was recorded, in order."""
        return [point[0] for point in self.judgement.projection["metrics"].get(metric, [])]

    def points(self, metric: str) -> list[tuple[int, float]]:
        """Return the steps and values of a metric, in order."""
        return [(point[0], point[3]) for point in self.judgement.projection["metrics"].get(metric, [])]


def collect(directory: Path) -> list[Journal]:
    """Read the journals of a cache, whatever they are called, in the order of their headers' times."""
    paths = [path for path in sorted((directory / "journals").glob("**/*")) if path.is_file() and _is_meant(path)]
    found = [Journal.read(path) for path in paths]
    return sorted(found, key=lambda journal: (nanoseconds(journal.header["at"]) or 0) if journal.header else 0)


def _is_meant(path: Path) -> bool:
    """Whether something in `journals` is meant as a journal; a lock or a temporary file is not, nor is it forbidden."""
    if path.suffix == ".jsonl" or path.name == ".jsonl":
        return True
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return b'"kind"' in file.read(BEGINNING)


def misplaced(directory: Path) -> Iterator[Failure]:
    """Report journals that do not lie where JRN-001 has them, or are not called so."""
    for path in sorted(directory.glob("**/*")):
        where = path.relative_to(directory)
        if path.parent == directory / "journals":
            is_journal = NAME.fullmatch(path.name) and stat.S_ISREG(os.lstat(path).st_mode)
            if not is_journal and _is_meant(path):
                yield Failure(
                    "JRN-001",
                    f"{where}: no name of a journal; a file <name>.jsonl, 1 to 94 of [A-Za-z0-9._-], no dot first",
                )
        elif path.suffix == ".jsonl" and path.is_file():
            yield Failure("JRN-001", f"{where}: a journal outside of journals/; write it there and nowhere else")
    if not (directory / "journals").is_dir():
        yield Failure("JRN-001", "there is no directory journals; create it, and the journal in it")


def failures(
    session: Session, journals: Iterable[Journal], *, is_ended: bool = True, broken_line: int | None = None
) -> Iterator[Failure]:
    """Report what journals break that any journal has to keep.

    Args:
        session: where identities are noted.
        journals: those of one scenario.
        is_ended: whether their writers ended in order; otherwise a torn tail and a missing end are no failures.
        broken_line: where a write was made to fail: what is no record there is no failure.
    """
    for journal in journals:
        counts: Counter[str] = Counter()
        for failure in _of_one(session, journal, is_ended=is_ended, broken_line=broken_line):
            counts[failure.requirement] += 1
            if counts[failure.requirement] <= SHOWN:
                yield failure


def _of_one(session: Session, journal: Journal, *, is_ended: bool, broken_line: int | None) -> Iterator[Failure]:
    for finding in journal.judgement.findings:
        is_tail = finding.requirement == "FRM-002" and journal.is_torn and not is_ended
        is_owned_up = finding.requirement == "SEQ-002" and finding.severity == "warning"  # SEQ-012
        if (
            not is_tail
            and not is_owned_up
            and finding.line != (broken_line or 0)
            and not _is_consequence(journal, finding, broken_line)
        ):
            yield of_finding(journal, finding)
    if journal.header and journal.header["version"] != VERSION:
        detail = (
            f"version is {journal.header['version']}, and nothing in the journal needs more than {VERSION}; write that"
        )
        yield Failure("JRN-012", f"{journal.name}: {detail}")
    if is_ended and journal.header and not journal.of_kind("end"):
        yield Failure("JRN-043", f"{journal.name}: has no `end` record; append one when the program ends in order")
    yield from _identity(session, journal)
    if "library" in session.features:
        yield from _equal_times(journal)
    if "checksum" in session.features and journal.header and journal.header.get("crc") != "crc32":
        yield Failure("SCN-015", f'{journal.name}: checksums are claimed, but the header has no "crc":"crc32"')


def _is_consequence(journal: Journal, finding: Finding, broken_line: int | None) -> bool:
    """Whether a gap or a count is only that of a record that was refused, and is reported for itself."""
    refused = {line for line, entry in enumerate(journal.judgement.entries, 1) if entry.verdict in {"dead", "hole"}}
    refused.discard(broken_line or 0)
    if finding.line is None or finding.requirement not in {"SEQ-002", "REC-126"}:
        return False
    if finding.requirement == "REC-126":
        return any(line < finding.line for line in refused)
    before = max((record.line for record in journal.judgement.records if record.line < finding.line), default=0)
    return any(before < line < finding.line for line in refused)


def of_finding(journal: Journal, finding: Finding) -> Failure:
    """Report a finding of the judge under the requirement of writers that it is about."""
    line = "" if finding.line is None else f" line {finding.line}"
    requirement = WRITERS.get(finding.requirement, finding.requirement)
    if finding.requirement == "RDR-012" and "requires" in finding.message:
        requirement = "JRN-020"
    if finding.requirement == "SEQ-007" and _is_repeated(journal, finding.line or 0):
        return Failure("WRT-013", f"{journal.name}{line}: repeats a record after 63 others; repeat it at once or not")
    return Failure(requirement, f"{journal.name}{line}: {finding.message}")


def _is_repeated(journal: Journal, line: int) -> bool:
    entry = journal.judgement.entries[line - 1]
    content = journal.content[entry.offset : entry.offset + entry.length].strip(b" \t\r\n")
    return any(record.raw == content for record in journal.judgement.records)


def _identity(session: Session, journal: Journal) -> Iterator[Failure]:
    if journal.identity and (earlier := session.identify(journal.identity, str(journal.path))):
        yield Failure(
            "JRN-014",
            f"{journal.name}: `journal` is {journal.identity}, as in {Path(earlier).name} before;"
            " use a random UUID for each journal",
        )


def _equal_times(journal: Journal) -> Iterator[Failure]:
    seen: dict[int, int] = {}
    for record in journal.judgement.records:
        time = nanoseconds(record.value["at"])
        if time is not None and time in seen:
            yield Failure(
                "WRT-033",
                f"{journal.name} line {record.line}: `at` is that of line {seen[time]};"
                " add a microsecond where two are equal",
            )
        seen.setdefault(time or 0, record.line)

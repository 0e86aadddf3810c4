"""How far a journal has been read, as one value that survives between passes.

It is small whatever the size of the journal (RDR-005), and becomes JSON for a checkpoint. What the numbers
mean is decided in `reading`. Tests: tests/core/test_state.py.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any, NamedTuple

__all__ = ["SECOND_HEADER", "START", "Header", "Overlong", "ReaderState", "Verdict"]


class Verdict(StrEnum):
    """What a line is to a reader. What has no verdict yet is pending."""

    ACCEPTED = "accepted"
    SEPARATOR = "separator"
    DEAD = "dead"
    PARKED = "parked"
    SKIPPED = "skipped"
    HOLE = "hole"
    TORN = "torn"


_ACCOUNTED_AS = {Verdict.SEPARATOR: "separators", Verdict.HOLE: "holes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The identity of a journal and what its header declares.

    `digest` stands for the header's bytes, to tell its replay from a second header (JRN-022).
    """

    journal: str
    run: str
    version: str
    at: str
    sequenced: bool
    checksummed: bool
    cwd: str | None
    requires: tuple[str, ...]
    continues: dict[str, Any] | None
    writer: dict[str, Any]
    digest: bytes

    @classmethod
    def from_record(cls, record: Mapping[str, Any], digest: bytes) -> "Header":
        """Take a header from its record, which its schema has approved."""
        return cls(
            journal=record["journal"],
            run=record["run"],
            version=record["version"],
            at=record["at"],
            sequenced="seq" in record,
            checksummed="crc" in record,
            cwd=record.get("cwd"),
            requires=tuple(record.get("requires", ())),
            continues=record.get("continues"),
            writer=record["writer"],
            digest=digest,
        )


class Overlong(NamedTuple):
    """A line beyond the limit that is being passed over: where it began, bytes so far, its first bytes."""

    offset: int
    length: int
    head: bytes


SECOND_HEADER = "JRN-023"
"""The value of `ReaderState.stopped` with which lines still get verdicts, and no record is accepted."""


def _nothing() -> dict[Verdict, int]:
    return dict.fromkeys(Verdict, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderState:
    """Everything a reader has to remember of a journal to go on reading it.

    `offset` is where the next call's data begins, `line` the number of lines with a verdict. `records` counts
    what REC-126 counts; `metrics` and `tensors` are the next default steps (REC-034, REC-115). `stopped` is the
    requirement by which the journal is left alone from here on. `bytes` and `counts` are kept by verdict.
    """

    offset: int = 0
    line: int = 0
    header: Header | None = None
    last_seq: int = 0
    records: int = 0
    metrics: int = 0
    tensors: int = 0
    ended: bool = False
    bore_run: bool = False
    stopped: str | None = None
    recent: tuple[tuple[int, bytes], ...] = ()
    overlong: Overlong | None = None
    bytes: Mapping[Verdict, int] = field(default_factory=_nothing)
    counts: Mapping[Verdict, int] = field(default_factory=_nothing)

    @property
    def left_alone(self) -> bool:
        """Whether nothing more is read of the journal (JRN-024, RDR-012)."""
        return self.stopped is not None and self.stopped != SECOND_HEADER

    @property
    def judged(self) -> int:
        """Bytes of the journal, from its beginning, that have a verdict."""
        return self.overlong.offset if self.overlong else self.offset

    def accounting(self, size: int) -> dict[str, int]:
        """Return the bytes of a journal of `size` bytes by verdict, with what is pending; they add up."""
        by_verdict = {_ACCOUNTED_AS.get(verdict, verdict.value): self.bytes[verdict] for verdict in Verdict}
        return {**by_verdict, "pending": size - self.judged}

    def to_json(self) -> dict[str, Any]:
        """Return the state as JSON values, without what is as at the start of a journal."""
        content = {
            "offset": self.offset,
            "line": self.line,
            "header": _header_to_json(self.header) if self.header else None,
            "last_seq": self.last_seq,
            "records": self.records,
            "metrics": self.metrics,
            "tensors": self.tensors,
            "ended": self.ended,
            "bore_run": self.bore_run,
            "stopped": self.stopped,
            "recent": _recent_to_json(self.recent),
            "overlong": self.overlong and [*self.overlong[:2], _text(self.overlong.head)],
            "bytes": {verdict.value: size for verdict, size in self.bytes.items() if size},
            "counts": {verdict.value: count for verdict, count in self.counts.items() if count},
        }
        return {name: value for name, value in content.items() if value}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "ReaderState":
        """Take a state back from `to_json`; `KeyError`, `TypeError` or `ValueError` say that it is none."""
        known = dict(content)
        if "header" in known:
            header = dict(known["header"])
            known["header"] = Header(
                **{**header, "requires": tuple(header["requires"]), "digest": b64decode(header["digest"])}
            )
        if "recent" in known:
            known["recent"] = _recent_from_json(known["recent"])
        if "overlong" in known:
            offset, length, head = known["overlong"]
            known["overlong"] = Overlong(offset, length, b64decode(head))
        for name in ("bytes", "counts"):
            stored = {Verdict(verdict): number for verdict, number in known.get(name, {}).items()}
            known[name] = {**_nothing(), **stored}
        return cls(**known)


def _header_to_json(header: Header) -> dict[str, Any]:
    content = {name: getattr(header, name) for name in Header.__slots__}
    return {**content, "requires": list(header.requires), "digest": _text(header.digest)}


def _recent_to_json(recent: tuple[tuple[int, bytes], ...]) -> list[Any]:
    """Return the numbers as runs of consecutive ones, and all digests in one string."""
    runs: list[list[int]] = [[recent[0][0], 1]] if recent else []
    for (before, _), (number, _) in pairwise(recent):
        if number == before + 1:
            runs[-1][1] += 1
        else:
            runs.append([number, 1])
    return [runs, _text(b"".join(digest for _, digest in recent))] if recent else []


def _recent_from_json(content: list[Any]) -> tuple[tuple[int, bytes], ...]:
    runs, text = content
    numbers = [number for first, count in runs for number in range(first, first + count)]
    digests = b64decode(text)
    size = len(digests) // len(numbers)
    return tuple((number, digests[place * size : (place + 1) * size]) for place, number in enumerate(numbers))


def _text(raw: bytes) -> str:
    return b64encode(raw).decode("ascii")


START = ReaderState()
"""The state of a journal of which nothing is read."""

"""What a pass says: a summary as text or JSON, its exit code, and the one line that cron should mail.

Under cron a pass is silent while all is well. A line that a person should see is printed when its cause is new, and again after
a day; the ledger remembers what was told. Tests: tests/sender/test_report.py.
"""

import unicodedata
from dataclasses import asdict, dataclass, field
from enum import IntEnum
from typing import Any

from simvue.core.ledger import Ledger, Note

__all__ = ["Exit", "Summary", "news", "printable"]

_AGAIN = 24 * 3600.0


class Exit(IntEnum):
    """Exit codes of `simvue_sender`."""

    DONE = 0
    BACKLOG = 10
    DEAD_LETTERS = 20
    CONFIGURATION = 30
    STATE_UNWRITABLE = 40
    LEASE_LOST = 50
    UNREACHABLE = 69


@dataclass(slots=True)
class Summary:
    """What a pass found and did. Counts are of this pass, `journals` and `waiting_bytes` of what is left after it."""

    cache: str
    server: str = ""
    guarantee: dict[str, str] = field(default_factory=dict)
    busy: str = ""
    """Who else holds the lease, when that is why nothing was done."""
    delivered: dict[str, int] = field(default_factory=dict)
    """Records by kind."""
    finished: int = 0
    expired: int = 0
    dead_letters: int = 0
    findings: int = 0
    journals: int = 0
    waiting_bytes: int = 0
    waiting: dict[str, str] = field(default_factory=dict)
    """Runs with something left to send → why."""
    troubles: dict[str, str] = field(default_factory=dict)
    """What a person should see to: journal, run or setting → what is wrong."""
    failure: str = ""
    """Why the pass ended early."""
    seconds: float = 0.0
    exit: Exit = Exit.DONE

    @property
    def records(self) -> int:
        """Records delivered in this pass."""
        return sum(self.delivered.values())

    def to_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        return asdict(self) | {"exit": int(self.exit), "records": self.records}

    def text(self) -> str:
        """Return the summary for a person."""
        if self.busy:
            return self.busy
        by_kind = ", ".join(f"{count:,} {kind}" for kind, count in sorted(self.delivered.items()))
        parts = [f"{self.records:,} records delivered" + (f" ({by_kind})" if by_kind else "")]
        if self.finished:
            parts.append(f"{self.finished:,} journals finished")
        if self.journals:
            parts.append(f"{self.journals:,} open, {self.waiting_bytes:,} bytes waiting")
        if self.dead_letters:
            parts.append(f"{self.dead_letters:,} dead letters")
        guarantee = f" [{self.guarantee['metrics']}]" if self.guarantee else ""
        where = f" to {self.server}" if self.server else ""
        return f"{'; '.join(parts)}{where}{guarantee} in {self.seconds:.1f} s"


def news(summary: Summary, ledger: Ledger) -> tuple[list[str], list[Note]]:
    """Return the lines that a person should read now, and the notes that remember having said them."""
    causes = dict(summary.troubles)
    if summary.failure:
        causes[f"pass/{summary.exit.name}"] = summary.failure
    if summary.dead_letters:
        causes["dead letters"] = (
            f"{summary.dead_letters} records were refused and kept as dead letters; see: simvue_sender dead list"
        )
    lines, notes = [], []
    for what, text in causes.items():
        told = ledger.told.get(what)
        if what != "dead letters" and told is not None and ledger.clock - told < _AGAIN:
            continue
        lines.append(
            f"simvue_sender: {text}"
            if what.startswith("pass/") or what == "dead letters"
            else f"simvue_sender: {what}: {text}"
        )
        if what != "dead letters":
            notes.append({"note": "told", "what": what, "clock": ledger.clock})
    notes += [{"note": "told", "what": what, "clock": None} for what in ledger.told if what not in causes]
    return [printable(line) for line in lines], notes


def printable(text: str) -> str:
    """Return text without characters that could steer a terminal (DLV-048)."""
    return "".join(
        char
        if char == "\t" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )

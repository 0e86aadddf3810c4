"""What a pass says: a summary as text or JSON, its exit code, and what a person should see to.

How often that is repeated is decided in `told`. Tests: tests/sender/test_terminal.py, test_news.py.
"""

import unicodedata
from collections import Counter
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any

from simvue.delivery.outcome import Outcome

__all__ = ["DEAD_LETTERS", "Exit", "Summary", "cut", "one_line", "printable"]

DEAD_LETTERS = "dead letters/"
"""How the cause begins that a journal has dead letters nobody has seen to."""

_MOST_LINES = 5


class Exit(IntEnum):
    """Exit codes of `simvue_sender`."""

    DONE = 0
    BACKLOG = 10
    DEAD_LETTERS = 20
    CONFIGURATION = 30
    STATE_UNWRITABLE = 40
    LEASE_LOST = 50
    UNREACHABLE = 69
    DEFECT = 70
    """The sender itself failed; what it knew is kept, and the next pass goes on."""


@dataclass(slots=True)
class Summary(Outcome):
    """What a pass found and did, how it ended, and with which exit code."""

    busy: str = ""
    """Who else holds the lease, when that is why nothing was done."""
    stopped: str = ""
    """The signal that asked the pass to end."""
    failure: str = ""
    """Why the pass ended early."""
    seconds: float = 0.0
    exit: Exit = Exit.DONE

    @property
    def records(self) -> int:
        """Records delivered in this pass."""
        return sum(self.delivered.values())

    @property
    def is_whole(self) -> bool:
        """Whether the pass saw all that there is to see."""
        return not (self.failure or self.busy or self.stopped)

    def add(self, part: "Summary", where: str) -> None:
        """Add what a pass over another cache did, so that both are told as one; `where` names it."""
        if part.busy:
            return
        self.server, self.guarantee = self.server or part.server, self.guarantee or part.guarantee
        self.delivered = dict(Counter(self.delivered) + Counter(part.delivered))
        self.finished += part.finished
        self.expired += part.expired
        self.dead_letters += part.dead_letters
        self.findings += part.findings
        self.journals += part.journals
        self.waiting_bytes += part.waiting_bytes
        self.dead_letters_of |= part.dead_letters_of
        self.waiting |= part.waiting
        self.troubles |= {f"{where}: {what}": text for what, text in part.troubles.items()}
        self.incomplete += [f"{where}/{name}" for name in part.incomplete]
        if part.failure and not self.failure:
            self.failure, self.exit = part.failure, part.exit
        elif not self.failure:
            self.exit = max(self.exit, part.exit)

    def to_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        return asdict(self) | {"exit": int(self.exit), "records": self.records}

    def text(self) -> str:
        """Return the summary for a person, in one line."""
        if self.busy:
            return self.busy
        most = sorted(self.delivered.items(), key=lambda row: (-row[1], row[0]))
        by_kind = ", ".join(f"{count:,} {kind}" for kind, count in most if count)
        where = f" to {self.server} [{self.guarantee['metrics']}]" if self.server else ""
        parts = [f"{_counted(self.records, 'record')} delivered{where}" + (f" ({by_kind})" if by_kind else "")]
        if self.finished:
            parts.append(f"{_counted(self.finished, 'journal')} finished")
        if self.journals:
            parts.append(f"{_counted(self.journals, 'journal')} open, {_counted(self.waiting_bytes, 'byte')} waiting")
        if self.dead_letters:
            parts.append(_counted(self.dead_letters, "dead letter"))
        if self.stopped:
            parts.append(f"stopped by {self.stopped}")
        return f"{'; '.join(parts)}; {self.seconds:.1f} s"

    def causes(self, command: str) -> dict[str, str]:
        """Return what a person should see to: cause → the line to print; `command` is how they call the sender."""
        causes = {what: f"{what}: {text}" for what, text in self.troubles.items()}
        if self.failure:
            causes[f"pass/{self.exit.name}"] = self.failure
        if self.dead_letters_of:
            names = sorted(self.dead_letters_of)
            shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
            text = (
                f"{_counted(self.dead_letters, 'record')} of {_counted(len(names), 'journal')} ({shown}) were refused "
                f"and are kept as dead letters; see: {command} dead list"
            )
            causes |= dict.fromkeys((DEAD_LETTERS + journal for journal in names), text)
        return causes


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def cut(lines: list[str], log: str) -> list[str]:
    """Return no more lines than somebody reads in a mail."""
    if len(lines) <= _MOST_LINES:
        return lines
    return [*lines[: _MOST_LINES - 1], f"and {len(lines) - _MOST_LINES + 1} more such lines: see {log}"]


def one_line(text: str) -> str:
    """Return text of several lines as one, safe to print."""
    return printable(" ".join(line.strip() for line in text.splitlines()))


def printable(text: str) -> str:
    """Return text without characters that could steer a terminal (DLV-048)."""
    return "".join(
        char
        if char == "\t" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )

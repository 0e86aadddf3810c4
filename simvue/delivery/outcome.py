"""What a pass found and did, as values. How that is told to people is left to the sender. Tests: with `passes`."""

from dataclasses import dataclass, field

__all__ = ["Outcome"]


@dataclass(slots=True)
class Outcome:
    """Counts are of this pass, `journals` and `waiting_bytes` of what is left after it."""

    cache: str
    server: str = ""
    guarantee: dict[str, str] = field(default_factory=dict)
    delivered: dict[str, int] = field(default_factory=dict)
    """Records by kind."""
    finished: int = 0
    expired: int = 0
    dead_letters: int = 0
    dead_letters_of: dict[str, int] = field(default_factory=dict)
    """Journals with dead letters of this pass → how many."""
    findings: int = 0
    journals: int = 0
    waiting_bytes: int = 0
    waiting: dict[str, str] = field(default_factory=dict)
    """Runs with something left to send → why."""
    troubles: dict[str, str] = field(default_factory=dict)
    """What a person should see to: journal, run or setting → what is wrong."""
    incomplete: list[str] = field(default_factory=list)
    """Files whose first line is not complete yet."""

"""What a tool reports about a journal: a requirement, how grave, where, in words.

The words are made where the requirement is checked; how they reach a person is left to the tools.
Tests: tests/core/test_reading.py.
"""

from typing import Literal, NamedTuple

__all__ = ["Finding", "Severity"]

Severity = Literal["error", "warning"]
"""A broken MUST is an error, a broken SHOULD a warning."""


class Finding(NamedTuple):
    """A broken requirement at a place of a journal.

    `line` counts from 1 and `offset`, in bytes, from 0; both are those of the line's beginning.
    What a journal lacks as a whole has no line.
    """

    requirement: str
    severity: Severity
    line: int | None
    offset: int
    message: str

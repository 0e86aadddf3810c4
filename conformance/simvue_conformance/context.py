"""What every role is given: the program under test, and how to look at it. Tests: tests/conformance/test_cli.py."""

from dataclasses import dataclass

from simvue_conformance.program import Program

__all__ = ["Context"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One call of the suite.

    Attributes:
        program: the command under test.
        features: what the program claims beyond what everybody owes; the frozen list has rows for them.
        seed: of everything that is drawn at random, so that a failure can be repeated.
        sender: the sender that finishes what an online program left, for the role `online`.
    """

    program: Program
    features: frozenset[str] = frozenset()
    seed: int = 0
    sender: Program | None = None

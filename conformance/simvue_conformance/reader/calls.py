"""Calls the reader under test with many files at a time, and finds the one at which it fails.

Its answers are taken apart by `verdicts`, and judged by the places. Tests: tests/conformance/reader/test_calls.py.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from simvue_conformance.program import Program
from simvue_conformance.reader.verdicts import FormError, Verdicts, parse
from simvue_conformance.results import Failure

__all__ = ["AT_ONCE", "CODES", "Answer", "ask"]

AT_ONCE = 64
"""Files of one call: few enough for every command line, enough that starting a program is not what takes the time."""
CODES = (0, 1)
"""The exit codes of a reader that has done its work: all journals are valid, one is not."""
_PURSUED = 3  # files at which it fails that are looked for


class Answer(NamedTuple):
    """What the reader said of one file, or what is wrong with its saying nothing."""

    path: Path
    verdicts: Verdicts | None
    failure: Failure | None = None


def ask(program: Program, files: Sequence[Path], *, live: bool = False, at_once: int = AT_ONCE) -> list[Answer]:
    """Return the program's answer for each file, in their order.

    A call that fails is repeated with either half of its files, down to the file that it is about; after three of
    these, all the files of a call that fails have failed.

    Raises:
        NotTestable: it cannot be started, or does not end within the time limit.
    """
    asking = _Asking(program, live=live)
    return [
        answer for first in range(0, len(files), at_once) for answer in asking.answers(files[first : first + at_once])
    ]


class _Asking:
    def __init__(self, program: Program, *, live: bool) -> None:
        self._program = program
        self._options = ("--live",) if live else ()
        self._failed = 0

    def answers(self, files: Sequence[Path]) -> list[Answer]:
        done = self._program.run(*self._options, *map(str, files))
        try:
            if done.code not in CODES:
                detail = f"ended with {done.end}; a reader ends with 0 or 1, whatever bytes it is given"
                return self._divided(files, Failure("RDC-001", detail))
            found = parse(done.stdout, [str(file) for file in files])
        except FormError as error:
            return self._divided(files, Failure("RDC-002", str(error)))
        told = 0 if all(verdicts.valid for verdicts in found) else 1
        answers = [Answer(file, verdicts) for file, verdicts in zip(files, found, strict=True)]
        if done.code != told:
            detail = f"ended with exit code {done.code}, but its own valid lines ask for {told}"
            place = 0 if told == 0 else next(number for number, one in enumerate(found) if not one.valid)
            answers[place] = answers[place]._replace(failure=Failure("RDC-001", detail))
        return answers

    def _divided(self, files: Sequence[Path], failure: Failure) -> list[Answer]:
        if len(files) == 1 or self._failed >= _PURSUED:
            self._failed += len(files) == 1
            return [Answer(file, None, failure) for file in files]
        half = len(files) // 2
        answers = [*self.answers(files[:half]), *self.answers(files[half:])]
        if all(answer.failure is None for answer in answers):  # it fails only with many at once
            answers[0] = answers[0]._replace(failure=failure)
        return answers

"""Runs the program under test: clean surroundings, a time limit, an end for everything that it started.

What it is asked to do is left to the roles. Tests: tests/conformance/test_program.py.
"""

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from simvue_conformance.results import NotTestable

__all__ = ["Finished", "Program", "Started"]

SHOWN = 400  # characters of what a program printed that go into a failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A program that has ended: its exit code (negative: the signal that ended it) and what it printed."""

    code: int
    stdout: bytes
    stderr: bytes

    @property
    def words(self) -> str:
        """The end of what it printed, on one line, for messages."""
        text = (self.stderr.strip() or self.stdout.strip()).decode(errors="backslashreplace")
        shown = " | ".join(line for line in text.splitlines() if line.strip())
        return shown if len(shown) <= SHOWN else f"…{shown[-SHOWN:]}"

    @property
    def end(self) -> str:
        """How it ended, for messages."""
        how = f"exit code {self.code}" if self.code >= 0 else f"killed by {signal.Signals(-self.code).name}"
        return f"{how}: {self.words}" if self.words else how


class Started:
    """A program that is running, with everything that it starts: one process group."""

    def __init__(self, process: subprocess.Popen[bytes], stdout: IO[bytes], stderr: IO[bytes]) -> None:
        self._process = process
        self._stdout = stdout
        self._stderr = stderr

    @property
    def pid(self) -> int:
        """The process number, which is that of its group as well."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def read(self) -> bytes:
        """Everything that it has printed on standard output so far."""
        return _content(self._stdout)

    def signal(self, number: int) -> None:
        """Send a signal to it and to all it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def kill(self) -> None:
        """End it at once, with all it started, as a node that dies would."""
        self.signal(signal.SIGKILL)
        self._process.wait()

    def wait(self, seconds: float) -> Finished:
        """Wait for its end.

        Raises:
            NotTestable: it has not ended within the time; it is killed then.
        """
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise NotTestable(
                f"the program did not end within {seconds:g} s and was killed; --timeout gives it longer"
            ) from None
        return Finished(code=code, stdout=_content(self._stdout), stderr=_content(self._stderr))


def _content(file: IO[bytes]) -> bytes:
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The command under test.

    Attributes:
        command: the program and its first arguments; those of the role follow.
        timeout: seconds that one call may take.
    """

    command: tuple[str, ...]
    timeout: float = 60.0

    @contextlib.contextmanager
    def started(self, *arguments: str, environment: Mapping[str, str] | None = None, **popen: Any) -> Iterator[Started]:
        """Start it in the caller's directory, in a process group of its own that ends with the block.

        Args:
            arguments: those of the role.
            environment: variables in addition to the caller's; his SIMVUE_… are not passed on.
            popen: further arguments of subprocess.Popen, such as preexec_fn.

        Raises:
            NotTestable: the command cannot be started.
        """
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SIMVUE_")}
        with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
            try:
                process = subprocess.Popen(
                    [*self.command, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=stdout,
                    stderr=stderr,
                    env={**inherited, **(environment or {})},
                    start_new_session=True,
                    **popen,
                )
            except OSError as error:
                raise NotTestable(f"{self.command[0]}: {error.strerror}; give the command after --") from error
            running = Started(process, stdout, stderr)
            try:
                yield running
            finally:
                running.kill()

    def run(self, *arguments: str, environment: Mapping[str, str] | None = None, **popen: Any) -> Finished:
        """Run it to its end.

        Raises:
            NotTestable: it cannot be started, or does not end within the time limit.
        """
        with self.started(*arguments, environment=environment, **popen) as running:
            return running.wait(self.timeout)

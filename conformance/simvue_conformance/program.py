"""Runs the program under test: clean surroundings, a time limit, an end for everything that it started.

What it is asked to do is left to the roles. Tests: tests/conformance/test_program.py.
"""

import contextlib
import errno
import os
import signal
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from simvue_conformance.results import NotTestable

__all__ = ["Finished", "Program", "Started", "end_all"]

SHOWN = 400  # characters of what a program printed that go into a failure
PRINTED = 256 << 20  # bytes that a program may print: a reader prints a projection of 32 MB
HINTS = {
    errno.ENOENT: "give a program on the PATH, or its path, such as ./my_writer, after --",
    errno.EACCES: "make it executable: chmod +x",
    errno.ENOEXEC: "begin it with #! and the path of its interpreter",
}
PAUSE = 0.02  # seconds between two looks at a program that is waited for
LOOKS = 100  # for processes that were killed and are still there
MARK = "CONFORMANCE_CALL"  # a variable by which what left its process group is found again


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
    """A program that is running, with everything that it starts: one process group, and what has left it."""

    def __init__(self, process: subprocess.Popen[bytes], mark: str, stdout: IO[bytes], stderr: IO[bytes]) -> None:
        self._process = process
        self._mark = f"{MARK}={mark}".encode()
        self._stdout = stdout
        self._stderr = stderr
        self._has_flooded = False

    @property
    def pid(self) -> int:
        """The process number, which is that of its group as well."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet. One that prints without end is killed."""
        if self._process.poll() is not None:
            return False
        if max(os.fstat(file.fileno()).st_size for file in (self._stdout, self._stderr)) > PRINTED:
            self._has_flooded = True
            self.kill()
        return not self._has_flooded

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
        for _ in range(LOOKS):
            strays = _marked(self._mark)
            if not strays:
                return
            for process in strays:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            time.sleep(PAUSE)

    def wait(self, seconds: float, said: float | None = None) -> Finished:
        """Wait for its end.

        Args:
            seconds: from now.
            said: the whole time that it had, for the message, if part of it has passed already.

        Raises:
            NotTestable: it has not ended within the time, or prints without end; it is killed then.
        """
        until = time.monotonic() + seconds
        while self.is_running:
            left = until - time.monotonic()
            if left <= 0:
                self.kill()
                raise NotTestable(
                    f"the program did not end within {seconds if said is None else said:g} s and was killed;"
                    " --timeout gives it longer"
                )
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(min(left, PAUSE))
        if self._has_flooded:
            raise NotTestable(f"the program printed more than {PRINTED >> 20} MiB and was killed; print less")
        return Finished(code=self._process.wait(), stdout=_content(self._stdout), stderr=_content(self._stderr))


_running: set[Started] = set()
_is_ending = threading.Event()


def end_all() -> None:
    """End every program that is running, and let no other start: the suite was interrupted."""
    _is_ending.set()
    for running in tuple(_running):
        running.kill()


def _marked(mark: bytes) -> set[int]:
    """The processes of this call that are alive, found by their environment; none where there is no /proc."""
    found = set()
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):  # it has ended, or is somebody else's
            if mark in environment.read_bytes().split(b"\0"):
                found.add(int(environment.parent.name))
    return found


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
            NotTestable: the command cannot be started, or the suite was interrupted.
        """
        mark = str(uuid.uuid4())
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SIMVUE_")}
        with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
            try:
                process = subprocess.Popen(
                    [*self.command, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=stdout,
                    stderr=stderr,
                    env={**inherited, **(environment or {}), MARK: mark},
                    start_new_session=True,
                    **popen,
                )
            except OSError as error:
                hint = HINTS.get(error.errno or 0, "give the command after --")
                raise NotTestable(f"{self.command[0]}: {error.strerror}; {hint}") from error
            running = Started(process, mark, stdout, stderr)
            _running.add(running)
            try:
                if _is_ending.is_set():
                    raise NotTestable("the suite was interrupted")
                yield running
            finally:
                running.kill()
                _running.discard(running)

    def run(self, *arguments: str, environment: Mapping[str, str] | None = None, **popen: Any) -> Finished:
        """Run it to its end.

        Raises:
            NotTestable: it cannot be started, or does not end within the time limit.
        """
        with self.started(*arguments, environment=environment, **popen) as running:
            return running.wait(self.timeout)

"""The executor: starts programs, waits for them, and records what became of them.

Each program has a thread that waits for it, so nothing is polled and no zombie is left; its output goes to files and
never through memory. Command lines are in `simvue.executor.command`, ends by force in `simvue.executor.ending`.
Tests: tests/test_executor.py.
"""

import os
import shlex
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from simvue.errors import SimvueError, SimvueRunError
from simvue.executor.command import CommandNotFound, Location, command_line, found, from_directory
from simvue.executor.ending import end_trees, tree
from simvue.journal.warning import warn

if TYPE_CHECKING:
    import psutil

__all__ = ["CompletionCallback", "Executor", "Trigger"]

_LONGEST_TEXT = 16 << 20
_LARGEST_COPY = 64 << 20


class CompletionCallback(Protocol):
    """What is called, in a thread of its own, when a program has ended."""

    def __call__(self, *, status_code: int, std_out: str, std_err: str) -> object:
        """Take its exit status, negative for a signal, and the last 16 MiB of each of its outputs."""


class Trigger(Protocol):
    """An event of `threading` or `multiprocessing`."""

    def set(self) -> None:
        """Be set, since the program has ended."""


class _Runner(Protocol):
    """What an executor needs of a run."""

    @property
    def name(self) -> str | None: ...
    @property
    def id(self) -> str | None: ...
    def update_metadata(self, metadata: Mapping[str, object]) -> bool: ...
    def create_user_alert(self, name: str) -> str | None: ...
    def log_alert(
        self, identifier: str | None = None, name: str | None = None, state: Literal["ok", "critical"] = "critical"
    ) -> bool: ...
    def save_file(
        self,
        file_path: Location,
        category: Literal["input", "output", "code"],
        file_type: str | None = None,
        *,
        snapshot: bool = False,
    ) -> bool: ...


class _Started:
    """A program that was started, and what became of it."""

    def __init__(self, identifier: str, command: list[str], logs: tuple[Path, Path]) -> None:
        self.identifier, self.command, self.logs = identifier, command, logs
        self.is_killed = False
        self.popen: subprocess.Popen[bytes] | None = None
        self.watcher: threading.Thread | None = None

    @property
    def status(self) -> int | None:
        """The exit status, negative for a signal; None while the program runs."""
        return self.popen.returncode if self.popen else None

    @property
    def has_failed(self) -> bool:
        return bool(self.status) and not self.is_killed


class Executor:
    """Starts programs for a run, and knows what became of them.

    ```python
    run.add_process("solver", executable="./solver", input_file="case.in", ranks=4)
    ```

    What a program writes goes to `<run name>_<identifier>.out` and `.err` in the working directory, and is
    saved as outputs of the run when it has ended. Its command line becomes the metadata
    `<identifier>_command`, its end the state of the alert `<identifier>_exit_status`.
    """

    def __init__(self, simvue_runner: _Runner, *, keep_logs: bool = True) -> None:
        """Start programs for this run; without `keep_logs`, their log files go once they are saved."""
        self._runner, self._keeps_logs = simvue_runner, keep_logs
        self._all: list[_Started] = []
        self._latest: dict[str, _Started] = {}
        self._alert_ids: dict[str, str] = {}
        self._decided: set[str] = set()
        self._lock = threading.Lock()
        self._is_closed = False
        self.owner = os.getpid()

    def add_process(
        self,
        identifier: str,
        *cmd_args: object,
        executable: Location | None = None,
        script: Location | None = None,
        input_file: Location | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Location | None = None,
        completion_callback: CompletionCallback | None = None,
        completion_trigger: Trigger | None = None,
        **cmd_kwargs: object,
    ) -> None:
        """Start a program.

        Args:
            identifier: By which it is known to the run; it can be used again when its program has ended.
            *cmd_args: The last arguments of the command; the first of them is the program if neither
                `executable` nor `script` is given.
            executable: The program; by default the user's shell.
            script: Its first argument, saved with the run as code.
            input_file: Its next argument, saved with the run as input.
            env: The whole environment of the program; by default that of this one.
            cwd: Its working directory.
            completion_callback: Called when it has ended, in a thread, with `status_code`, `std_out`, `std_err`.
            completion_trigger: Set when it has ended.
            **cmd_kwargs: Options: `n=3` is `-n 3`, `mesh_size=3` is `--mesh-size 3`, `verbose=True` `--verbose`.

        Raises:
            CommandNotFound: There is no such program, script, input or directory.
            SimvueRunError: A program of that identifier is running, or the run refuses the identifier.
        """
        if self._is_closed:
            raise SimvueRunError(f"{identifier!r} is not started: the run is ending")
        running = self._latest.get(identifier)
        if running is not None and running.status is None:
            raise SimvueRunError(f"{identifier!r} is still running: wait for it, or use another identifier")
        command = command_line(
            cmd_args, executable, from_directory(cwd, script), from_directory(cwd, input_file), cmd_kwargs
        )
        command[0] = found(command[0], env, cwd)
        if cwd is not None and not os.path.isdir(cwd):  # noqa: PTH112 - a string will do
            raise CommandNotFound(f"there is no directory {os.fspath(cwd)}; make it before the process is added")
        stem = f"{self._runner.name or self._runner.id or 'run'}_{identifier}".replace("/", "_")
        started = _Started(identifier, command, (_here(f"{stem}.out"), _here(f"{stem}.err")))
        self._record_start(started, script, input_file)
        self._start(started, env, cwd, completion_callback, completion_trigger)

    @property
    def processes(self) -> "list[psutil.Process]":
        """The programs that run, each followed by all that it started in turn."""
        return [process for started in self._running() for process in tree(started.popen)]

    @property
    def pids(self) -> list[int]:
        """The numbers of the programs that run."""
        return [started.popen.pid for started in self._running() if started.popen is not None]

    @property
    def success(self) -> bool:
        """Whether all programs have ended with the exit status 0."""
        return all(started.status == 0 for started in self._all)

    @property
    def exit_status(self) -> int | None:
        """The first exit status that is not 0, killing on request aside; None while programs run, else 0."""
        failed = next((started.status for started in self._all if started.has_failed), None)
        return failed if failed is not None or self._running() else 0

    def get_error_summary(self) -> dict[str, str | None] | None:
        """Return what each failed program wrote to its error output; None if it was nothing."""
        return {one.identifier: _tail(one.logs[1]) or None for one in self._all if one.has_failed}

    def get_command(self, process_id: str) -> str:
        """Return the command line, quoted for a shell; raises KeyError for an unknown identifier."""
        return shlex.join(self._known(process_id).command)

    def std_out(self, process_id: str) -> str | None:
        """Return the last 16 MiB of what a program wrote, also while it runs; KeyError as above."""
        return _tail(self._known(process_id).logs[0])

    def std_err(self, process_id: str) -> str | None:
        """Return the last 16 MiB of its error output; KeyError as above."""
        return _tail(self._known(process_id).logs[1])

    def kill_process(self, process_id: int | str, *, kill_children_only: bool = False) -> None:
        """End a program and all that it started: asked to at first, after 5 seconds forced.

        Args:
            process_id: The identifier, or the number of the process.
            kill_children_only: Leave the program itself alone.
        """
        chosen = [one for one in self._running() if process_id in (one.identifier, one.popen and one.popen.pid)]
        if not chosen and process_id not in self._latest:
            warn(f"there is no process {process_id!r} to be killed")
        self._end(chosen, children_only=kill_children_only)

    def kill_all(self) -> None:
        """End all programs, all at the same time, as `kill_process` does one."""
        self._end(self._running(), children_only=False)

    def end_all(self) -> None:
        """End all programs, and start no more."""
        self._is_closed = True
        self.kill_all()

    def wait_for_completion(self) -> None:
        """Return when all programs have ended, their callbacks too, and what these have started."""
        while watchers := self._watchers():
            for watcher in watchers:
                watcher.join()

    def leave_alert(self, alert: str) -> None:
        """Never set the state of this alert: the program's author has decided about it."""
        self._decided.add(alert)

    def _end(self, chosen: list[_Started], *, children_only: bool) -> None:
        for started in () if children_only else chosen:
            started.is_killed = True
        end_trees([started.popen for started in chosen if started.popen is not None], children_only=children_only)

    def _watchers(self) -> list[threading.Thread]:
        if self.owner != os.getpid():  # a copy made by fork has no say in its parent's programs
            return []
        with self._lock:
            found = [started.watcher for started in self._all if started.watcher is not None]
        return [watcher for watcher in found if watcher.is_alive() and watcher is not threading.current_thread()]

    def _known(self, identifier: str) -> _Started:
        if identifier not in self._latest:
            raise KeyError(f"there is no process {identifier!r}")
        return self._latest[identifier]

    def _running(self) -> list[_Started]:
        if self.owner != os.getpid():
            return []
        return [started for started in self._all if started.popen is not None and started.status is None]

    def _record_start(self, started: _Started, script: Location | None, input_file: Location | None) -> None:
        name = f"{started.identifier}_exit_status"
        alert = self._runner.create_user_alert(name)
        self._decided -= {name, alert}  # that was about an earlier program
        if alert is not None:
            self._alert_ids[started.identifier] = alert
        self._runner.update_metadata({f"{started.identifier}_command": shlex.join(started.command)})
        if script is not None:
            self._runner.save_file(script, "code")
        if input_file is not None:
            self._runner.save_file(input_file, "input")

    def _start(
        self,
        started: _Started,
        env: Mapping[str, str] | None,
        cwd: Location | None,
        callback: CompletionCallback | None,
        trigger: Trigger | None,
    ) -> None:
        try:
            with started.logs[0].open("wb") as output, started.logs[1].open("wb") as errors:
                # In our process group: the terminal's Ctrl-C and the batch system's signals reach it, too.
                started.popen = subprocess.Popen(started.command, stdout=output, stderr=errors, env=env, cwd=cwd)
        except OSError as error:
            raise SimvueRunError(
                f"{started.command[0]} cannot be started, with its output in {started.logs[0]}: {error.strerror}"
            ) from error
        watcher = threading.Thread(
            target=self._watch, args=(started, callback, trigger), name=f"simvue-{started.identifier}", daemon=True
        )
        try:
            with self._lock:
                self._all.append(started)
                self._latest[started.identifier] = started
                watcher.start()
                started.watcher = watcher
        except RuntimeError:  # no more threads: nobody would wait for it
            started.popen.kill()
            started.popen.wait()
            raise

    def _watch(self, started: _Started, callback: CompletionCallback | None, trigger: Trigger | None) -> None:
        if started.popen is None:
            return
        started.popen.wait()
        try:
            self._record_end(started)
        except (SimvueError, OSError) as error:  # the run may have been closed by now
            warn(f"the end of the process {started.identifier!r} is not recorded in full: {error}")
        if trigger is not None:
            trigger.set()
        if callback is None:
            return
        output, errors = _tail(started.logs[0]) or "", _tail(started.logs[1]) or ""
        try:
            callback(status_code=started.status or 0, std_out=output, std_err=errors)
        except Exception as error:  # noqa: BLE001 - other people's code, and nobody above to catch it
            warn(f"the completion_callback of the process {started.identifier!r} failed: {error!r}")

    def _record_end(self, started: _Started) -> None:
        alert = self._alert_ids.get(started.identifier)
        name = f"{started.identifier}_exit_status"
        if alert is not None and not self._decided & {alert, name}:
            self._runner.log_alert(identifier=alert, state="critical" if started.has_failed else "ok")
        for log in started.logs:
            size = log.stat().st_size
            if size:  # a copy, as the next program of that name writes to the same file
                is_copied = not self._keeps_logs or size <= _LARGEST_COPY
                self._runner.save_file(log, "output", "text/plain", snapshot=is_copied)
            if not self._keeps_logs:
                log.unlink()


def _here(name: str) -> Path:
    try:
        return Path(os.path.abspath(name))  # noqa: PTH100 - resolving would follow links
    except OSError:  # the working directory is gone, which is found when the file is opened
        return Path(name)


def _tail(path: Path) -> str | None:
    """Return the end of a text file; None if it is gone."""
    with suppress(OSError), path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _LONGEST_TEXT))
        return file.read(_LONGEST_TEXT).decode(errors="replace")
    return None

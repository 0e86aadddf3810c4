"""Programs of a run: started with it, waited for at its end, killed when it fails.

How a program is started, watched and killed is in `simvue.executor`. Tests: tests/run/test_processes.py.
"""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, cast

from simvue.errors import SimvueRunError, WriterError
from simvue.journal.warning import warn
from simvue.run.alerts import Alerting

if TYPE_CHECKING:
    import psutil

    from simvue.executor import CompletionCallback, Executor, Trigger

__all__ = ["Processes"]

_LONGEST_REASON = 1000


class Processes(Alerting):
    """The methods of `Run` about programs that it starts.

    A run does not end before its programs have. If one of them fails, the run ends `failed`, and `close` then
    ends the interpreter with that program's exit status. A run that fails by itself kills them.
    """

    _has_failed = _has_chosen_status = False
    _own_executor: "Executor | None" = None
    _exit_code: int | None = None
    """The exit status with which the interpreter is to end once the run is closed; None leaves it alone."""

    @property
    def executor(self) -> "Executor":
        """What starts this run's programs and knows what became of them."""
        if self._own_executor is None:
            from simvue.executor import Executor  # noqa: PLC0415 - not paid for by runs without programs

            self._own_executor = Executor(cast("Any", self))
        return self._own_executor

    @property
    def _executor(self) -> "Executor":
        """The executor, by the name that connectors know."""
        return self.executor

    @property
    def processes(self) -> "list[psutil.Process]":
        """The programs that run now, each followed by all that it started in turn."""
        return [] if self._own_executor is None else self._own_executor.processes

    def add_process(
        self,
        identifier: str,
        *cmd_args: object,
        executable: str | os.PathLike[str] | None = None,
        script: str | os.PathLike[str] | None = None,
        input_file: str | os.PathLike[str] | None = None,
        completion_callback: "CompletionCallback | None" = None,
        completion_trigger: "Trigger | None" = None,
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        **cmd_kwargs: Any,
    ) -> None:
        """Start a program that belongs to the run; in the mode `disabled` it runs as well.

        Args:
            identifier: By which it is known to the run; it can be used again when its program has ended.
            *cmd_args: The last arguments of the command; the first of them is the program if no `executable`
                is given.
            executable: The program; by default the user's shell.
            script: Its first argument, saved with the run as code.
            input_file: Its next argument, saved with the run as input.
            completion_callback: Called when it has ended, in a thread, with `status_code`, `std_out`, `std_err`.
            completion_trigger: An event that is set when it has ended.
            env: The whole environment of the program; by default that of this one.
            cwd: Its working directory.
            **cmd_kwargs: Options: `n=3` is `-n 3`, `mesh_size=3` is `--mesh-size 3`, `verbose=True` `--verbose`.

        Raises:
            SimvueRunError: It cannot be started; as a CommandNotFound, which is a FileNotFoundError, where the
                program or a file is not there.
        """
        if self._writer is None and self._mode != "disabled":
            self._is_idle("add_process")
            return
        try:
            self.executor.add_process(
                identifier,
                *cmd_args,
                executable=executable,
                script=script,
                input_file=input_file,
                env=env,
                cwd=cwd,
                completion_callback=completion_callback,
                completion_trigger=completion_trigger,
                **cmd_kwargs,
            )
        except SimvueRunError as error:
            if not self._suppresses_errors:
                raise
            warn(f"not started: {error}")

    def kill_process(self, process_id: int | str) -> None:
        """End a program of this run and all that it started: asked to at first, after 5 seconds forced."""
        self.executor.kill_process(process_id)

    def kill_all_processes(self) -> None:
        """End all programs of this run, as `kill_process` does one."""
        if self._own_executor is not None:
            self._own_executor.kill_all()

    def set_status(self, status: Literal["completed", "failed", "terminated"]) -> bool:
        """Set the status with which the run ends; its programs go on, and are waited for."""
        self._has_chosen_status = True
        return super().set_status(status)

    def log_alert(
        self,
        identifier: str | None = None,
        name: str | None = None,
        state: Literal["ok", "critical"] = "critical",
    ) -> bool:
        """Set the state of a user alert, given by `name`, or by what `create_user_alert` returned.

        One that stands for the exit status of a program that runs is then left at that state.
        """
        if self._own_executor is not None:
            self._own_executor.leave_alert(identifier or name or "")
        return super().log_alert(identifier, name, state)

    def _take_exit_code(self) -> int | None:
        """Return the exit status for the interpreter, once."""
        code, self._exit_code = self._exit_code, None
        return code

    def _on_abort(self) -> None:
        self.kill_all_processes()
        super()._on_abort()

    def _on_end(self) -> None:
        executor = self._own_executor
        if executor is not None:
            try:
                is_stopped = self._status in ("failed", "terminated") and not self._has_chosen_status
                if is_stopped or self._has_failed:
                    executor.end_all()
                executor.wait_for_completion()
            except BaseException:  # Ctrl-C: nothing of ours may go on without us
                executor.end_all()
                raise
            self._judge(executor)
        super()._on_end()

    def _judge(self, executor: "Executor") -> None:
        code = executor.exit_status
        if not code or self._exit_code is not None or os.getpid() != executor.owner:
            return
        errors = executor.get_error_summary() or {}
        said = "\n".join(
            f"{identifier}: {(text or '').strip()[-_LONGEST_REASON:]}" for identifier, text in errors.items()
        )
        warn(f"a process ended with exit status {code}\n{said}")
        self._exit_code = code
        if self._status not in ("completed", "failed", "terminated") and self._mode != "disabled":
            try:
                end: Any = self._set_end  # type: ignore[attr-defined]
                end("failed", f"the process {next(iter(errors))!r} ended with exit status {code}")
            except (SimvueRunError, WriterError) as error:
                warn(f"the status of the run is not recorded: {error}")

"""Run: what a simulation says about itself, as records of a journal.

Methods check what they are given and raise SimvueRunError for it, as the published client does; an error of
the disk never comes out of them. Writing is left to `simvue.journal.writer`, the end of the process to
`simvue.run_context`. Tests: tests/test_run*.py.
"""

import os
import traceback  # in advance: an import while an interrupt is handled changes the exit status of Python
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from simvue import environment, run_context
from simvue.core import arguments
from simvue.core.plain import Json, plain_object, text
from simvue.errors import SimvueRunError, WriterError
from simvue.journal.warning import warn
from simvue.journal.writer import Limits, Place, Writer
from simvue.run_alerts import Alerting
from simvue.run_grids import Gridded
from simvue.run_objects import Saving
from simvue.run_processes import Processes
from simvue.run_resources import Resources

__all__ = ["Run"]

_ENDS = ("completed", "failed", "terminated")
_LONGEST_REASON = 1000


class Run(Processes, Resources, Saving, Gridded, Alerting):
    """One run of a simulation, as one process sees it.

    ```python
    with Run(mode="offline") as run:
        run.init("heat 2d", folder="/heat")
        run.log_metrics({"residual": 0.01})
    ```

    Methods return True when what they were given is recorded. They raise SimvueRunError for arguments that no
    record can hold, before `init` and after `close`, unless `config(suppress_errors=True)`: then the error is
    logged and they return False.
    """

    def __init__(
        self,
        mode: Literal["online", "offline", "disabled"] = "online",
        abort_callback: Callable[["Run"], object] | None = None,
        server_token: str | None = None,
        server_url: str | None = None,
        *,
        debug: bool = False,
        server_profile: str | None = None,
        run_key: str | None = None,
        rank: int | None = None,
        cache_directory: str | os.PathLike[str] | None = None,
    ) -> None:
        """Prepare a run; `init` begins it.

        Args:
            mode: `offline` writes a journal, `disabled` does nothing at all.
            abort_callback: Accepted; nothing calls it in offline mode.
            server_token: Accepted; offline mode needs none.
            server_url: Accepted; offline mode needs none.
            debug: Accepted without effect.
            server_profile: Accepted; offline mode needs none.
            run_key: Joins the journals of several processes, or of restarts, into one run (JRN-015); by
                default a new one.
            rank: Number of this process among those that share `run_key`. Rank 0 describes the run; the
                others add to it.
            cache_directory: The cache; by default SIMVUE_OFFLINE_DIRECTORY, then `[offline] cache` of the
                configuration, then `~/.simvue`.

        Raises:
            SimvueRunError: An argument that cannot be used, or the mode `online`.
            ConfigurationError: A configuration file that cannot be used.
        """
        if mode not in ("offline", "disabled"):
            raise SimvueRunError(
                f"mode={mode!r} is not part of this version: use mode='offline', and run simvue_sender where "
                "there is a network; or mode='disabled' to record nothing"
            )
        del server_token, server_url, debug, server_profile
        self._mode, self._rank = mode, rank
        self._name: str | None = None
        self._begun: Writer | None = None
        self._reason: str | None = None
        self._has_failed = self._has_ended = self._is_child = False
        self._key = run_key or ""
        if mode == "disabled":
            return
        if abort_callback is not None:
            warn("abort_callback is not called in offline mode")
        self._key = _chosen_key(run_key, rank)
        from simvue.config import load  # noqa: PLC0415 - a disabled run needs nothing of it

        self._settings = load(mode="offline", cache=cache_directory)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._begun is None or self._has_ended:
            return
        if isinstance(error, SystemExit):
            self.conclude(run_context.exit_reason(error.code))
            return
        if error is not None:
            self.record_exception(error)
        self.conclude(None)

    @property
    def id(self) -> str:
        """The run key; the server's own identifier is given when the run is delivered."""
        return self._key

    @property
    def name(self) -> str | None:
        """The name that `init` gave; None leaves it to the server."""
        return self._name

    @property
    def status(self) -> str:
        """What this process recorded last: created, running, completed, failed or terminated."""
        return self._status

    @property
    def mode(self) -> str:
        """The mode: offline or disabled."""
        return self._mode

    def init(
        self,
        name: str | None = None,
        metadata: Mapping[str, object] | None = None,
        tags: list[str] | None = None,
        description: str | None = None,
        folder: str | None = None,
        running: bool = True,  # noqa: FBT001, FBT002 - positional in the published client's first versions
        *,
        notification: Literal["none", "all", "error", "lost"] = "none",
        retention_period: int | str | None = None,
        timeout: int | None = 180,
        visibility: Literal["public", "tenant"] | list[str] | None = None,
        no_color: bool = False,
        record_shell_vars: list[str] | None = None,
    ) -> bool:
        """Begin the run with a `run` record.

        Args:
            name: Letters, digits, blanks and `_ / . : -`; by default the server chooses.
            metadata: Facts about the run, anything JSON has.
            tags: Labels.
            description: A text for people.
            folder: A path that begins with `/`; by default the configured one, or `/`.
            running: False only announces the run: it takes no metrics and no outputs.
            notification: When the server tells the owner by e-mail.
            retention_period: Seconds, or a text such as `2 hours`, after which the server deletes the run.
            timeout: Seconds of silence after which the server calls the run lost; None is never.
            visibility: Who sees the run besides its owner: `public`, `tenant` or names of users.
            no_color: Accepted without effect.
            record_shell_vars: Patterns of the environment variables to record as metadata.
        """
        del no_color
        if self._mode == "disabled":
            return True
        if self._begun is not None:
            return self._refuse(WriterError("this run has begun already; make another Run for another run"))
        try:
            members = self._description(name, metadata, tags, description, folder, record_shell_vars)
            members["status"] = "running" if running else "created"
            members["notification"] = arguments.choice(notification, "notification", arguments.NOTIFICATIONS)
            members["timeout"] = arguments.timeout_seconds(timeout)
            if retention_period is not None:
                members["retention"] = arguments.retention(retention_period)
            if visibility is not None:
                members["visibility"] = arguments.visibility_of(visibility)
        except WriterError as error:
            return self._refuse(error)
        return self._begin(members, running=running)

    def config(
        self,
        *,
        suppress_errors: bool | None = None,
        queue_blocking: bool | None = None,
        system_metrics_interval: int | None = None,
        enable_emission_metrics: bool | None = None,
        disable_resources_metrics: bool | None = None,
        storage_id: str | None = None,
        abort_on_alert: Literal["run", "terminate", "ignore"] | None = None,
    ) -> bool:
        """Set `suppress_errors`: log what methods would raise. The rest has no effect in offline mode."""
        del queue_blocking, disable_resources_metrics, storage_id, abort_on_alert
        if suppress_errors is not None:
            self._suppresses_errors = suppress_errors
        if self._mode == "offline" and (system_metrics_interval or enable_emission_metrics):
            warn("metrics of resources and emissions are not recorded in offline mode")
        return True

    def close(self) -> bool:
        """End the run, `completed` unless `set_status` said otherwise; the second time does nothing."""
        if self._mode == "disabled":
            return True
        if self._begun is None:
            return self._is_idle("close")
        self.conclude(None)
        return True

    def record_exception(self, error: BaseException) -> None:
        """Record an exception that ends the program: an event with its traceback, and the status."""
        if self._has_failed or self._has_ended:  # the with block saw it before the process did
            return
        self._has_failed = True
        is_interrupt = isinstance(error, KeyboardInterrupt)
        if not is_interrupt:
            story = text("".join(traceback.format_exception(error)))
            self._record("log_event", "event", lambda: {"message": story, "log_level": "error"})
        reason = text("".join(traceback.format_exception_only(error)).strip())[:_LONGEST_REASON]
        if self._status not in ("failed", "terminated"):  # else the program knew already
            self._set_end("terminated" if is_interrupt else "failed", reason)

    def conclude(self, reason: str | None) -> None:
        """End the run; `reason` says why it failed, None that it did not."""
        if self._begun is None:
            return
        if not self._has_ended:
            if self._status not in _ENDS:
                self._set_end("completed" if reason is None else "failed", reason)
            self._has_ended = True
            self._writer = self._metrics_writer = None
        self._begun.end(None if self._is_child else self._status, self._reason)
        if self._begun.is_ended:  # not yet where a signal handler closes the run inside of a call that records
            run_context.forget(self)

    def after_fork(self) -> None:
        """Go on as the copy in a child process: with a journal of its own, and no say in the run's status."""
        self._is_child = True

    def _set_end(self, status: str, reason: str | None) -> None:
        self._status, self._reason = status, reason
        speaks_for_run = self._rank in (None, 0) or status != "completed"
        if speaks_for_run and not self._is_child:
            members: dict[str, Json] = {"status": status}
            if reason is not None:
                members["reason"] = reason
            self._record("set_status", "status", lambda: members)

    def _description(
        self,
        name: str | None,
        metadata: Mapping[str, object] | None,
        tags: list[str] | None,
        description: str | None,
        folder: str | None,
        record_shell_vars: list[str] | None,
    ) -> dict[str, Json]:
        """Return what the run says about itself, with the configured defaults."""
        defaults = self._settings.run
        members: dict[str, Json] = {}
        name = defaults.name if name is None else name
        if name is not None:
            members["name"] = self._name = arguments.run_name(name)
        self._folder = arguments.folder_path(defaults.folder if folder is None else folder)
        members["folder"] = self._folder
        description = defaults.description if description is None else description
        if description is not None:
            members["description"] = arguments.optional(description, "description")
        labels = [*arguments.labels(tags or []), *arguments.labels(defaults.tags)]
        if labels:
            members["tags"] = list(dict.fromkeys(labels))
        patterns = list(defaults.record_shell_vars if record_shell_vars is None else record_shell_vars)
        facts = {**arguments.metadata_of(metadata), **plain_object(defaults.metadata, "[run.metadata] custom")}
        if patterns:
            facts["shell"] = environment.shell_variables(patterns, os.environ)
        if facts:
            members["metadata"] = facts
        if defaults.record_system:
            members["system"] = environment.system_facts()
        return members

    def _begin(self, members: dict[str, Json], *, running: bool) -> bool:
        timeout = members["timeout"]
        first = self._rank in (None, 0)
        heartbeat = timeout / 2 if isinstance(timeout, int) and running and first else None
        place = Place(
            directory=os.path.join(self._settings.cache, "journals"),  # noqa: PTH118 - a string is wanted
            run=self._key,
            facts=lambda: environment.writer_facts(self._rank),
            cwd=environment.current_directory(),
        )
        self._begun = self._writer = Writer(place, Limits(heartbeat=heartbeat))
        self._metrics_writer = self._writer if running else None
        self._status = "running" if running else "created"
        run_context.watch(self)
        return not first or self._record("init", "run", lambda: members)

    def _artifacts(self) -> Path:
        return Path(self._settings.cache) / "artifacts"


def _chosen_key(run_key: str | None, rank: int | None) -> str:
    """Return the run key, a new one by default."""
    if rank is not None and (not isinstance(rank, int) or isinstance(rank, bool) or rank < 0):
        raise SimvueRunError(f"rank={rank!r}: a rank is a whole number, 0 or more")
    if run_key is None:
        if rank is not None:
            raise SimvueRunError("rank needs run_key: the name that all ranks of the run share")
        from uuid import uuid4  # noqa: PLC0415 - loaded with the writer anyway

        return str(uuid4())
    try:
        return arguments.run_key(run_key)
    except WriterError as error:
        raise SimvueRunError(str(error)) from error

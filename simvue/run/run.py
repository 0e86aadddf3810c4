"""Run: what a simulation says about itself, as records of a journal.

Methods check what they are given and raise SimvueRunError for it, as the published client does; an error of
the disk or the network never comes out of them once `init` has returned. Here is how a run is made and described;
its life is in `simvue.run.life`, what it records in `simvue.run.recording` and the other parts it is composed of.
Tests: tests/run/.
"""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Literal, Self

from simvue import environment
from simvue.config import Settings, load
from simvue.core import arguments
from simvue.core.plain import Json, plain_object
from simvue.environment import system_facts as get_system
from simvue.errors import SimvueRunError, WriterError
from simvue.run import context
from simvue.run.alerts import Alerting
from simvue.run.grids import Gridded
from simvue.run.job import job_key, job_rank
from simvue.run.life import PATIENCE
from simvue.run.objects import Saving
from simvue.run.processes import Processes
from simvue.run.reconnecting import Reconnecting
from simvue.run.recording import check_length
from simvue.run.resources import Resources
from simvue.run.seed import Seeded, former_settings, formerly_positional

__all__ = ["FOLDER_REGEX", "Run", "SimvueRunError", "get_system"]

FOLDER_REGEX = r"^/.*"
"""What the path of a folder looks like."""


class Run(Seeded, Reconnecting, Processes, Resources, Saving, Gridded, Alerting):
    """One run of a simulation, as one process sees it.

    ```python
    with Run() as run:
        run.init("heat 2d", folder="/heat")
        run.log_metrics({"residual": 0.01})
    ```

    Methods return True when what they were given is recorded. They raise SimvueRunError for arguments that no
    record can hold, before `init` and after `close`, unless `config(suppress_errors=True)`: then the error is
    logged and they return False. Online, what is recorded is delivered in the background; no method waits for
    the network but `init`, `reconnect`, `close`, and for two seconds at most those that define alerts.

    Every Run is a run of its own, also in a job of several processes: the tasks of a parameter study are never
    taken for one run. Processes that share one give the same `run_key`.
    """

    def __init__(
        self,
        mode: Literal["online", "offline", "disabled"] | None = None,
        abort_callback: "Callable[[Run], object] | None" = None,
        server_token: object = None,
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
            mode: `online` delivers to a server while the program runs, `offline` leaves that to simvue_sender,
                `disabled` records nothing; by default `[run] mode` of the configuration, or online.
            abort_callback: Called once with the run when the server asks for its abort, in a thread of its own.
            server_token: Online, the server's token, as text or in an object that hides it.
            server_url: Online, the server's address.
            debug: Log what is done, as `simvue`.
            server_profile: Online, the table `[profiles.NAME]` of the configuration to use.
            run_key: Joins the journals of several processes, or of restarts, into one run (JRN-015); by
                default a new one. With `"job"` it is made from the variables of Slurm, PBS, LSF or Open MPI: the
                same in all processes of a job, of a step under srun, and after a requeue.
            rank: Number of this process among those that share `run_key`; by default the one that MPI or the
                scheduler gave it, if any. Rank 0 describes the run and ends it; the others add to it. For a key that
                other processes of the job do not share, as in a sweep, give 0.
            cache_directory: The cache; by default SIMVUE_OFFLINE_DIRECTORY, then `[offline] cache` of the
                configuration, then `~/.simvue`.

        Raises:
            SimvueRunError: An argument that cannot be used.
            ConfigurationError: A setting is missing or cannot be used.
        """
        super().__init__()
        if mode not in ("online", "offline", "disabled", None):
            raise SimvueRunError(f"mode={mode!r}: use 'online', 'offline' or 'disabled'")
        self._abort_callback = abort_callback
        self._mode, self._key = "disabled", run_key or ""
        self._name: str | None = None
        self._term_color = True
        if mode == "disabled":
            return
        self._key, self._rank = _chosen(run_key, rank)
        self._settings: Settings = load(
            mode=mode,
            server_url=server_url,
            server_token=_revealed(server_token),
            profile=server_profile,
            cache=cache_directory,
        )
        self._mode = self._settings.mode
        if debug or self._settings.debug:
            import logging  # noqa: PLC0415 - not paid for by runs that have nothing to say

            logging.getLogger("simvue").setLevel(logging.DEBUG)
        if self._mode == "online" and self._key.startswith("."):
            raise SimvueRunError(f"run_key={run_key!r}: online, a run key does not begin with a point")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._mode == "disabled" and error is not None:
            self.kill_all_processes()
            self._on_end()
        elif self._mode != "disabled" and (self._begun is None or self._has_ended):
            return
        elif error is None:
            self.close()
        elif isinstance(error, SystemExit):
            self.conclude(context.exit_reason(error.code))
        else:
            self.record_exception(error)
            self.conclude(None)

    @property
    def key(self) -> str:
        """The run key, by which other processes and restarts join the run."""
        return self._key

    @property
    def uid(self) -> str:
        """The run key, under the published client's name for what identifies a run on this machine."""
        return self._key

    @property
    def rank(self) -> int | None:
        """Number of this process among those that share the run."""
        return self._rank

    @property
    def status(self) -> str | None:
        """What this process recorded last: created, running, completed, failed or terminated; None when disabled."""
        return None if self._mode == "disabled" else self._status

    @property
    def duration(self) -> float:
        """Seconds since the run began, until it ended; 0 before."""
        if self._started is None:
            return 0.0
        return (monotonic() if self._stopped is None else self._stopped) - self._started

    @property
    def user_config(self) -> Settings | None:
        """The settings that this run uses; None in the mode disabled."""
        return getattr(self, "_settings", None)

    _user_config = user_config

    @property
    def dispatcher(self) -> None:
        """None: records go into a journal at once, and there is no queue to look at."""
        return

    @formerly_positional
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
        record_shell_vars: list[str] | set[str] | None = None,
    ) -> bool:
        """Begin the run with a `run` record. Online, the server has the run when this returns.

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
            no_color: Say what has begun without colours; it is said on a terminal only.
            record_shell_vars: Patterns of the environment variables to record as metadata.

        Raises:
            SimvueRunError: An argument cannot be used, or the server cannot: the text says what to do.
        """
        self._term_color = not no_color
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
                members["retention"] = seconds = arguments.retention(retention_period)
                self._expires = None if seconds is None else monotonic() + seconds
            if visibility is not None:
                members["visibility"] = arguments.visibility_of(visibility)
            check_length("run", members)  # or the run would begin without a part of it
            self._connect()
        except (WriterError, SimvueRunError) as error:
            return self._refuse(error)
        self._status = "running" if running else "created"
        has_begun = self._begin(members)
        if has_begun and not self._has_ended:
            self._announce("created")
        return has_begun

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
        **former: object,
    ) -> bool:
        """Set how this run behaves; what is None stays as it is.

        Args:
            suppress_errors: Log what methods would raise, and return False.
            queue_blocking: Without effect: there is no queue that could be full.
            system_metrics_interval: Seconds between two measurements of resources.
            enable_emission_metrics: Estimate energy and emissions as well.
            disable_resources_metrics: Measure no resources.
            storage_id: Without effect, as in the published client.
            abort_on_alert: What an abort on the server does after `abort_callback`: `terminate` ends the run and
                the program with exit code 1, `run` the run alone, `ignore` nothing.
            former: Parameters of earlier versions, accepted with a warning.
        """
        del queue_blocking, storage_id
        try:
            renamed = former_settings(former)
            interval = renamed.get("system_metrics_interval") if system_metrics_interval is None else None
            chosen = interval or system_metrics_interval
            if abort_on_alert is not None:
                words = ("run", "terminate", "ignore")
                self._abort_on_alert = arguments.choice(abort_on_alert, "abort_on_alert", words)  # type: ignore[assignment]  # one of the words
            if suppress_errors is not None:
                self._suppresses_errors = suppress_errors
            if self._mode != "disabled":
                self._configure_resources(chosen, enable_emission_metrics, disable_resources_metrics)
        except WriterError as error:
            return self._refuse(error)
        return True

    def close(self, *, timeout: float = PATIENCE) -> bool:
        """End the run, `completed` unless `set_status` said otherwise; the second time does nothing.

        Processes of the run are waited for. Online, delivery is waited for, `timeout` seconds at most, and two
        more for a request that is under way; what is left then is said on standard error, and delivered by
        simvue_sender.

        Raises:
            SystemExit: A process of the run failed; with its exit code.
        """
        if self._mode == "disabled":
            self._on_end()
        elif self._begun is None:
            return self._is_idle("close")
        else:
            self.conclude(None, timeout)
        if code := self._take_exit_code():
            sys.exit(code)
        return True

    def _description(
        self,
        name: str | None,
        metadata: Mapping[str, object] | None,
        tags: list[str] | None,
        description: str | None,
        folder: str | None,
        record_shell_vars: list[str] | set[str] | None,
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
        patterns = sorted(defaults.record_shell_vars if record_shell_vars is None else record_shell_vars)
        facts = {
            **self._automatic_metadata(),
            **arguments.metadata_of(metadata),
            **plain_object(defaults.metadata, "[run.metadata] custom"),
        }
        if patterns:
            facts["shell"] = environment.shell_variables(patterns, os.environ)
        if facts:
            members["metadata"] = facts
        if defaults.record_system:
            members["system"] = environment.system_facts()
        return members

    def _automatic_metadata(self) -> dict[str, Json]:
        """Return what the run says of its directory; once for all ranks."""
        directory = environment.current_directory()
        if directory is None or self._rank not in (None, 0):
            return {}
        from simvue.metadata import automatic_metadata  # noqa: PLC0415 - not needed by a disabled run

        return automatic_metadata(self._settings.run, Path(directory))


def _revealed(token: object) -> str | None:
    """Return a token as text; other libraries hide it in an object."""
    reveal = getattr(token, "get_secret_value", None)
    return None if token is None else str(reveal() if reveal is not None else token)


def _chosen(run_key: str | None, rank: int | None) -> tuple[str, int | None]:
    """Return the run key, a new one by default, and the rank."""
    if rank is not None and (not isinstance(rank, int) or isinstance(rank, bool) or rank < 0):
        raise SimvueRunError(f"rank={rank!r}: a rank is a whole number, 0 or more")
    if run_key is None:
        if rank is not None:
            raise SimvueRunError("rank needs run_key: the name that all ranks of the run share")
        from uuid import uuid4  # noqa: PLC0415 - loaded with the writer anyway

        return str(uuid4()), None
    rank = job_rank() if rank is None else rank
    if run_key == "job":
        return job_key(), rank
    try:
        return arguments.run_key(run_key), rank
    except WriterError as error:
        raise SimvueRunError(str(error)) from error

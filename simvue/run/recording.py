"""What can be recorded of a run while it lasts: metrics, events, metadata, files, alerts.

One method for each kind of record. Arguments are checked in `simvue.core.arguments`, bytes are written in
`simvue.journal.writer`; how a run begins and ends is left to `simvue.run.life`.
Tests: tests/run/test_records.py, tests/run/test_files.py.
"""

import os
import time as clocks  # `time` is a parameter of log_metrics
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

from simvue.core import arguments
from simvue.core.encoding import RecordTooLong, encode_record, halves
from simvue.core.plain import ArrayFound, Json, text
from simvue.errors import JournalEnded, SimvueError, SimvueRunError, WriterError
from simvue.journal.content import file_members
from simvue.journal.warning import warn
from simvue.journal.writer import Writer
from simvue.run import context

__all__ = ["Recording", "Timestamp", "check_length"]

Timestamp: TypeAlias = datetime | str
Members: TypeAlias = dict[str, Json]

_LEVELS = ("debug", "info", "warning", "error", "critical")
_MOMENT = b"2000-01-01T00:00:00.000000Z"
_STATUSES = ("completed", "failed", "terminated")


class Recording:
    """The methods of `Run` that record something.

    They return True when it is recorded, in the mode `disabled` also when it is not. They raise
    SimvueRunError for what no record can hold, before `init` and after `close`; with
    `config(suppress_errors=True)` they log that and return False. An error of the disk is never raised.
    """

    _mode: str
    _status = "created"
    _folder = "/"
    _suppresses_errors = False
    _is_aborted = _has_ended = False
    _expires: float | None = None
    """When the server deletes the run, by `time.monotonic`."""
    _writer: Writer | None = None
    _metrics_writer: Writer | None = None
    """The writer while the run takes metrics: not when it is only announced, nor after its end."""

    def log_metrics(
        self,
        metrics: Mapping[str, object],
        step: int | None = None,
        time: float | None = None,
        timestamp: Timestamp | None = None,
    ) -> bool:
        """Record values of metrics.

        Args:
            metrics: One number for each name, also as text, or an array of one or two axes and at most 50,000
                elements; NaN and infinities are kept, booleans become 1 and 0.
            step: Where they belong, 0 or more; by default how many calls this process made before.
            time: Seconds since the run started; by default counted from `init`.
            timestamp: When they were measured, as a datetime or in ISO 8601, in UTC without an offset.
        """
        writer = self._metrics_writer
        if writer is None or (self._expires is not None and self._is_expired()):
            return self._is_idle("log_metrics")
        try:
            if step is None and time is None and timestamp is None:
                writer.append_metrics(metrics)
            else:
                writer.append_metrics(
                    metrics,
                    None if step is None else arguments.step_number(step),
                    None if time is None else arguments.finite("time", time),
                    None if timestamp is None else arguments.moment(timestamp),
                )
        except ArrayFound:
            return self._log_arrays(metrics, step, time, timestamp)
        except JournalEnded:  # another thread has closed the run in this moment
            return self._is_idle("log_metrics")
        except WriterError as error:
            if isinstance(metrics, Mapping) and not metrics:
                return True  # there is nothing to record
            numbers = _numbers(metrics, step, time)
            return self._refuse(error) if numbers is None else self.log_metrics(*numbers, timestamp)
        return True

    def log_event(
        self,
        message: str,
        timestamp: Timestamp | None = None,
        log_level: Literal["debug", "info", "warning", "error", "critical"] | None = None,
    ) -> bool:
        """Record a message of one line or several; `timestamp` as in `log_metrics`.

        A message that is too long for one record becomes several events.
        """

        def members() -> Members:
            if not isinstance(message, str):
                raise WriterError(f"message={message!r}: an event's message is a text [REC-040]")
            level = {} if log_level is None else {"log_level": arguments.choice(log_level, "log_level", _LEVELS)}
            return {"message": text(message), **level}

        return self._record("log_event", "event", members, timestamp)

    def update_metadata(self, metadata: Mapping[str, object]) -> bool:
        """Merge facts into the run's metadata, objects member by member."""
        return self._record("update_metadata", "metadata", lambda: {"values": arguments.metadata_of(metadata)})

    def update_tags(self, tags: list[str]) -> bool:
        """Add labels to those that the run has."""
        return self._record("update_tags", "tags", lambda: {"add": arguments.labels(tags)})

    def set_tags(self, tags: list[str]) -> bool:
        """Set labels in place of those that the run has."""
        return self._record("set_tags", "tags", lambda: {"set": arguments.labels(tags)})

    def set_status(self, status: Literal["completed", "failed", "terminated"]) -> bool:
        """Set the status with which the run ends."""

        def members() -> Members:
            self._status = arguments.choice(status, "status", _STATUSES)
            return {"status": status}

        return self._record("set_status", "status", members)

    def set_folder_details(
        self,
        metadata: Mapping[str, object] | None = None,
        tags: list[str] | None = None,
        description: str | None = None,
    ) -> bool:
        """Describe the run's folder."""
        return self._describe_folder(None, metadata, tags, description)

    def save_file(
        self,
        file_path: str | os.PathLike[str],
        category: Literal["input", "output", "code"],
        file_type: str | None = None,
        preserve_path: bool = False,  # noqa: FBT001, FBT002 - positional in the published client's first versions
        *,
        preserve_path_relative_to: Literal["cwd", "git"] | None = None,
        snapshot: bool = False,
        name: str | None = None,
        metadata: Mapping[str, object] | None = None,
    ) -> bool:
        """Record a file as an artifact, with its size and checksum.

        Args:
            file_path: The file; the sender reads it there when it delivers.
            category: What it is to the run.
            file_type: Its media type; by default guessed from the name.
            preserve_path: Name the artifact by the path as given, not by the file's name alone.
            preserve_path_relative_to: Name it by its path from the working directory, or from the top of the
                git repository.
            snapshot: Put a copy of the content aside now, for a file that will change.
            name: The artifact's name.
            metadata: Facts about it.
        """

        def members() -> Members:
            arguments.choice(category, "category", ("input", "output", "code"))
            if category == "output" and self._status == "created":
                raise WriterError("a run that is only announced has no outputs: use init(running=True)")
            chosen = name or _artifact_name(
                Path(file_path), preserve_path=preserve_path, relative_to=preserve_path_relative_to
            )
            file: Members = {"name": arguments.run_name(chosen), "category": category}
            put_aside = snapshot or self._puts_aside(Path(file_path))
            file |= file_members(Path(file_path), file_type, self._artifacts() if put_aside else None, warn)
            if metadata is not None:
                file["metadata"] = arguments.metadata_of(metadata)
            return file

        return self._record("save_file", "artifact", members)

    def _describe_folder(self, path: str | None, metadata: object, tags: object, description: object) -> bool:
        def members() -> Members:
            details: Members = {"path": self._folder if path is None else arguments.folder_path(path)}
            if metadata is not None:
                details["metadata"] = arguments.metadata_of(metadata)
            if tags is not None:
                details["tags"] = arguments.labels(tags)
            if description is not None:
                details["description"] = arguments.optional(description, "description")
            return details

        return self._record("set_folder_details", "folder", members)

    def _record(
        self,
        method: str,
        kind: str,
        members: Callable[[], Members],
        timestamp: Timestamp | None = None,
    ) -> bool:
        if (self._writer is None or self._has_ended) and not self._reopen(kind):
            return self._is_idle(method)
        if self._is_expired():
            return self._is_idle(method)
        writer = self._writer
        if writer is None:
            return False
        try:
            moment = None if timestamp is None else arguments.moment(timestamp)
            _append(writer, kind, members(), moment)
        except JournalEnded:
            return self._is_idle(method)
        except WriterError as error:
            return self._refuse(error)
        return True

    def _is_idle(self, method: str) -> bool:
        """Answer a call that comes while nothing is recorded."""
        if self._mode == "disabled":
            return True
        if context.is_exiting() or self._is_aborted:  # the program knows that this is the end, or goes on without
            return False
        if self._is_expired():
            return self._refuse(WriterError(f"{method}: the run's retention period is over, and the server deletes it"))
        if self._writer is not None and not self._has_ended:
            return self._refuse(WriterError(f"{method}: this run is only announced; use init(running=True)"))
        return self._refuse(WriterError(f"{method}: call init before, and nothing after close"))

    def _is_expired(self) -> bool:
        return self._expires is not None and clocks.monotonic() >= self._expires

    def _reopen(self, kind: str) -> bool:  # noqa: ARG002 - before `init` there is nothing to add to
        """Make way for a record of this kind after the end; return whether that can be."""
        return False

    def _refuse(self, error: SimvueError) -> bool:
        if not self._suppresses_errors:
            raise SimvueRunError(str(error)) from error
        warn(f"not recorded: {error}")
        return False

    def _artifacts(self) -> Path:
        """Return the directory where content is put aside."""
        raise NotImplementedError

    def _log_arrays(
        self, metrics: Mapping[str, object], step: int | None, time: float | None, timestamp: Timestamp | None
    ) -> bool:
        """Record metrics of which some are arrays."""
        raise NotImplementedError

    def _puts_aside(self, path: Path) -> bool:  # noqa: ARG002 - offline, no file is copied unless it is wanted
        """Whether a file's content is put aside without being asked for."""
        return False

    def _server_alert(self, name: str) -> str | None:  # noqa: ARG002 - offline, no server is asked
        """Return what the server calls an alert of this run, where that is known in a moment."""
        return None

    def _server_alerts(self, names: list[str]) -> dict[str, str]:  # noqa: ARG002
        """Return the server's identifiers of alerts by their names, as far as there is a server that has them."""
        return {}

    def _define_on_server(self, members: Members) -> str:
        """Define an alert on the server and return its identifier; raises SimvueError."""
        raise NotImplementedError

    def _configure_resources(
        self,
        system_metrics_interval: int | None,
        enable_emission_metrics: bool | None,  # noqa: FBT001 - named as in `config`
        disable_resources_metrics: bool | None,  # noqa: FBT001
    ) -> None:
        """Take the settings of `config` that are about resources, each None if it is to stay as it is."""

    def _take_exit_code(self) -> int | None:
        """Return the exit code with which a process of the run failed, once."""
        return None

    # What the parts of a run do at the turns of its life; each calls the next part's with super().

    def _on_begin(self) -> None:
        """The run has begun: its first record is written."""

    def _on_abort(self) -> None:
        """The run is being aborted: stop what would outlive it."""

    def _on_end(self) -> None:
        """The run is about to end: record what is left to say, stop what runs in the background."""


def _numbers(metrics: object, step: Any, time: Any) -> tuple[dict[str, object], int | None, float | None] | None:
    """Return the arguments of `log_metrics` with numbers for those that are written as text, if any is.

    A step may also be a float that is a whole number.
    """
    is_odd_step = isinstance(step, float) and step.is_integer()
    if not isinstance(metrics, Mapping):
        return None
    if not is_odd_step and not any(isinstance(one, str) for one in (step, time, *metrics.values())):
        return None
    try:
        values = {name: float(value) if isinstance(value, str) else value for name, value in metrics.items()}
        whole = int(step) if is_odd_step or isinstance(step, str) else step
        return values, whole, float(time) if isinstance(time, str) else time
    except ValueError:
        return None


def check_length(kind: str, members: Members) -> None:
    """Raise RecordTooLong for what could not be recorded, not even in several parts."""
    try:
        encode_record(kind, 1, _MOMENT, members)
    except RecordTooLong:
        parts = halves(kind, members)
        if not parts:
            raise
        for part_kind, part in parts:
            check_length(part_kind, part)


def _append(writer: Writer, kind: str, members: Members, moment: int | None) -> None:
    """Append a record, in several parts if it is too long for one (WRT-041)."""
    try:
        writer.append(kind, members, moment)
    except RecordTooLong:
        parts = halves(kind, members)
        if not parts:
            raise
        for part_kind, part in parts:
            _append(writer, part_kind, part, moment)


def _artifact_name(path: Path, *, preserve_path: bool, relative_to: str | None) -> str:
    if relative_to == "cwd":
        return os.path.relpath(path)
    if relative_to == "git":
        absolute = path.absolute()
        top = next((parent for parent in absolute.parents if (parent / ".git").exists()), None)
        if top is None:
            raise WriterError(f"{path} is in no git repository; use preserve_path_relative_to='cwd'")
        return absolute.relative_to(top).as_posix()
    if relative_to is not None:
        raise WriterError(f"preserve_path_relative_to={relative_to!r}: use 'cwd' or 'git'")
    return path.as_posix() if preserve_path else path.name

"""Calls of earlier versions of the client: each is accepted, and warns with today's spelling.

Nothing is done here but to translate. Tests: tests/run/test_seed.py.
"""

import os
import warnings
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Literal, ParamSpec

from simvue.errors import WriterError
from simvue.run.alerts import Alerting
from simvue.run.objects import Saving

__all__ = ["Seeded", "former_settings", "formerly_positional"]

P = ParamSpec("P")

_SETTINGS = {
    "resources_metrics_interval": "system_metrics_interval",
    "emission_metrics_interval": "system_metrics_interval",
    "queue_size": None,
}


class Seeded(Saving, Alerting):
    """Methods of `Run` whose names or parameters have changed since."""

    def save(
        self,
        filename: object,
        category: Literal["input", "output", "code"],
        filetype: str | None = None,
        preserve_path: bool = False,  # noqa: FBT001, FBT002 - positional in the first versions
        name: str | None = None,
        allow_pickle: bool = False,  # noqa: FBT001, FBT002
    ) -> bool:
        """Save a file or an object; today `save_file` and `save_object`."""
        if isinstance(filename, str | os.PathLike):
            _advise("save(path)", "save_file(path, category=...)")
            return self.save_file(filename, category, filetype, preserve_path, name=name)
        _advise("save(object)", "save_object(object, category=...)")
        return self.save_object(filename, category, name, allow_pickle)

    def add_alert(
        self,
        name: str,
        source: str = "metrics",
        frequency: int = 5,
        window: int = 5,
        rule: str | None = None,
        metric: str | None = None,
        threshold: float | None = None,
        range_low: float | None = None,
        range_high: float | None = None,
        notification: Literal["none", "email"] = "none",
        pattern: str | None = None,
    ) -> str | None:
        """Define an alert; today `create_metric_threshold_alert` and the like, one for each kind."""
        given: dict[str, Any] = {"name": name, "notification": notification}
        if source == "user":
            _advise("add_alert", "create_user_alert(name)")
            return self.create_user_alert(**given)
        given["frequency"] = frequency
        if source == "events":
            _advise("add_alert", "create_event_alert(name, pattern)")
            return self.create_event_alert(pattern=pattern or "", **given)
        given |= {"window": window, "metric": metric, "rule": rule}
        if threshold is None:
            _advise("add_alert", "create_metric_range_alert(name, metric, range_low, range_high, rule)")
            limits: dict[str, Any] = {"range_low": range_low, "range_high": range_high}
            return self.create_metric_range_alert(**given, **limits)
        _advise("add_alert", "create_metric_threshold_alert(name, metric, threshold, rule)")
        return self.create_metric_threshold_alert(threshold=threshold, **given)

    def set_folder_details(
        self,
        metadata: Mapping[str, object] | str | None = None,
        tags: list[str] | Mapping[str, object] | None = None,
        description: str | list[str] | None = None,
        *former: str | None,
        path: str | None = None,
    ) -> bool:
        """Describe the run's folder, or formerly the one at `path`, which came first.

        Args:
            metadata: Facts about the folder.
            tags: Labels.
            description: A text for people.
            former: The description, where the path came first.
            path: The folder; by default the run's own.
        """
        given: list[Any] = [metadata, tags, description, *former]
        if isinstance(metadata, str):
            path, given = metadata, [*given[1:], None]
        if path is not None:
            _advise("set_folder_details(path, ...)", "set_folder_details(metadata=..., tags=..., description=...)")
        return self._describe_folder(path, *given[:3])


def former_settings(former: Mapping[str, object]) -> dict[str, Any]:
    """Return parameters of `config` under today's names.

    Raises:
        WriterError: No version has had such a parameter.
    """
    renamed = {}
    for name, value in former.items():
        if name not in _SETTINGS:
            raise WriterError(f"config has no parameter {name!r}")
        today = _SETTINGS[name]
        _advise(f"config({name}=...)", "nothing: there is no queue" if today is None else f"config({today}=...)", 4)
        if today is not None:
            renamed[today] = value
    return renamed


def formerly_positional(method: Callable[P, bool]) -> Callable[P, bool]:
    """Return a method that advises against more than one argument without its name."""

    @wraps(method)
    def call(*given: P.args, **named: P.kwargs) -> bool:
        if len(given) > 2:  # the run, and the first argument
            name = method.__name__
            _advise(f"{name}(name, metadata, tags, ...)", f"{name}(name, metadata=..., tags=...)")
        return method(*given, **named)

    return call


def _advise(former: str, today: str, depth: int = 3) -> None:
    warnings.warn(f"{former} is of an earlier version; use {today}", DeprecationWarning, stacklevel=depth)

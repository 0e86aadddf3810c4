"""Decide every setting once, from the environment, the arguments, the files and the defaults.

The files are found in ``files``, single values chosen and checked in ``choice``. Nothing is written, exported
or connected to. Tests: ``tests/config/``.
"""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast, get_args

from simvue.config.choice import Chooser
from simvue.config.eco import choose_eco
from simvue.config.files import Entry, Files, find, place_of
from simvue.config.server import choose_server
from simvue.config.settings import (
    Mode,
    RunDefaults,
    SenderSettings,
    Settings,
)
from simvue.config.vocabulary import remarks
from simvue.errors import ConfigurationError

__all__ = ["load"]

_DEFAULT_INTERVAL = 60.0
_AUTOMATIC = "-1"  # the published client's word for "as you like"
_ROOT_EXAMPLE = '"/scratch" = "/mnt/scratch"'


def load(
    *,
    mode: Mode | None = None,
    server_url: str | None = None,
    server_token: str | None = None,
    profile: str | None = None,
    cache: str | os.PathLike[str] | None = None,
    directory: Path | None = None,
    home: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Return the settings. `directory`, `home` and `environment` are the process's own unless given.

    URL and token are looked for in online mode only: offline and disabled runs need neither.

    Raises:
        ConfigurationError: a setting is missing or unusable; the message says where and what to write.
    """
    directory, home = directory or _current_directory(), home or _own_home()
    files = find(directory, home)
    chooser = Chooser(
        environment=os.environ if environment is None else environment,
        tree=files.tree,
        directory=directory,
        home=home,
        notes=files.notes + remarks(files.tree) + _exposed(files),
    )
    chosen_mode = _mode(chooser, mode)
    chosen_profile = _profile(chooser, profile)
    server = None
    if chosen_mode == "online":
        server = choose_server(chooser, files, chosen_profile, server_url, server_token)
    variable = "SIMVUE_OFFLINE_DIRECTORY"
    chosen_cache = chooser.choose("cache", ("offline", "cache"), "~/.simvue", variable=variable, argument=cache)
    return Settings(
        mode=chosen_mode,
        server=server,
        profile=chosen_profile,
        cache=chosen_cache.path("cache = ~/.simvue"),
        run=_run(chooser),
        metrics_interval=_metrics_interval(chooser),
        measures_emissions=_flag(chooser, "measures_emissions", ("metrics", "enable_emission_metrics")),
        eco=choose_eco(chooser),
        debug=_flag(chooser, "debug", ("client", "debug")),
        sender=_sender(chooser),
        files=tuple(map(str, files.read)),
        notes=tuple(chooser.notes),
        origins=MappingProxyType(chooser.origins),
    )


def _current_directory() -> Path | None:
    try:
        return Path.cwd()
    except OSError:  # it was removed under us
        return None


def _own_home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:  # no HOME, and no account of this number: so it is in some containers
        return None


def _exposed(files: Files) -> list[str]:
    holders = {entry.path for entry in _tokens(files.tree)}
    return [
        f"{path} holds a token and is open to other users; run: chmod 600 {shlex.quote(str(path))}"
        for path in files.read
        if path in files.exposed & holders
    ]


def _tokens(tree: Mapping[str, Any]) -> list[Entry]:
    tables = [tree.get("server"), tree.get("eco"), *_values(tree.get("profiles"))]
    names = ("token", "co2_signal_api_token")
    found = [table.get(name) for table in tables if isinstance(table, dict) for name in names]
    return [entry for entry in found if isinstance(entry, Entry)]


def _values(table: object) -> list[object]:
    return list(table.values()) if isinstance(table, dict) else []


def _mode(chooser: Chooser, argument: Mode | None) -> Mode:
    choice = chooser.choose("mode", ("run", "mode"), "online", argument=argument)
    if choice.value not in get_args(Mode):
        raise choice.wrong("it must be online, offline or disabled; write for example mode = offline")
    return cast("Mode", choice.value)


def _profile(chooser: Chooser, argument: str | None) -> str | None:
    choice = chooser.choose("profile", (), None, variable="SIMVUE_SERVER_PROFILE", argument=argument)
    return None if choice.value is None else choice.text("SIMVUE_SERVER_PROFILE=NAME")


def _run(chooser: Chooser) -> RunDefaults:
    def text(name: str) -> str | None:
        choice = chooser.choose(f"run.{name}", ("run", name), None)
        return None if choice.value is None else choice.text(f"{name} = ...")

    folder = chooser.choose("run.folder", ("run", "folder"), "/")
    folder_path = folder.text("folder = /studies")
    if not folder_path.startswith("/"):
        raise folder.wrong("it must begin with /; write for example folder = /studies")
    tags = chooser.choose("run.tags", ("run", "tags"), ())
    variables = chooser.choose("run.record_shell_vars", ("run", "record_shell_vars"), ())
    return RunDefaults(
        name=text("name"),
        description=text("description"),
        tags=tags.texts('tags = ["first", "second"]'),
        folder=folder_path,
        metadata=MappingProxyType(_plain(chooser.table("run", "metadata", "custom"))),
        record_environment=_is_recorded(chooser, "environment"),
        record_git=_is_recorded(chooser, "git"),
        record_system=_is_recorded(chooser, "system"),
        record_shell_vars=variables.texts('record_shell_vars = ["SLURM_*"]'),
    )


def _is_recorded(chooser: Chooser, name: str) -> bool:
    # Any value of the variable counts, as in the published client: its name is the statement.
    variable = f"SIMVUE_DISABLE_{name.upper()}_METRICS"
    choice = chooser.choose(f"run.record_{name}", ("run", "metadata", name), default=True, variable=variable)
    return choice.origin.kind != "environment" and choice.flag(f"{name} = false")


def _plain(table: Mapping[str, Any]) -> dict[str, object]:
    return {name: value.value if isinstance(value, Entry) else _plain(value) for name, value in table.items()}


def _metrics_interval(chooser: Chooser) -> float:
    key = ("metrics", "system_metrics_interval")
    choice = chooser.choose("metrics_interval", key, _DEFAULT_INTERVAL)
    if str(choice.value) == _AUTOMATIC:
        return _DEFAULT_INTERVAL
    return choice.number("system_metrics_interval = 60", above=True)


def _flag(chooser: Chooser, name: str, key: tuple[str, ...]) -> bool:
    return chooser.choose(name, key, default=False).flag(f"{key[-1]} = true")


def _sender(chooser: Chooser) -> SenderSettings:
    def number(name: str, default: float, *, above: bool = False) -> float:
        choice = chooser.choose(f"sender.{name}", ("sender", name), default)
        return choice.number(f"{name} = {default}", above=above)

    connections = chooser.choose("sender.connections", ("sender", "connections"), 4)

    return SenderSettings(
        max_seconds=number("max_seconds", 50, above=True),
        connections=connections.count("connections = 4", least=1),
        retention_days=number("retention_days", 7),
        stale_after_hours=number("stale_after_hours", 24, above=True),
        adopt_after_seconds=number("adopt_after_seconds", 600),
        artifact_roots=_artifact_roots(chooser),
    )


def _artifact_roots(chooser: Chooser) -> tuple[tuple[str, str], ...]:
    key = ("sender", "artifact_roots")
    roots = {}
    for name, entry in chooser.table(*key).items():
        if not isinstance(entry, Entry):
            raise ConfigurationError(f"{place_of((*key, name), entry)}: it must be a path; write {_ROOT_EXAMPLE}")
        choice = chooser.choice_of(entry, (*key, name))
        chooser.origins[f"sender.artifact_roots.{name}"] = choice.origin
        target = choice.text(_ROOT_EXAMPLE)
        if not name.startswith("/") or not target.startswith("/"):
            raise choice.wrong(f"both paths must be absolute; write for example {_ROOT_EXAMPLE}")
        roots[_trimmed(name)] = _trimmed(target)
    return tuple(sorted(roots.items(), key=lambda root: len(root[0]), reverse=True))


def _trimmed(path: str) -> str:
    return path.rstrip("/") or "/"

"""Facts about the code of a run that its author need not write down: its repository and what it is built on.

One module for each kind of facts; all read files of the given directory, and only git is asked by a command.
Facts about the machine are in `simvue.environment`. Tests: tests/metadata/.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

from simvue.environment import shell_variables
from simvue.journal.warning import warn
from simvue.metadata.git import git_facts
from simvue.metadata.javascript import javascript_facts
from simvue.metadata.julia import julia_facts
from simvue.metadata.python import python_facts
from simvue.metadata.rust import rust_facts

__all__ = ["automatic_metadata", "environment", "git_info"]

_READERS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "python": python_facts,
    "rust": rust_facts,
    "julia": julia_facts,
    "javascript": javascript_facts,
}


class Switches(Protocol):
    """What the configuration says about automatic metadata."""

    @property
    def record_environment(self) -> bool:
        """Whether to record what the code is built on."""

    @property
    def record_git(self) -> bool:
        """Whether to record the state of the repository."""


def automatic_metadata(switches: Switches, directory: Path | None) -> dict[str, Any]:
    """Return the metadata that a run has by itself; it raises nothing, and is small enough for records.

    Args:
        switches: What to record.
        directory: The working directory; None where there is none, and no metadata either.
    """
    facts: dict[str, Any] = {}
    if directory is None:
        return facts
    try:
        if switches.record_git:
            facts |= git_info(directory)
        if switches.record_environment:
            facts |= environment(repository=directory)
    except Exception as error:  # noqa: BLE001 - a run begins without these facts rather than not at all
        warn(f"automatic metadata of {directory} is incomplete: {type(error).__name__}: {error}")
    return facts


def git_info(repository: Path) -> dict[str, Any]:
    """Return `{"git": {…}}` for the repository that a directory lies in; an empty one where it lies in none.

    `ref` is a tag of the commit or its hash, `msg` its message, `time_stamp` when it was made, in UTC, `blame` the
    e-mail address of who committed it, `authors` those of the authors of the newest 5,000 commits up to it without
    bots, `url` that of the remote `origin` (or of the first there is) without a password, `dirty` whether tracked
    files differ from it. What git does not say within three seconds is left out.
    """
    facts = git_facts(repository)
    return {"git": facts} if facts else {}


def environment(
    *,
    repository: Path | None = None,
    record_repo_environment: bool = True,
    env_var_glob_exprs: Iterable[str] | None = None,
) -> dict[str, Any]:
    """Return projects and packages by language, `{"python": {"project": {…}, "environment": {name: version}}, …}`.

    Args:
        repository: Where their files lie; by default the working directory.
        record_repo_environment: Whether to look for them at all.
        env_var_glob_exprs: Patterns of the environment variables to add as `shell`.
    """
    place = Path.cwd() if repository is None else repository
    facts: dict[str, Any] = {}
    if record_repo_environment:
        facts |= {language: found for language, read in _READERS.items() if (found := read(place))}
    if env_var_glob_exprs:
        facts["shell"] = shell_variables(list(env_var_glob_exprs), os.environ)
    return facts

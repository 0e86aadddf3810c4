"""Command lines: how the words of a program's call are put together, and whether it can be called.

Tests: tests/test_executor.py.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from simvue.errors import SimvueRunError

__all__ = ["CommandNotFound", "Location", "command_line", "found", "from_directory", "get_current_shell"]

Location: TypeAlias = str | os.PathLike[str]


class CommandNotFound(SimvueRunError, FileNotFoundError):  # noqa: N818 - says what was not found
    """There is no such program, script or directory, so nothing was started."""


def get_current_shell() -> str | None:
    """Return the user's shell, `/bin/sh` if the environment names none."""
    return os.environ.get("SHELL") or shutil.which("sh")


def command_line(
    arguments: Iterable[object],
    executable: Location | None,
    script: Location | None,
    input_file: Location | None,
    options: Mapping[str, object],
) -> list[str]:
    """Return a command as words: program, script, input, options, arguments."""
    words = [str(argument) for argument in arguments]
    if executable is not None:
        program = os.fspath(executable)
    elif words:
        program = words.pop(0)
    else:
        program = get_current_shell() or "sh"
    files = [os.fspath(path) for path in (script, input_file) if path is not None]
    return [program, *files, *_option_words(options), *words]


def _option_words(options: Mapping[str, object]) -> list[str]:
    words: list[str] = []
    for name, value in options.items():
        words.append(f"-{name}" if len(name) == 1 else f"--{name.replace('_', '-')}")
        if value is not True:
            words.append(str(value))
    return words


def from_directory(cwd: Location | None, path: Location | None) -> str | None:
    """Return a path as it is to be written for a program that runs in another directory."""
    if path is None:
        return None
    if not os.path.isfile(path):  # noqa: PTH113 - a string will do
        raise CommandNotFound(f"there is no file {os.fspath(path)} for the process to read")
    return os.fspath(path) if cwd is None else os.path.abspath(path)  # noqa: PTH100 - resolving would follow links


def found(program: str, env: Mapping[str, str] | None, cwd: Location | None) -> str:
    """Return the program as it is to be called; a relative path counts from `cwd`, then from here."""
    if os.sep not in program:
        if shutil.which(program, path=None if env is None else env.get("PATH", os.defpath)) is None:
            raise CommandNotFound(f"there is no program {program}: install it, put it into PATH or give its path")
        return program
    if shutil.which(os.path.join(cwd or "", program)) is not None:  # noqa: PTH118 - a string is wanted
        return program
    if shutil.which(program) is None:
        raise CommandNotFound(f"there is no program {program}, or it is not executable: check path and permissions")
    return os.path.abspath(program)  # noqa: PTH100 - resolving would follow links

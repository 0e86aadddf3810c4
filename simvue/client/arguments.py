"""Check what is given to the client, before anything is asked of the server.

Values in, values out. Tests: tests/client/test_arguments.py.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

from simvue.errors import SimvueError

__all__ = [
    "ArgumentError",
    "FilterList",
    "Filters",
    "SortColumns",
    "choice",
    "count",
    "directory",
    "filter_list",
    "folder_path",
    "run_name",
    "sort_keys",
    "start",
    "text",
    "text_list",
]

SortColumns: TypeAlias = list[tuple[str, bool]]
"""Columns to sort by, the first before all; with each whether it is descending."""

_RUN_NAME = re.compile(r"[a-zA-Z0-9\-_\s/.:]+")


@runtime_checkable
class FilterList(Protocol):
    """A filter that was put together by methods, such as `Run.filter().has_tag("t")`."""

    def as_list(self) -> list[str]:
        """Return the conditions as text."""
        ...


Filters: TypeAlias = list[str] | FilterList


class ArgumentError(SimvueError, RuntimeError, ValueError):
    """A method of the client was given a value that it cannot use.

    The published client raises RuntimeError for most methods and ValueError for some: both catch this.
    """


def text(value: object, name: str) -> str:
    """Return an identifier or another text that is not empty."""
    if not isinstance(value, str) or not value:
        raise ArgumentError(f"{name}={value!r}: give a text that is not empty")
    return value


def text_list(value: object, name: str) -> list[str]:
    """Return a list of texts."""
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise ArgumentError(f"{name}={value!r}: give a list of texts")
    return list(value)


def run_name(value: object) -> str:
    """Return the name of a run."""
    if not isinstance(value, str) or not _RUN_NAME.fullmatch(value):
        raise ArgumentError(f"name={value!r}: names of runs have letters, digits, blanks and _ / . : - only")
    return value


def folder_path(value: object) -> str:
    """Return the path of a folder."""
    if not isinstance(value, str) or not value.startswith("/"):
        raise ArgumentError(f"folder_path={value!r}: paths of folders begin with /")
    return value


def choice(value: object, name: str, choices: Iterable[str]) -> str:
    """Return one of the choices."""
    allowed = list(choices)
    if not isinstance(value, str) or value not in allowed:
        raise ArgumentError(f"{name}={value!r}: use one of {', '.join(map(repr, allowed))}")
    return value


def count(value: object, name: str) -> int | None:
    """Return how many are wanted, None for all."""
    return None if value is None else _whole(value, name, 1)


def start(value: object, name: str) -> int:
    """Return how many to leave out at the beginning; None is 0."""
    return 0 if value is None else _whole(value, name, 0)


def filter_list(value: object, name: str) -> list[str]:
    """Return the conditions of a list or of a filter object as text; None is none."""
    if value is None:
        return []
    return text_list(value.as_list() if isinstance(value, FilterList) else value, name)


def sort_keys(value: object) -> SortColumns:
    """Return the columns to sort by; None is none."""
    if value is None:
        return []
    if not isinstance(value, list | tuple) or not all(_is_sort_key(key) for key in value):
        raise ArgumentError(f"{value!r}: give pairs of a column and whether it is descending")
    return [(column, is_descending) for column, is_descending in value]


def directory(value: object) -> Path:
    """Return a directory that exists; None is the working directory."""
    if value is None:
        return Path.cwd()
    path = Path(value) if isinstance(value, str | Path) else None
    if path is None or not path.is_dir():
        raise ArgumentError(f"output_dir={str(value)!r} is no directory: create it before")
    return path


def _is_sort_key(key: object) -> bool:
    return isinstance(key, list | tuple) and len(key) == 2 and isinstance(key[0], str) and isinstance(key[1], bool)


def _whole(value: object, name: str, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ArgumentError(f"{name}={value!r}: give a whole number, {least} or more")
    return value

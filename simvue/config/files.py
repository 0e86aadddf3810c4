"""Find the configuration files and read them into one tree whose leaves know their file.

Which key means what is left to ``load``. A parser is imported only if a file of its kind is there, because a
script on a compute node pays for every import. Tests: ``tests/config/``.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simvue.errors import ConfigurationError

__all__ = ["Entry", "Files", "Tree", "find", "place_of"]

_SIZE_LIMIT = 1 << 20
_TOML_NAMES = ("simvue.toml", ".simvue.toml")
_CASE_MATTERS = (("sender", "artifact_roots"), ("run", "metadata", "custom"))
_OPEN_TO_OTHERS = stat.S_IRGRP | stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A value of a file, and the file."""

    value: object = field(repr=False)  # it may be the token
    path: Path


Tree = dict[str, Any]
"""Tables by name; a leaf is an `Entry`."""


@dataclass(slots=True)
class Files:
    """What the files say together, which were read, which let others look into a token, and remarks."""

    tree: Tree = field(default_factory=dict, repr=False)
    read: list[Path] = field(default_factory=list)
    exposed: set[Path] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


def find(directory: Path | None, home: Path | None) -> Files:
    """Read the files for a script in `directory` of the user whose home is `home`.

    TOML is searched upwards from the directory and then in the home, as by the published client from 2.4;
    without any, INI in the directory and the home, key by key, as by the clients up to 1.x. The nearest
    pyproject.toml's ``[tool.simvue]`` gives the tables that these files do not have.

    Raises:
        ConfigurationError: a file is there but cannot be read or parsed.
    """
    files = Files()
    upwards = list(_upwards(directory))
    in_home = [home / name for name in _TOML_NAMES] if home else []
    toml = _first(files, [folder / name for name in _TOML_NAMES for folder in upwards] + in_home)
    ini = [directory / "simvue.ini"] if directory else []
    ini += [home / ".simvue.ini"] if home else []
    own: Tree = {}
    if toml is not None:
        path, found = toml
        own = _marked(_parse_toml(path, found), path)
        files.read.append(path)
        files.notes += [
            f"{other} is not read, because {path} is there; move its settings over, or remove one of the two"
            for other in ini
            if os.access(other, os.F_OK)
        ]
    for path in ini if toml is None else []:
        text = _read(files, path)
        if text is not None:
            _fill(own, _marked(_parse_ini(path, text), path))
            files.read.append(path)
    files.tree = {**_pyproject(files, upwards), **own}
    return files


def place_of(key: tuple[str, ...], value: object) -> str:
    """Return the file and the key of an entry or a table, for messages."""
    while isinstance(value, dict):
        value = next(iter(value.values()), None)
    file = f"{value.path}, " if isinstance(value, Entry) else ""
    return file + ".".join(key)


def _upwards(directory: Path | None) -> Iterator[Path]:
    for folder in [directory, *directory.parents] if directory else []:
        if not os.access(folder, os.R_OK | os.X_OK):
            return
        yield folder


def _first(files: Files, paths: list[Path]) -> tuple[Path, str] | None:
    for path in dict.fromkeys(paths):  # the home may lie upwards, too
        text = _read(files, path)
        if text is not None:
            return path, text
    return None


def _read(files: Files, path: Path) -> str | None:
    """Return a file's text; ``None`` if there is no such file, or none that may be trusted."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe must not block us
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if _is_planted(path):
            _pass_over(files, path, "it belongs to another user, in a folder open to all")
            return None
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}; make it yours or remove it") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            _pass_over(files, path, "it is not a file")
            return None
        if _is_planted(path):
            _pass_over(files, path, "it belongs to another user, in a folder open to all")
            return None
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(_SIZE_LIMIT + 1)
    finally:
        os.close(descriptor)
    if status.st_mode & _OPEN_TO_OTHERS:
        files.exposed.add(path)
    return _decoded(path, data)


def _pass_over(files: Files, path: Path, reason: str) -> None:
    files.notes.append(f"{path} is not read: {reason}")


def _is_planted(path: Path) -> bool:
    """Whether a stranger may have put the file in our way, as anyone can in /tmp, to be sent our token."""
    try:
        owner, folder = path.stat().st_uid, path.parent.stat()
    except OSError:
        return False
    return owner not in (os.geteuid(), 0) and bool(folder.st_mode & stat.S_IWOTH)


def _decoded(path: Path, data: bytes) -> str:
    if len(data) > _SIZE_LIMIT:
        raise ConfigurationError(f"{path} is larger than 1 MiB, so it is hardly a configuration; rename it")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{path}, line {line}: not UTF-8 text; save the file as UTF-8") from None


def _parse_toml(path: Path, text: str) -> Mapping[str, Any]:
    import tomllib  # noqa: PLC0415 - paid for only where a TOML file is

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # The parser's words name places and characters, never the line itself, which may hold the token.
        message = f'{path}: {error}; text needs quotes in TOML: url = "https://..."'
    raise ConfigurationError(message)


def _parse_ini(path: Path, text: str) -> Mapping[str, Any]:
    import configparser  # noqa: PLC0415 - paid for only where an INI file is

    parser = configparser.RawConfigParser(default_section="\0")  # a name that no file has
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # paths and metadata keep their case
    # The parser quotes the offending line, which may be the token, so its own words are not passed on.
    try:
        parser.read_string(text)
        return _nested(path, parser)
    except configparser.MissingSectionHeaderError as error:
        message = f"{path}, line {error.lineno}: it stands before any section; write [server] above it"
    except configparser.DuplicateSectionError as error:
        message = f"{path}, line {error.lineno}: [{error.section}] is there twice; join the two"
    except configparser.DuplicateOptionError as error:
        message = f"{path}, line {error.lineno}: {error.option} is there twice; remove one"
    except configparser.ParsingError as error:
        line = error.errors[0][0] if error.errors else 0
        message = f"{path}, line {line}: it is neither `key = value` nor `[section]`"
    raise ConfigurationError(message)


def _nested(path: Path, parser: Mapping[str, Mapping[str, str]]) -> Tree:
    tables: Tree = {}
    for section, values in parser.items():
        where = tuple(section.split("."))
        table = tables
        for name in where:
            table = table.setdefault(name, {})
            if not isinstance(table, dict):
                raise ConfigurationError(f"{path}, [{section}]: {name} is a key already; remove one of the two")
        for key, value in values.items():
            table[key if where in _CASE_MATTERS else key.lower()] = _unquoted(value)
    tables.pop("\0", None)
    return tables


def _unquoted(value: str) -> str:
    """Return the value without the quotes that users of TOML write and INI does not know."""
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if is_quoted else value


def _marked(tables: Mapping[str, Any], path: Path) -> Tree:
    return {
        name: _marked(value, path) if isinstance(value, Mapping) else Entry(value=value, path=path)
        for name, value in tables.items()
    }


def _fill(near: Tree, far: Tree) -> None:
    """Add what the farther file has and the nearer one has not."""
    for name, value in far.items():
        mine = near.setdefault(name, value)
        if isinstance(mine, dict) and isinstance(value, dict) and mine is not value:
            _fill(mine, value)


def _pyproject(files: Files, upwards: list[Path]) -> Tree:
    paths = [folder / "pyproject.toml" for folder in upwards]
    found = _first(files, [path for path in paths if os.access(path, os.R_OK)])
    if found is None or "tool.simvue" not in found[1]:  # a file of other tools is not ours to judge
        return {}
    path, text = found
    marked = _marked(_parse_toml(path, text), path)["tool"].get("simvue", {})
    files.read.append(path)
    for table, key in (("server", "url"), ("server", "token"), ("offline", "cache")):
        if isinstance(marked.get(table), dict) and key in marked[table]:
            raise ConfigurationError(
                f"{path}, [tool.simvue.{table}] {key}: a project's file is shared, so it must not hold this; "
                f"write it below [{table}] in ~/.simvue.toml, and if it was a token, have it revoked"
            )
    tree: Tree = marked
    return tree

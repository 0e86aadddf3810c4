"""Choose each value among environment, argument, file and default, and turn it into its type.

Which values there are is written in ``load``. Every refusal names the place where the value was found and an
example of what to write there, and never repeats the value, which may be a secret.
Tests: ``tests/config/``.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from simvue.config.files import Entry, Tree, place_of
from simvue.config.settings import Origin
from simvue.errors import ConfigurationError

__all__ = ["Choice", "Chooser"]

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A value not yet checked, and where it was found; `folder` is where a relative path starts."""

    value: object = field(repr=False)
    origin: Origin
    folder: Path | None = None
    home: Path | None = None

    def wrong(self, problem: str) -> ConfigurationError:
        """Return the error that says what is wrong with the value, and where it stands."""
        return ConfigurationError(f"{self.origin}: {problem}")

    def text(self, example: str) -> str:
        """Return the value as one line of text.

        Raises:
            ConfigurationError: it is empty, not text, or goes on in a second line.
        """
        value = self.value.strip() if isinstance(self.value, str) else ""
        if not value:
            raise self.wrong(f"it must be text; write for example {example}")
        if "\n" in value:
            raise self.wrong("it goes on in the next line, because that is indented; remove the indentation")
        return value

    def texts(self, example: str) -> tuple[str, ...]:
        """Return the value as a list of texts; a single text is split at its commas."""
        values = self.value.split(",") if isinstance(self.value, str) else self.value
        if not isinstance(values, list | tuple) or not all(isinstance(one, str) for one in values):
            raise self.wrong(f"it must be a list of texts; write for example {example}")
        return tuple(stripped for one in values if (stripped := one.strip()))

    def flag(self, example: str) -> bool:
        """Return the value as true or false."""
        word = self.value.strip().lower() if isinstance(self.value, str) else self.value
        if isinstance(word, bool):
            return word
        if word not in _TRUE + _FALSE:
            raise self.wrong(f"it must be true or false; write for example {example}")
        return word in _TRUE

    def number(self, example: str, *, least: float = 0, above: bool = False) -> float:
        """Return the value as a finite number of at least, or `above`, the `least`."""
        try:
            number = math.nan if isinstance(self.value, bool) else float(str(self.value))
        except ValueError:
            number = math.nan
        if not math.isfinite(number) or number < least or (above and number == least):
            limit = "more than" if above else "at least"
            raise self.wrong(f"it must be a number of {limit} {least:g}; write for example {example}")
        return number

    def count(self, example: str, *, least: int = 0) -> int:
        """Return the value as a whole number of at least `least`."""
        number = self.number(example, least=least)
        if number != int(number):
            raise self.wrong(f"it must be a whole number; write for example {example}")
        return int(number)

    def path(self, example: str) -> Path:
        """Return the value as an absolute path: ``~`` is the home, and a relative path starts at its file."""
        text = str(self.value) if isinstance(self.value, Path) else self.text(example)
        path = Path(text)
        if path.parts[0] == "~":
            if self.home is None:
                raise self.wrong("there is no home directory to put for ~; write the whole path")
            path = self.home.joinpath(*path.parts[1:])
        if not path.is_absolute():
            if self.folder is None:
                raise self.wrong("there is no current directory to start from; write the whole path")
            path = self.folder / path
        return path


@dataclass(slots=True, kw_only=True)
class Chooser:
    """Looks values up by precedence, and remembers where each was found and what the user should know."""

    environment: Mapping[str, str] = field(repr=False)
    tree: Tree = field(repr=False)
    directory: Path | None
    home: Path | None
    origins: dict[str, Origin] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def choose(
        self, name: str, key: tuple[str, ...], default: object, *, variable: str = "", argument: object = None
    ) -> Choice:
        """Return the value called `name` in the settings: of the variable, else argument, file, default.

        An empty variable counts as not set, an empty key as in no file. The order is the published client's.
        """
        choice = self._find(name, key, default, variable, argument)
        self.origins[name] = choice.origin
        return choice

    def table(self, *path: str) -> Tree:
        """Return a table of the files, empty if there is none.

        Raises:
            ConfigurationError: there is a value of that name instead.
        """
        table: object = self.tree
        for depth, name in enumerate(path):
            table = table.get(name, {}) if isinstance(table, dict) else {}
            if isinstance(table, Entry):
                found = ".".join(path[: depth + 1])
                raise ConfigurationError(f"{table.path}, {found}: it must be a table; write it as [{found}]")
        return table if isinstance(table, dict) else {}

    def _find(self, name: str, key: tuple[str, ...], default: object, variable: str, argument: object) -> Choice:
        value = self.environment.get(variable, "").strip()
        if value:
            if argument is not None and str(argument) != value:
                self.notes.append(f"the environment variable {variable} goes before the argument given for {name}")
            return self._choice(value, Origin(kind="environment", place=variable), self.directory)
        if argument is not None:
            return self._choice(argument, Origin(kind="argument", place=name), self.directory)
        entry = self.table(*key[:-1]).get(key[-1]) if key else None
        if isinstance(entry, Entry):
            return self.choice_of(entry, key)
        if entry is not None:
            raise ConfigurationError(f"{place_of(key, entry)}: it is a table, not a value; remove the table")
        return self._choice(default, Origin(kind="default"), self.directory)

    def choice_of(self, entry: Entry, key: tuple[str, ...]) -> Choice:
        """Return the value of a file as a choice."""
        origin = Origin(kind="file", place=str(entry.path), key=f"[{'.'.join(key[:-1])}] {key[-1]}")
        return self._choice(entry.value, origin, entry.path.parent)

    def _choice(self, value: object, origin: Origin, folder: Path | None) -> Choice:
        return Choice(value=value, origin=origin, folder=folder, home=self.home)

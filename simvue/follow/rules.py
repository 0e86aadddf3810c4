"""What to look for in logs: patterns and a format, checked before anything is read.

Pure. Applying them is left to `simvue.follow.parser`. Tests: tests/follow/test_rules.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from simvue.errors import ConfigurationError
from simvue.follow import patterns
from simvue.follow.found import Facts, Tally, Values
from simvue.follow.keyed import JsonLines, KeyValues
from simvue.follow.lines import checked_encoding
from simvue.follow.namelists import Namelists
from simvue.follow.patterns import ContextRule, Rule
from simvue.follow.selection import Selection
from simvue.follow.tables import Header, Table

__all__ = ["FORMATS", "Format", "Rules", "Structure"]

Format = Literal["csv", "tsv", "table", "json", "keyvalue", "namelist"]
FORMATS: tuple[str, ...] = get_args(Format)
_DELIMITERS = {"csv": ",", "tsv": "\t", "table": None}


class Structure(Protocol):
    """Reads the lines of a format."""

    def restart(self) -> None:
        """Begin with another file."""

    def read(self, line: str, number_of_line: int, tally: Tally) -> list[Values | Facts]:
        """Return what a line holds."""

    def finish(self, tally: Tally) -> list[Values | Facts]:
        """Return what is left at the end."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What to look for in logs; made by `Rules.of`."""

    patterns: tuple[Rule, ...]
    format: Format | None
    columns: tuple[str, ...]
    places: tuple[str, str, str]
    names: tuple[str, ...]
    header: Header
    delimiter: str | None
    into: str
    prefix: str
    encoding: str

    @classmethod
    def of(
        cls,
        *,
        metrics: Sequence[str] = (),
        step: str | None = None,
        time: str | None = None,
        timestamp: str | None = None,
        events: Sequence[str] = (),
        metadata: Sequence[str] = (),
        fail_on: Sequence[str] = (),
        until: Sequence[str] = (),
        format: Format | None = None,  # noqa: A002 - the option's name
        columns: Sequence[str] = (),
        names: Sequence[str] = (),
        header: Header = "auto",
        delimiter: str | None = None,
        into: Literal["metrics", "metadata"] = "metrics",
        prefix: str = "",
        encoding: str = "utf-8",
    ) -> "Rules":
        r"""Return rules, checked.

        Args:
            metrics: `NAME=REGEX` with a group round the number, or an expression with named groups, each of
                which is a metric; the groups step, time and timestamp place the values.
            step: With a format, the column or key of the step; else an expression for lines that tell the step
                of the lines after them, such as `Iteration (\d+)`.
            time: The same for the time in seconds.
            timestamp: The same for date and time in ISO 8601, local time without an offset.
            events: `REGEX` or `LEVEL=REGEX`: such lines are events.
            metadata: `NAME=REGEX` with a group, or an expression with named groups.
            fail_on: A line that matches means that the run has failed, and ends the following.
            until: A line that matches ends the following; the run is complete.
            format: csv, tsv, table (columns with blanks between), json (an object on each line), keyvalue or
                namelist. Patterns are tried besides.
            columns: The columns or keys to take, by name or number; `NAME=METRIC` gives another name. By default
                all that are numbers.
            names: The columns' names, for a table without a header.
            header: Whether a table's first row is a header.
            delimiter: What is between cells, where it is neither a comma nor a tab.
            into: Whether the format's values are metrics or metadata.
            prefix: Is put before each metric's name; `{file}` in it is the log's name without its suffix.
            encoding: Of the logs; bytes that are not in it are replaced.

        Raises:
            ConfigurationError: One of them cannot be used; the message says why.
        """
        if format is not None and format not in FORMATS:
            raise ConfigurationError(f"format {format!r}: use one of {', '.join(FORMATS)}")
        if header not in get_args(Header):
            raise ConfigurationError(f"header {header!r}: use auto, yes or no")
        if into not in ("metrics", "metadata"):
            raise ConfigurationError(f"into {into!r}: use metrics or metadata")
        if delimiter is not None and (len(delimiter) != 1 or format not in ("csv", "tsv")):
            raise ConfigurationError(f"delimiter {delimiter!r}: it is one character, for the format csv")
        if format is None and (columns or names):
            raise ConfigurationError("columns and names need a format, such as csv")
        if names and format not in _DELIMITERS:
            raise ConfigurationError("names are for the formats csv, tsv and table")
        places = {"step": step, "time": time, "timestamp": timestamp}
        chosen: list[Rule] = []
        if format is None:
            chosen += [patterns.context(text, place) for place, text in places.items() if text is not None]
        chosen += [patterns.metric(text) for text in metrics]
        chosen += [patterns.fact(text) for text in metadata]
        chosen += [patterns.event(text) for text in events]
        chosen += [patterns.stop(text, has_failed=True) for text in fail_on]
        chosen += [patterns.stop(text, has_failed=False) for text in until]
        return cls(
            patterns=tuple(chosen),
            format=format,
            columns=tuple(columns),
            places=(step or "step", time or "time", timestamp or "timestamp"),
            names=tuple(names),
            header=header,
            delimiter=delimiter,
            into=into,
            prefix=prefix,
            encoding=checked_encoding(encoding),
        )

    def check(self, logs: Sequence[object]) -> None:
        """Raise ConfigurationError if there are logs and nothing to look for in them."""
        if logs and self.format is None and all(isinstance(rule, ContextRule) for rule in self.patterns):
            raise ConfigurationError("there is nothing to look for; give a metric, an event, metadata or a format")

    def structure(self) -> Structure | None:
        """Return a new reader of the format; None without one."""
        if self.format is None:
            return None
        selection = Selection(self.columns, *self.places, into=self.into)
        if self.format == "json":
            return JsonLines(selection)
        if self.format == "keyvalue":
            return KeyValues(selection)
        if self.format == "namelist":
            return Namelists(selection)
        delimiter = self.delimiter or _DELIMITERS[self.format]
        return Table(selection, delimiter, self.header, self.names)

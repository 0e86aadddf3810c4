"""Rows of a table: comma- or tab-separated, or columns with blanks between.

A row is a line; a cell that holds a line break in quotes is not understood. Pure.
Tests: tests/follow/test_tables.py.
"""

import csv
from collections.abc import Sequence
from typing import Literal

from simvue.follow.found import Facts, Tally, Values
from simvue.follow.numerals import is_overflow, number
from simvue.follow.selection import Selection

__all__ = ["Header", "Table"]

Header = Literal["auto", "yes", "no"]


class Table:
    """Reads the rows of one file.

    Args:
        selection: Which columns are taken.
        delimiter: What is between cells; None is blanks.
        header: Whether the first row names the columns; `auto` takes a row without any number for a header,
            also a later one, as of a program that was started again.
        names: The columns' names, in place of a header's.
    """

    def __init__(
        self, selection: Selection, delimiter: str | None, header: Header = "auto", names: Sequence[str] = ()
    ) -> None:
        self._selection, self._delimiter, self._header = selection, delimiter, header
        self._is_named = bool(names)
        self._names: tuple[str, ...] = tuple(names)
        self._expects_header = header == "yes"

    def restart(self) -> None:
        """Begin with another file; without a header of its own it has the columns of the one before."""
        self._expects_header = self._header == "yes"

    def read(self, line: str, number_of_line: int, tally: Tally) -> list[Values | Facts]:
        """Return what a row holds: nothing if it is a header, a comment or empty."""
        text = line.strip()
        is_comment = text.startswith(("#", "!", "%"))
        cells = self._cells(text.lstrip("#!% \t") if is_comment else line)
        if not any(cells):
            return []
        if self._expects_header or (self._header == "auto" and not any(map(_is_numeric, cells))):
            if not is_comment or self._expects_header or not self._names or len(cells) == len(self._names):
                self._expects_header = False
                if not self._is_named:
                    self._names = _distinct(cells)
            return []
        if is_comment:
            return []
        if len(self._names) < len(cells):
            self._names += tuple(f"column{index}" for index in range(len(self._names) + 1, len(cells) + 1))
        return self._selection.found(self._names, cells, number_of_line, tally)

    def finish(self, tally: Tally) -> list[Values | Facts]:
        """Return what is left, which is nothing."""
        del tally
        return []

    def _cells(self, line: str) -> list[str]:
        if self._delimiter is None:
            return line.split()
        if '"' not in line:
            return [cell.strip() for cell in line.split(self._delimiter)]
        rows = list(csv.reader([line], delimiter=self._delimiter, skipinitialspace=True))
        return [cell.strip() for cell in rows[0]] if rows else []


def _is_numeric(cell: str) -> bool:
    return number(cell) is not None or is_overflow(cell)


def _distinct(cells: list[str]) -> tuple[str, ...]:
    """Return names of columns, with a number after one that is there already."""
    names: list[str] = []
    for position, cell in enumerate(cells, 1):
        name = cell or f"column{position}"
        names.append(name if name not in names else f"{name}.{position}")
    return tuple(names)

#!/usr/bin/env python3
"""Leaves the line feeds out of its sums."""

from good import read


def printed(lines):
    """Yield the lines with totals that are too small by one byte a line."""
    counted = {}
    for line in lines:
        word, *members = line.split("\t")
        if word == "entry":
            name = {"hole": "holes", "separator": "separators"}.get(members[0], members[0])
            counted[name] = counted.get(name, 0) + 1
        yield f"total\t{members[0]}\t{int(members[1]) - counted[members[0]]}" if word == "total" else line


read(printed=printed)

#!/usr/bin/env python3
"""Prints a line for people after each journal."""

from good import read


def printed(lines):
    """Yield the lines and a summary."""
    yield from lines
    yield "that is all"


read(printed=printed)

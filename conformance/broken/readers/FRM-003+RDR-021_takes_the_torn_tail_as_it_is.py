#!/usr/bin/env python3
"""Does not wait for the line feed of the last line."""

from good import read

from simvue_conformance.judge.reading import _Reading

right = _Reading.take


def take(self, line):
    if self._live and not self._is_refused and not line.is_terminated and b"\0" not in line.content:
        self._take_tail(line)
        return True
    return right(self, line)


_Reading.take = take
read()

#!/usr/bin/env python3
"""Calls NUL bytes a hole in a journal that is still written."""

from good import read

from simvue_conformance.judge.reading import _Reading

right = _Reading.take


def take(self, line):
    if self._live and not self._is_refused and line.is_terminated and b"\0" in line.content:
        self._take_whole(line)
        return True
    return right(self, line)


_Reading.take = take
read()

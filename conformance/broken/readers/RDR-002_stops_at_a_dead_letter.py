#!/usr/bin/env python3
"""Reads no further than the first dead letter."""

from good import read

from simvue_conformance.judge.reading import _Reading

right = _Reading.take
_Reading.take = lambda self, line: not any(entry.verdict == "dead" for entry in self._entries) and right(self, line)
read()

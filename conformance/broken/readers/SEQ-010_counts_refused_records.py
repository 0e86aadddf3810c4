#!/usr/bin/env python3
"""Expects the number after that of a refused record."""

import json

from good import read

from simvue_conformance.judge.reading import _Reading

right = _Reading._refuse


def refuse(self, line, breaches):
    right(self, line, breaches)
    try:
        number = json.loads(line.body)["seq"]
        if self._sequence is not None and self._sequence.is_declared and number == self._sequence._last + 1:
            self._sequence._last = number
    except (ValueError, LookupError, TypeError, RecursionError):
        pass


_Reading._refuse = refuse
read()

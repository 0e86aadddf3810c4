#!/usr/bin/env python3
"""Refuses the records that follow an `end` record."""

from good import read

from simvue_conformance.judge.judgement import Breach
from simvue_conformance.judge.reading import _Reading

right = _Reading._place
_Reading._place = lambda self, line, value: (
    self._refuse(line, [Breach("JRN-040", "the end")]) if self._is_ended else right(self, line, value)
)
read()

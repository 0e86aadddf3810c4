#!/usr/bin/env python3
"""Calls a line with NUL bytes a dead letter."""

from good import read

from simvue_conformance.judge.judgement import Breach
from simvue_conformance.judge.reading import _Reading

right = _Reading._enter
_Reading._enter = lambda self, verdict, line: (
    self._refuse(line, [Breach("FRM-023", "NUL bytes")]) if verdict == "hole" else right(self, verdict, line)
)
read()

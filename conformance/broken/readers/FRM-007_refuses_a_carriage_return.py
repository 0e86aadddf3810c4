#!/usr/bin/env python3
"""Takes the CR of another system for a fault of the record."""

from good import read

from simvue_conformance.judge.judgement import Breach
from simvue_conformance.judge.reading import _Reading

right = _Reading._breaches
_Reading._breaches = lambda self, line, value: (
    [Breach("FRM-006", "a carriage return")] if line.content.endswith(b"\r\n") else right(self, line, value)
)
read()

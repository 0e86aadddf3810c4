#!/usr/bin/env python3
"""Refuses the record after a gap, and loses it as well."""

from good import read

from simvue_conformance.judge.judgement import Breach
from simvue_conformance.judge.sequence import Numbered, Sequence

right = Sequence.take


def take(self, value, body):
    numbered = right(self, value, body)
    return Numbered("refused", Breach("SEQ-002", "a gap")) if numbered.gap else numbered


Sequence.take = take
read()

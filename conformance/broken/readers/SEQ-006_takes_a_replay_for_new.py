#!/usr/bin/env python3
"""Counts a record that was appended twice as two."""

from good import read

from simvue_conformance.judge.sequence import Numbered, Sequence

right = Sequence.take


def take(self, value, body):
    numbered = right(self, value, body)
    return Numbered("next") if numbered.outcome == "replay" else numbered


Sequence.take = take
read()

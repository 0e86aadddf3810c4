#!/usr/bin/env python3
"""Takes NaN and Infinity for numbers, as Python's json does."""

from good import read

from simvue_conformance.judge.text import _Parser

_Parser._constant = lambda self, token: 0.0
read()

#!/usr/bin/env python3
"""Replaces an object of metadata as a whole."""

from good import read

from simvue_conformance.judge import projection

projection._merged = lambda old, new: {**old, **new}
read()

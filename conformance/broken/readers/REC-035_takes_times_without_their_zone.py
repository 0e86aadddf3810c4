#!/usr/bin/env python3
"""Reckons with the digits of a time and without its offset."""

import re

from good import read

from simvue_conformance.judge import times

right = times.seconds_between
times.seconds_between = lambda start, end: right(*(re.sub(r"[+-]\d\d:\d\d\Z", "Z", at) for at in (start, end)))
read()

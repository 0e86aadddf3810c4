#!/usr/bin/env python3
"""Splits lines at VT, FF, U+0085 and U+2028 as well, as many a library does."""

import re

from good import read

from simvue_conformance.judge import reading

reading._lines = re.compile(rb"(?s)(?:.*?(?:\n|\x0b|\x0c|\xc2\x85|\xe2\x80\xa8)|.+\Z)").findall
read()

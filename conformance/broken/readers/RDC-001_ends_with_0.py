#!/usr/bin/env python3
"""Ends with exit code 0 whatever it finds."""

import sys

from good import read

try:
    read()
except SystemExit:
    sys.exit(0)

#!/usr/bin/env python3
"""Delivers from a directory that nobody finds again.

Seen in: killed.
"""

import os
import sys
from pathlib import Path

from _base import main

from simvue.run.online import Online

original = Online.open


def open_elsewhere(self):
    self.cache = Path(f"{sys.argv[2]}-elsewhere", str(os.getpid()))
    self.cache.mkdir(parents=True)
    original(self)


if __name__ == "__main__":
    Online.open = open_elsewhere
    main()

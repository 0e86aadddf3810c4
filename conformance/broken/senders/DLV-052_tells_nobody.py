#!/usr/bin/env python3
"""Writes no control files.

Seen in: abort.
"""

import sys
from functools import partial
from shutil import rmtree

from good import CACHE, finished

code = finished()
rmtree(CACHE / "control", ignore_errors=True)
main = partial(sys.exit, code)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Removes whatever lease there is.

Seen in: two-at-once.
"""

from shutil import rmtree

from good import CACHE, main

rmtree(CACHE / "sender" / "lease", ignore_errors=True)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Forgets a run that is gone, and creates it again.

Seen in: gone.
"""

from shutil import rmtree

from good import CACHE, main

rmtree(CACHE / "sender", ignore_errors=True)


if __name__ == "__main__":
    main()

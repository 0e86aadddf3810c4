#!/usr/bin/env python3
"""Creates the cache with the permissions of any directory.

Seen in: minimal.
"""

from pathlib import Path

from good import Journal, main


class Broken(Journal):
    def __init__(self, cache, *arguments):
        Path(cache).mkdir(parents=True, exist_ok=True)
        super().__init__(cache, *arguments)


if __name__ == "__main__":
    main(Broken)

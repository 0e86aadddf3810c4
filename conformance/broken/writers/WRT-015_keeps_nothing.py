#!/usr/bin/env python3
"""Drops every value that cannot be written at once, and counts them.

Seen in: full-disk.
"""

from good import Journal, main


class Broken(Journal):
    memory = 0


if __name__ == "__main__":
    main(Broken)

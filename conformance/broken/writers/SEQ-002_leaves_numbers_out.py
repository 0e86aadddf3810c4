#!/usr/bin/env python3
"""Counts by two.

Seen in: minimal.
"""

from good import Journal, main


class Broken(Journal):
    def number(self):
        self.seq += 2
        return self.seq - 2


if __name__ == "__main__":
    main(Broken)

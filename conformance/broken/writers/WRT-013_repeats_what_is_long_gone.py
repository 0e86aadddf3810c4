#!/usr/bin/env python3
"""Writes the first value again a hundred records later.

Seen in: ranks.
"""

from good import Journal, main


class Broken(Journal):
    def append(self, line):
        if self.seq == 3:
            self.first = line
        if self.seq == 90:
            super().append(self.first)
        return super().append(line)


if __name__ == "__main__":
    main(Broken)

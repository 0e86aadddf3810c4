#!/usr/bin/env python3
"""Goes on in the middle of the line where the disk was full.

Seen in: full-disk.
"""

from good import Journal, main


class Broken(Journal):
    def write(self, line):
        self.needs_guard = False
        return super().write(line)


if __name__ == "__main__":
    main(Broken)

#!/usr/bin/env python3
"""Says again with each record that the disk is full.

Seen in: full-disk.
"""

from good import Journal, main


class Broken(Journal):
    def complain(self, problem):
        self.has_complained = False
        super().complain(problem)


if __name__ == "__main__":
    main(Broken)

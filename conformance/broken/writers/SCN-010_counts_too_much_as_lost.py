#!/usr/bin/env python3
"""Counts records as lost that it has.

Seen in: full-disk.
"""

from good import Journal, main


class Broken(Journal):
    def complain(self, problem):
        self.dropped += not self.has_complained
        super().complain(problem)


if __name__ == "__main__":
    main(Broken)

#!/usr/bin/env python3
"""Raises in the simulation.

Seen in: full-disk.
"""

from good import Journal, main


class Broken(Journal):
    def complain(self, problem):
        raise OSError(problem)


if __name__ == "__main__":
    main(Broken)

#!/usr/bin/env python3
"""Records nothing at step 1 and step 6, nor after a thousand steps.

Seen in: minimal, numbers, many, rotation, restart, ranks, crowd, fork.
"""

from good import Journal, main


class Broken(Journal):
    def metrics(self, values, step, time=None):
        if step not in {1, 6} and step < 1000:
            super().metrics(values, step, time)


if __name__ == "__main__":
    main(Broken)

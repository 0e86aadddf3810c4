#!/usr/bin/env python3
"""Leaves the time out where several journals make a run.

Seen in: ranks.
"""

from good import Journal, main


class Broken(Journal):
    def metrics(self, values, step, time=None):
        self.record("metrics", values=values, step=step)


if __name__ == "__main__":
    main(Broken)

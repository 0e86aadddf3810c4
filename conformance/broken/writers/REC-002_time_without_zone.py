#!/usr/bin/env python3
"""Writes local time, and does not say of where.

Seen in: minimal.
"""

from good import Journal, main


class Broken(Journal):
    def at(self, time):
        return time.strftime("%Y-%m-%dT%H:%M:%S.%f")


if __name__ == "__main__":
    main(Broken)

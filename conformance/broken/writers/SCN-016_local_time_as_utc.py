#!/usr/bin/env python3
"""Writes the time of a zone two hours to the east, and says that it is UTC.

Seen in: minimal.
"""

from datetime import timedelta

from good import Journal, main


class Broken(Journal):
    def at(self, time):
        return super().at(time + timedelta(hours=2))


if __name__ == "__main__":
    main(Broken)

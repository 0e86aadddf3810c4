#!/usr/bin/env python3
"""Has a clock that counts seconds.

Seen in: minimal.
"""

from good import Journal, main


class Broken(Journal):
    def at(self, time):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    main(Broken)

#!/usr/bin/env python3
"""Closes the file, and writes no `end`.

Seen in: minimal.
"""

from good import Journal, main


class Broken(Journal):
    def end(self, status="completed"):
        self.record("status", status=status)


if __name__ == "__main__":
    main(Broken)

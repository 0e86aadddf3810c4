#!/usr/bin/env python3
"""Counts the end among the records before it.

Seen in: minimal.
"""

from good import Journal, main


class Broken(Journal):
    def record(self, kind, **members):
        if "records" in members:
            members["records"] += 1
        super().record(kind, **members)


if __name__ == "__main__":
    main(Broken)

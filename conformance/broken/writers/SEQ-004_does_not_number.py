#!/usr/bin/env python3
"""Keeps its journal open, and writes no `seq`.

Seen in: full-disk.
"""

from good import Journal, main


class Broken(Journal):
    def json(self, record):
        return super().json({name: value for name, value in record.items() if name != "seq"})


if __name__ == "__main__":
    main(Broken)

#!/usr/bin/env python3
"""Escapes quotes and line ends, and forgets the bell.

Seen in: text.
"""

from good import Journal, main


class Broken(Journal):
    def json(self, record):
        return super().json(record).replace("\\u0007", "\x07")


if __name__ == "__main__":
    main(Broken)

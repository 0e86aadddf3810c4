#!/usr/bin/env python3
"""Halves what is finite.

Seen in: non-finite.
"""

from good import Journal, main


class Broken(Journal):
    def value(self, number):
        return super().value(number / 2)


if __name__ == "__main__":
    main(Broken)

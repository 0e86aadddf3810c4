#!/usr/bin/env python3
"""Gives two records the same number.

Seen in: minimal.
"""

from good import Journal, main


class Broken(Journal):
    def number(self):
        number = super().number()
        return 3 if number == 4 else number


if __name__ == "__main__":
    main(Broken)

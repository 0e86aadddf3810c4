#!/usr/bin/env python3
"""Writes numbers as they are printed.

Seen in: numbers.
"""

from good import Journal, main


class Broken(Journal):
    def value(self, number):
        return super().value(float(f"{number:.15g}"))


if __name__ == "__main__":
    main(Broken)

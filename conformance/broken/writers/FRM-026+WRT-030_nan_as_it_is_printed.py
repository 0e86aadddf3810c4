#!/usr/bin/env python3
"""Writes NaN and Infinity as numbers.

Seen in: non-finite.
"""

import json

from good import Journal, main


class Broken(Journal):
    def json(self, record):
        return json.dumps(record, separators=(",", ":"))

    def value(self, number):
        return number


if __name__ == "__main__":
    main(Broken)

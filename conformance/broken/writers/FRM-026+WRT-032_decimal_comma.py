#!/usr/bin/env python3
"""Formats numbers as the user's locale has it.

Seen in: numbers.
"""

import locale
import re

from good import Journal, main


class Broken(Journal):
    def json(self, record):
        point = locale.localeconv()["decimal_point"]
        return re.sub(r'"values":{"x":(-?\d+)\.', rf'"values":{{"x":\1{point}', super().json(record))


locale.setlocale(locale.LC_ALL, "")


if __name__ == "__main__":
    main(Broken)

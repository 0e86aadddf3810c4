#!/usr/bin/env python3
"""Names a later version of the format than the journal needs.

Seen in: minimal.
"""

from good import Journal, main


class Broken(Journal):
    def header(self):
        return super().header() | {"version": "1.7"}


if __name__ == "__main__":
    main(Broken)

#!/usr/bin/env python3
"""Claims checksums, and has none.

Seen in: minimal.
"""

from good import Journal, main


class Broken(Journal):
    def header(self):
        return {name: value for name, value in super().header().items() if name != "crc"}

    def checksummed(self, line):
        return line + b"\n"


if __name__ == "__main__":
    main(Broken)

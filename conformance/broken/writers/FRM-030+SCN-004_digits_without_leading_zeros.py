#!/usr/bin/env python3
"""Writes the checksum of metrics with as many digits as it has.

Seen in: numbers.
"""

import zlib

from good import Journal, main


class Broken(Journal):
    def checksummed(self, line):
        if b'"metrics"' not in line:
            return super().checksummed(line)
        return b'%b,"crc":"%x"}\n' % (line[:-1], zlib.crc32(line[:-1]))


if __name__ == "__main__":
    main(Broken)

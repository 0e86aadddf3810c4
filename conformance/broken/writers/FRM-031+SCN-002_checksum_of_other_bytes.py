#!/usr/bin/env python3
"""Computes the checksum of events before they are escaped.

Seen in: full.
"""

import zlib

from good import Journal, main


class Broken(Journal):
    def checksummed(self, line):
        checked = line[:-1].replace(b'"', b"") if b'"event"' in line else line[:-1]
        return b'%b,"crc":"%08x"}\n' % (line[:-1], zlib.crc32(checked))


if __name__ == "__main__":
    main(Broken)

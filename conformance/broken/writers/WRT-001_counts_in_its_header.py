#!/usr/bin/env python3
"""Goes back to the header, and writes there how many records there are.

Seen in: killed.
"""

import time

from good import Journal, main


class Broken(Journal):
    def header(self):
        return {**super().header(), "writer": {"name": "broken", "records": "00000"}}

    def append(self, line):
        written = super().append(line)
        with self.path.open("r+b") as file:
            file.seek(file.readline().index(b'"records":"') + 11)
            file.write(b"%05d" % self.written)
        time.sleep(0.001)
        return written


if __name__ == "__main__":
    main(Broken)

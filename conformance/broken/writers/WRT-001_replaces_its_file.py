#!/usr/bin/env python3
"""Writes its journal anew now and then, and renames it into the place of the old one.

Seen in: many.
"""

import os

from good import Journal, main


class Broken(Journal):
    def append(self, line):
        if self.seq % 1000 == 500:
            temporary = self.path.with_name(".new")
            temporary.write_bytes(self.path.read_bytes())
            temporary.rename(self.path)
            os.close(self.file)
            self.file = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        return super().append(line)


if __name__ == "__main__":
    main(Broken)

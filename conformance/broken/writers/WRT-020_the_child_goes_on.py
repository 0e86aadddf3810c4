#!/usr/bin/env python3
"""Does not notice that it was forked.

Seen in: fork.
"""

import os

from good import Journal, main


class Broken(Journal):
    def record(self, kind, **members):
        self.pid = os.getpid()
        super().record(kind, **members)


if __name__ == "__main__":
    main(Broken)

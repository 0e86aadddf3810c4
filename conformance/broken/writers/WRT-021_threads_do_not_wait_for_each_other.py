#!/usr/bin/env python3
"""Numbers and writes without a lock.

Seen in: threads.
"""

import time

from good import Journal, main


class Broken(Journal):
    def record(self, kind, **members):
        line = self.encode(kind, members, self.now())
        time.sleep(0.0002)
        self.append(line)
        self.written += 1


if __name__ == "__main__":
    main(Broken)

#!/usr/bin/env python3
"""Collects twenty records before it writes them.

Seen in: killed.
"""

import time

from good import Journal, main


class Broken(Journal):
    def flush(self):
        kind = self.waiting[-1][0] if self.waiting else None
        if len(self.waiting) > 19 or kind in {"header", "run", "end"}:
            super().flush()
        time.sleep(0.001)


if __name__ == "__main__":
    main(Broken)

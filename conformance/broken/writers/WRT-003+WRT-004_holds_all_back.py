#!/usr/bin/env python3
"""Writes when the run ends, and not before.

Seen in: killed.
"""

from good import Journal, main


class Broken(Journal):
    def flush(self):
        if self.waiting and self.waiting[-1][0] in {"header", "run", "end"}:
            super().flush()


if __name__ == "__main__":
    main(Broken)

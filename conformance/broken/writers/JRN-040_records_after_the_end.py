#!/usr/bin/env python3
"""Sends a heartbeat after the end.

Seen in: minimal.
"""

from good import Journal, main


class Broken(Journal):
    def record(self, kind, **members):
        super().record(kind, **members)
        if kind == "end":
            super().record("heartbeat")


if __name__ == "__main__":
    main(Broken)

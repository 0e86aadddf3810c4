#!/usr/bin/env python3
"""Ends the journal that it leaves like a run.

Seen in: rotation.
"""

from good import Journal, main


class Broken(Journal):
    def record(self, kind, **members):
        members.pop("reason", None)
        super().record(kind, **members)


if __name__ == "__main__":
    main(Broken)

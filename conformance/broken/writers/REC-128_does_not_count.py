#!/usr/bin/env python3
"""Leaves out how many records there are.

Seen in: minimal.
"""

from good import Journal, main


class Broken(Journal):
    def record(self, kind, **members):
        members.pop("records", None)
        super().record(kind, **members)


if __name__ == "__main__":
    main(Broken)

#!/usr/bin/env python3
"""Hides its journal.

Seen in: minimal.
"""

from good import Journal, main


class Broken(Journal):
    def new_path(self):
        path = super().new_path()
        return path.with_name(f".{path.name}")


if __name__ == "__main__":
    main(Broken)

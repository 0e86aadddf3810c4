#!/usr/bin/env python3
"""Begins the next journal like a first one.

Seen in: rotation.
"""

from good import Journal, main


class Broken(Journal):
    def continued(self):
        return None


if __name__ == "__main__":
    main(Broken)

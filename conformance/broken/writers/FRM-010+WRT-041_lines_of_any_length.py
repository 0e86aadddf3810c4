#!/usr/bin/env python3
"""Writes a long text as it is.

Seen in: text.
"""

from good import Journal, main


class Broken(Journal):
    def event(self, message, **members):
        self.record("event", message=message, **members)


if __name__ == "__main__":
    main(Broken)

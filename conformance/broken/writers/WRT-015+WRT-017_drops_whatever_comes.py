#!/usr/bin/env python3
"""Drops every record that cannot be written at once, its status too.

Seen in: full-disk.
"""

from good import Journal, main


class Broken(Journal):
    def shrink(self):
        self.dropped += sum(kind == "metrics" for kind, *_ in self.waiting[1:])
        del self.waiting[1:]


if __name__ == "__main__":
    main(Broken)

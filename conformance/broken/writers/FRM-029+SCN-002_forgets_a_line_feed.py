#!/usr/bin/env python3
"""Leaves out the line feed after an event.

Seen in: full.
"""

from good import Journal, main


class Broken(Journal):
    def encode(self, kind, members, at):
        line = super().encode(kind, members, at)
        return line.rstrip(b"\n") if kind == "event" else line


if __name__ == "__main__":
    main(Broken)
